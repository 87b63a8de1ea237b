"""Which script texts are in, and whether that fits the language by whose rules they are cut into words."""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from itertools import islice

LOOKED_AT = 20_000  # different words that are enough to tell
NAMES = {
    "zh": "Chinese characters",
    "en": "Latin letters",
    None: "neither Latin letters nor Chinese characters",
}


def script(char: str) -> str:
    """Of a letter: `han`, `latin` or `other`."""
    if char.isascii():
        return "latin"
    name = unicodedata.name(char, "")
    return "han" if name.startswith("CJK") else "latin" if name.startswith("LATIN") else "other"


def language_of(han: int, latin: int, others: int) -> str | None:
    """The language of texts with so many letters of each script: `en`, `zh`, or None where neither fits."""
    letters = han + latin + others
    if han > 0.5 * letters and others < 0.1 * letters:
        return "zh"
    return "en" if latin > 0.8 * letters else None


def misfit(words: Mapping[str, int], language: str) -> str:
    """What is to be said where words, with how often each occurs, are in another script than the language's.

    Most letters must be of the other language's script; a text of both is nobody's fault.
    """
    found: Counter[str] = Counter()
    for word, count in islice(words.items(), LOOKED_AT):
        for char in filter(str.isalpha, word):
            found[script(char)] += count
    own = language_of(found["han"], found["latin"], found["other"])
    wanted = found["han" if language == "zh" else "latin"]
    if not found or own == language or wanted > 0.5 * found.total():
        return ""
    return (
        f"the texts are mostly in {NAMES[own]}, and their language is set to `{language}`, whose rules cut "
        "them into words and whose word vectors are used; if that is wrong, correct `language`, or --language"
    )
