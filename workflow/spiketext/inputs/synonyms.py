"""Synonyms of the words of a data set, with their vectors: what an attack by substitution may write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from spiketext.arrays import Layout, read_arrays
from spiketext.inputs.embeddings.embedder import Embedder
from spiketext.inputs.words import InputTransform
from spiketext.seal import unusable


@dataclass(frozen=True)
class Synonyms:
    """Synonyms of each row of a word table.

    Attributes:
        starts: `[V + 1]` int64; the synonyms of row v are `members[starts[v]:starts[v + 1]]`.
        members: int64, rows of `values`.
        values: `[S, D]`, the vectors of all synonyms as the network sees them; zero without a vector.
    """

    starts: np.ndarray
    members: np.ndarray
    values: Tensor

    @classmethod
    def load(cls, path: str | Path, vocabulary: int, transform: InputTransform, device: torch.device) -> Self:
        """Read what `collect` found.

        Args:
            path: the file.
            vocabulary: V, rows of the word table.
            transform: from raw vectors to what the network sees.
            device: where the network runs.

        Raises:
            SpikeTextError: the file is missing, damaged or belongs to other words.
        """
        layout = {
            "starts": Layout("int64", (vocabulary + 1,), low=0),
            "members": Layout("int64", ("members",), low=0),
            "vectors": Layout("float32", ("synonyms", "D")),
            "covered": Layout("bool", ("synonyms",)),
        }
        arrays = read_arrays(path, layout)
        starts, members, vectors = arrays["starts"], arrays["members"], arrays["vectors"]
        inside = not len(members) or members.max() < len(vectors)
        if starts[0] or starts[-1] != len(members) or (np.diff(starts) < 0).any() or not inside:
            raise unusable(path, "does not fit (its lists lead nowhere)")
        values = torch.from_numpy(transform(vectors, arrays["covered"])).to(device)
        return cls(starts, members, values)

    def of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Synonyms of rows `[L]` of the word table: place among these, and row of `values`, `[P]` each."""
        starts, counts = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        owners = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        return owners, self.members[starts[owners] + within]


def collect(
    words: Sequence[str], lists: Mapping[str, Sequence[str]], embedder: Embedder
) -> dict[str, np.ndarray]:
    """The arrays that `Synonyms.load` reads.

    Args:
        words: of the word table, V of them, the padding first.
        lists: synonyms of words.
        embedder: gives vectors, also of words that the data set lacks.
    """
    found = [[other for other in lists.get(word, ()) if other != word] for word in words]
    distinct = sorted({other for own in found for other in own})
    place = {word: row for row, word in enumerate(distinct)}
    vectors, covered = embedder.embed(distinct)
    return {
        "starts": np.concatenate([[0], np.cumsum([len(own) for own in found])]).astype(np.int64),
        "members": np.array([place[other] for own in found for other in own], dtype=np.int64),
        "vectors": vectors,
        "covered": covered,
    }
