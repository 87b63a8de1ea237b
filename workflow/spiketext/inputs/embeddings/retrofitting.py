"""Word vectors drawn together where words are synonyms (Faruqui et al. 2015, arXiv 1411.4166)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from spiketext.config.data import Retrofitting


def graph(words: Sequence[str], lists: Mapping[str, Sequence[str]], covered: np.ndarray) -> csr_array:
    """Which words are synonyms: `[V, V]`, each row the mean over a word's neighbours.

    Two words are neighbours if either stands in the other's list and both have vectors; words that occur in
    no such pair have an empty row.

    Args:
        words: V of them.
        lists: synonyms of words.
        covered: bool `[V]`, which have vectors.
    """
    place = {word: row for row, word in enumerate(words) if covered[row]}
    pairs = {
        (place[word], place[other])
        for word in place
        for other in lists.get(word, ())
        if other != word and other in place
    }
    edges = np.array(sorted(pairs | {(b, a) for a, b in pairs}), dtype=np.int64).reshape(-1, 2)
    counts = np.bincount(edges[:, 0], minlength=len(words))
    shares = 1.0 / counts[edges[:, 0]]
    return csr_array((shares, (edges[:, 0], edges[:, 1])), shape=(len(words), len(words)))


def retrofit(vectors: np.ndarray, neighbours: csr_array, settings: Retrofitting) -> np.ndarray:
    """Vectors float32 `[V, D]`, each between its own and those of its synonyms.

    v ← (α v̂ + mean of the neighbours' v) / (α + 1), for all words at once (equation 1 there with β the
    inverse of a word's neighbours and α the anchor), so often; a word without neighbours keeps its own.

    Args:
        vectors: float32 `[V, D]`, the v̂.
        neighbours: from `graph`.
        settings: the anchor α, and how often.
    """
    own = vectors.astype(np.float64)
    drawn = np.diff(neighbours.indptr) > 0
    found = own.copy()
    for _ in range(settings.rounds):
        means = neighbours @ found
        found[drawn] = (settings.anchor * own[drawn] + means[drawn]) / (settings.anchor + 1)
    return found.astype(np.float32)
