"""Words that may stand in a word's place: those whose vectors point the same way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST = 50  # words
LEAST = 0.5  # cosine


class Neighbours:
    """The `MOST` nearest words by cosine, of `LEAST` or more: TextFooler's numbers (Jin et al. 2020).

    The vectors are those of the study, not counter-fitted ones: opposites can be neighbours.
    """

    def __init__(self, words: Sequence[str], vectors: np.ndarray, covered: np.ndarray) -> None:
        """Words, their raw vectors `[V, D]`, and which of them have one, `[V]`."""
        known = np.flatnonzero(covered & (np.linalg.norm(vectors, axis=1) > 0))
        self.words = [words[row] for row in known.tolist()]
        self._directions = vectors[known] / np.linalg.norm(vectors[known], axis=1, keepdims=True)
        self._place = {word: place for place, word in enumerate(self.words)}
        self._found: dict[str, list[str]] = {}

    def of(self, word: str) -> list[str]:
        """The neighbours of a word, the nearest first; none of a word without a vector."""
        if word not in self._place:
            return []
        if word not in self._found:
            own = self._place[word]
            cosines = self._directions @ self._directions[own]
            cosines[own] = -1
            nearest = np.argsort(-cosines, kind="stable")[:MOST]
            self._found[word] = [self.words[place] for place in nearest if cosines[place] >= LEAST]
        return self._found[word]
