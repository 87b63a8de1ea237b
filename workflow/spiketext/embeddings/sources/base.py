"""What every source of word vectors offers."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


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

    def embed(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 [n, D] of the words, and bool [n]: which it has. The other rows are zero."""
        ...

    def leading(self, count: int) -> list[str]:
        """The first words of the file, at most `count`; most files begin with the most frequent."""
        ...

    def fitting_rows(self) -> np.ndarray:
        """Vectors float32 [n, D] to fit principal components to: the same for every data set."""
        ...


def missing(words: Sequence[str], width: int) -> tuple[np.ndarray, np.ndarray]:
    """What `embed` starts from: no word covered, every row zero."""
    return np.zeros((len(words), width), dtype=np.float32), np.zeros(len(words), dtype=bool)
