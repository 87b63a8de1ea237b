"""How much of a corpus the vectors cover, and why so little: told by a look at the words of both."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spiketext.config.data import Embedding
from spiketext.inputs.embeddings.compose import Composition

# Of the tokens that hold a letter: vectors of a text's own language have nine of ten, others few.
BAR = 0.7
LOOKED_AT = 2000  # first words of a file
FEW_WORDS = 1000
EXAMPLES = 3

_NAMES = {"CJK": "Chinese characters", "HIRAGANA": "kana", "KATAKANA": "kana", "HANGUL": "Hangul"}
# The same 24 frequent characters, as they are written in mainland China and in Taiwan.
SIMPLIFIED = set("这个们来说会为国时过发后对学还没样开关动经长问见")
TRADITIONAL = set("這個們來說會為國時過發後對學還沒樣開關動經長問見")
_PIECE = re.compile(r"##.|[▁Ġ]|.+@@$")
_PHRASE = re.compile(r".*[^\W_][_ ]+[^\W_]")


class Shares:
    """Shares of a corpus that have some property; the padding is no part of it."""

    def __init__(self, vocabulary: list[str], counts: np.ndarray) -> None:
        """Hold the words of a corpus, the padding first, and int [V], how often each occurs."""
        self._words, self._counts = vocabulary[1:], counts[1:]
        self._lettered = np.array([any(map(str.isalpha, word)) for word in vocabulary[1:]], dtype=bool)

    def of(self, covered: np.ndarray) -> dict[str, float]:
        """Of the different words, of the running words, and of those running words that hold a letter."""
        has = covered[1:]
        lettered = self._counts[self._lettered]
        return {
            "types": round(float(has.mean()), 6),
            "tokens": round(int(self._counts[has].sum()) / int(self._counts.sum()), 6),
            "lettered_tokens": round(
                int(lettered[has[self._lettered]].sum()) / max(1, int(lettered.sum())), 6
            ),
        }

    def counts(self, chosen: np.ndarray) -> dict[str, int]:
        """How many different words, and how many running words."""
        return {"types": int(chosen[1:].sum()), "tokens": int(self._counts[chosen[1:]].sum())}

    def lettered(self, chosen: np.ndarray) -> dict[str, int]:
        """The words with a letter among the `chosen`, bool [V], with their counts, most frequent first."""
        rows = np.flatnonzero(chosen[1:] & self._lettered)
        rows = rows[np.argsort(-self._counts[rows], kind="stable")]
        return {self._words[row]: int(self._counts[row]) for row in rows}


def low_coverage(
    spec: Embedding, sources: Composition, share: Shares, covered: np.ndarray, cased: np.ndarray
) -> str | None:
    """A sentence on each source that covers little, or most words with capitals only; None: nothing to say.

    Args:
        spec, sources: the sources.
        share: of the corpus.
        covered, cased: bool [V, sources], see `Found`.
    """
    texts = share.lettered(np.ones(len(covered), dtype=bool))
    sentences = []
    for number, (one, source) in enumerate(zip(spec.sources, sources.sources, strict=True)):
        name = Path(one.path).name if one.path else f"{one.resource} ({one.kind})"
        found = share.of(covered[:, number])
        has = found["lettered_tokens"]
        upper = share.of(cased[:, number])["lettered_tokens"]
        if texts and has < BAR:
            lacked = list(share.lettered(~covered[:, number]))
            if found["types"] >= BAR:
                cause = f"it has most words, but lacks frequent ones: {_some(lacked)}"
            else:
                cause = _cause(texts, lacked, source.leading(LOOKED_AT))
            sentences.append(
                f"{name} has a vector for only {100 * has:.1f} % of the tokens with letters, less than "
                f"{100 * BAR:.0f} %: {cause}."
            )
        elif 2 * upper > has:
            sentences.append(
                f"{name} is cased: {100 * upper / has:.1f} % of the tokens found have the vector of a form "
                "with capitals."
            )
    return " ".join(sentences) or None


def _cause(texts: Mapping[str, int], lacked: Sequence[str], file: Sequence[str]) -> str:
    here, there = _script(texts), _script(Counter(file))
    if here and there and here != there:
        return f"the texts are in {here}, the words of the vectors in {there}"
    if _share(file, _PIECE) > 0.05:
        return "its words are the word pieces of a language model"
    if _share(file, _PHRASE) > 0.3:
        return "its words are mostly phrases"
    ours, theirs = _traditional(texts), _traditional(Counter(file))
    if ours is not None and theirs is not None and abs(ours - theirs) > 0.5:
        kinds = ("traditional", "simplified") if ours > theirs else ("simplified", "traditional")
        return "the texts are in {} characters, the words of the vectors in {} ones".format(*kinds)
    examples = f"the texts have {_some(lacked)}"
    if not file:
        return examples
    if len(file) < FEW_WORDS:
        return f"it holds few words ({len(file):,}); {examples}"
    return (
        "perhaps it is of another language, or its words are cut in another way; it begins with "
        f"{_some(file)}; {examples}"
    )


def _some(words: Sequence[str]) -> str:
    """The first words that can be shown in a line."""
    return ", ".join(word[:20] for word in [word for word in words if word.isprintable()][:EXAMPLES])


def _script(words: Mapping[str, int]) -> str | None:
    """What more than half of the words are written in."""
    found: Counter[str] = Counter()
    for word, count in words.items():
        letter = next(filter(str.isalpha, word), None)
        if letter is not None:
            names = unicodedata.name(letter, "UNKNOWN").replace("-", " ").split()
            found[names[1] if names[0] in ("FULLWIDTH", "HALFWIDTH") else names[0]] += count
    if not found:
        return None
    name, count = found.most_common(1)[0]
    return _NAMES.get(name, f"{name.capitalize()} letters") if 2 * count > found.total() else None


def _share(words: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.match(word) is not None for word in words) / max(1, len(words))


def _traditional(words: Mapping[str, int]) -> float | None:
    """Of the characters that tell simplified from traditional writing, the share of the latter."""
    old = sum(count for word, count in words.items() for each in word if each in TRADITIONAL - SIMPLIFIED)
    new = sum(count for word, count in words.items() for each in word if each in SIMPLIFIED - TRADITIONAL)
    return old / (old + new) if old + new else None
