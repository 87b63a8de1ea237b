"""What every source of word vectors offers."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from spiketext.errors import SpikeTextError


class Found(NamedTuple):
    """What a source has for n words.

    Attributes:
        vectors: float32 [n, D]; rows of words that it lacks are zero.
        covered: bool [n], which words it has.
        cased: bool [n], which of these it has only in a form with capitals.
    """

    vectors: np.ndarray
    covered: np.ndarray
    cased: np.ndarray


class Source(Protocol):
    """A source of word vectors.

    Attributes:
        width: D, the number of values of a vector.
        any_word: whether words outside the table can be looked up at will; reading a large file again
            for the few words of an attack would take minutes.
    """

    any_word: bool

    @property
    def width(self) -> int:
        """See above."""
        ...

    def embed(self, words: Sequence[str]) -> Found:
        """Look up different words, in lower case as tokenisers give them.

        A word that the file has only with capitals gets the vector of the first such form: many files are
        cased, and "Berlin" is a better "berlin" than none.
        """
        ...

    def leading(self, count: int) -> list[str]:
        """The first words of the file, at most `count`; most files begin with the most frequent."""
        ...

    def fitting_rows(self) -> np.ndarray:
        """Vectors float32 [n, D] to fit principal components to: the same for every data set."""
        ...


def missing(words: Sequence[str], width: int) -> Found:
    """What `embed` starts from: no word covered, every row zero."""
    n = len(words)
    return Found(np.zeros((n, width), dtype=np.float32), np.zeros(n, dtype=bool), np.zeros(n, dtype=bool))


def check_spread(path: str | Path, vectors: np.ndarray) -> None:
    """Refuse vectors [n, D] that are all alike, and more than two.

    Raises:
        SpikeTextError: they are, so that no word could be told from another.
    """
    if len(vectors) > 2 and (vectors == vectors[0]).all():
        raise SpikeTextError(
            f"{path}: all {len(vectors):,} vectors are alike, the first value is {vectors[0, 0]:g}; supply "
            "another file"
        )
