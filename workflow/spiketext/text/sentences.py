"""From a text to its sentences, by their marks: good enough to cut reviews into short texts."""

import re

_BREAK = re.compile(r"(?:<br\s*/?>\s*)+|[\r\n]+", re.IGNORECASE)
# Behind a mark and what closes. In English a space, then a capital, a digit or what opens; not after titles
# and initials.
_ENDS = {
    "en": re.compile(
        r"(?<=[.!?])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bvs\.)(?<!\b[A-Z]\.)"
        r"([\"')\]]*)\s+(?=[\"'(\[]?[A-Z0-9])"
    ),
    "zh": re.compile(r"((?:[。！？!?…]+|(?<!\d)\.(?!\d))[”’」』）)]*)"),
}


def sentences(text: str, language: str) -> list[str]:
    """The sentences of a text in English ("en") or Chinese ("zh"), none of them empty."""
    parts = (_ENDS[language].sub(r"\1\n", part) for part in _BREAK.split(text))
    return [one.strip() for part in parts for one in part.split("\n") if one.strip()]
