"""Synonyms by counter-fitted word vectors (Mrkšić et al. 2016), from the vectors or from lists of neighbours.

Imports TextAttack, so only recipes import this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from textattack.shared import WordEmbedding
from textattack.shared.utils import GLOBAL_OBJECTS

from spiketext.errors import SpikeTextError
from spiketext.resources.lexicons import counterfitted_neighbours
from spiketext.resources.manifest import resource_file

VECTORS = "counterfitted-vectors"


class Neighbours(WordEmbedding):
    """Lists of neighbours behind the interface of word vectors; a word is its own index."""

    def __init__(self, lists: dict[str, list[str]]) -> None:
        """`lists`: neighbours of each word, the nearest first."""
        super().__init__(None, {word: word for word in lists}, None)
        self.lists = lists

    def index2word(self, index: str) -> str:
        """The word."""
        return index

    def nearest_neighbours(self, index: str, topn: int) -> list[str]:
        """The first `topn` of its list."""
        return self.lists[index][:topn]

    def get_cos_sim(self, a: str, b: str) -> float:
        """1: whoever made the lists has left out what is too far away."""
        return 1.0


class Vectors(WordEmbedding):
    """Word vectors; TextAttack's own class finds neighbours only in a table made beforehand."""

    def __init__(self, words: list[str], matrix: np.ndarray) -> None:
        """`matrix`: `[words, D]`."""
        super().__init__(matrix, {word: i for i, word in enumerate(words)}, dict(enumerate(words)))

    def nearest_neighbours(self, index: int, topn: int) -> list[int]:
        """The `topn` words of the least Euclidean distance, the word itself left out."""
        if index not in self._nn_cache:
            distances = np.linalg.norm(self.embedding_matrix - self.embedding_matrix[index], axis=1)
            nearest = np.argsort(distances, kind="stable")
            self._nn_cache[index] = [int(other) for other in nearest[: MOST + 1] if other != index]
        return self._nn_cache[index][:topn]


MOST = 50  # neighbours that any recipe asks for


def provide_synonyms(manifests: Sequence[str | Path]) -> None:
    """Let TextAttack find the synonyms of the resource that is given where it keeps the ones it downloads.

    Raises:
        SpikeTextError: the resource is missing or damaged.
    """
    given = {Path(path).parent.name for path in manifests}
    found = _vectors(manifests) if VECTORS in given else Neighbours(counterfitted_neighbours(manifests))
    GLOBAL_OBJECTS["textattack_counterfitted_GLOVE_embedding"] = found


def _vectors(manifests: Sequence[str | Path]) -> Vectors:
    path = resource_file(manifests, VECTORS, "counter-fitted-vectors.txt")
    words, rows = [], []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, *numbers = line.split()
            words.append(word)
            rows.append(np.array(numbers, dtype=np.float32))
    if len({len(row) for row in rows}) != 1:
        raise SpikeTextError(f"{path}: no table of word vectors; delete its folder and fetch it again")
    return Vectors(words, np.stack(rows))
