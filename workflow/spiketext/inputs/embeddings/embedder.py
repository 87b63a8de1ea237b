"""Vectors of any words, in the corpus or not, as an attack needs them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from spiketext.arrays import read_arrays
from spiketext.config.data import Embedding
from spiketext.inputs.embeddings.compose import Composition, open_source
from spiketext.inputs.embeddings.table import load_table


class Embedder:
    """The table of a data set, and behind it the sources for words that the table lacks.

    The sources are opened at the first such word, and only those that can answer at once; their
    reductions are the fitted ones. What they answer is remembered, as attacks ask again and again.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: np.ndarray,
        covered: np.ndarray,
        fitted: dict[str, np.ndarray],
        spec: Embedding,
        manifests: Sequence[str | Path],
    ) -> None:
        """Hold a table: words [V], vectors float32 [V, D], covered bool [V]; see `load`."""
        self.vocabulary, self.width = vectors.shape
        self._rows = {word: row for row, word in enumerate(words)}
        self._vectors = vectors
        self._covered = covered
        self._new: dict[str, tuple[np.ndarray, bool]] = {}
        self._fitted = fitted
        self._spec = spec
        self._manifests = manifests

    @classmethod
    def load(
        cls,
        table_path: str | Path,
        words_json: str | Path,
        fit_path: str | Path,
        embedding_spec: Embedding,
        manifests: Sequence[str | Path],
    ) -> Embedder:
        """Read the outputs of the embeddings stage.

        Raises:
            SpikeTextError: one of them is missing or damaged.
        """
        words, vectors, covered = load_table(table_path, words_json)
        fitted = read_arrays(fit_path, Composition.layout(embedding_spec))
        return cls(words, vectors, covered, fitted, embedding_spec, manifests)

    def embed(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Raw vectors float32 [n, D] (before the positive transform), and bool [n]: which are known.

        Rows of words that are unknown are zero.

        Raises:
            SpikeTextError: a word is new and a source's file cannot be read.
        """
        new = [word for word in dict.fromkeys(words) if word not in self._rows and word not in self._new]
        if new:
            answer = self._sources.embed(new, any_word_only=True)
            known = np.logical_or.reduce(answer.covered, axis=1)
            self._new.update((word, (answer.vectors[row], bool(known[row]))) for row, word in enumerate(new))
        found = np.zeros((len(words), self.width), dtype=np.float32)
        has = np.zeros(len(words), dtype=bool)
        for place, word in enumerate(words):
            row = self._rows.get(word)
            if row is None:
                found[place], has[place] = self._new[word]
            else:
                found[place], has[place] = self._vectors[row], self._covered[row]
        return found, has

    @cached_property
    def _sources(self) -> Composition:
        return Composition(self._spec, lambda one: open_source(one, self._manifests), self._fitted)
