"""From a text to its sentences, by their marks: good enough to cut reviews into texts of a sentence's length."""

import re

_BREAK = re.compile(r"(?:<br\s*/?>\s*)+|[\r\n]+", re.IGNORECASE)
# After a mark, whatever closes, and a space; a capital, a digit or what opens follows. Not after titles and initials.
_ENGLISH = re.compile(
    r"(?<=[.!?])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bvs\.)(?<!\b[A-Z]\.)"
    r"([\"')\]]*)\s+(?=[\"'(\[]?[A-Z0-9])"
)
_CHINESE = re.compile(r"((?:[。！？!?…]+|(?<!\d)\.(?!\d))[”’」』）)]*)")


def sentences(text: str, language: str) -> list[str]:
    """The sentences of a text in English ("en") or Chinese ("zh"), none of them empty."""
    pattern, mark = (_CHINESE, "") if language == "zh" else (_ENGLISH, "\n")
    parts = (pattern.sub(lambda found: found[1] + (mark or "\n"), part) for part in _BREAK.split(text))
    return [one.strip() for part in parts for one in part.split("\n") if one.strip()]
