"""Tokens as a text again, for what does not read tokens."""

import re
from collections.abc import Sequence

# Chinese characters are written without spaces between words.
SPACE_AT_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")


def written(tokens: Sequence[str]) -> str:
    """The tokens, with spaces between them but at Chinese characters."""
    return SPACE_AT_CHINESE.sub("", " ".join(tokens))
