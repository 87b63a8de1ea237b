"""Batches of texts, from the files of the text and embeddings stages."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spiketext.arrays import Layout, map_arrays
from spiketext.seal import unusable

PADDING = 0  # row of the word table
UNLABELLED = -1  # in the place of a label
# Sentences of so many batches are sorted by length together: enough for little spread within a
# batch, few enough for the batches to stay random.
BUCKET = 16


@dataclass(frozen=True)
class Batch:
    """One batch of texts; how a network lays them out is its own affair.

    Attributes:
        rows: `[B]`, rows of the texts in the corpus.
        labels: `[B]`.
        ids: `[tokens]`, rows of the word table, text after text.
        lengths: `[B]`, tokens of each text.
    """

    rows: np.ndarray
    labels: Tensor
    ids: np.ndarray
    lengths: np.ndarray


class Texts:
    """Token ids and labels of a data set, cut to a maximal length."""

    def __init__(
        self,
        ids: np.ndarray,
        offsets: np.ndarray,
        labels: np.ndarray,
        max_length: int,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        """`ids` flat, `offsets` `[N + 1]`, `labels` `[N]`; `release` is called when a batch has been read."""
        self.ids, self.starts, self.labels, self.longest = ids, offsets[:-1], labels, max_length
        self.lengths = np.minimum(np.diff(offsets), max_length)
        self._release = release

    @classmethod
    def load(cls, path: str | Path, max_length: int, vocabulary: int, labels: Layout) -> "Texts":
        """Of `tokens.safetensors` of the text stage; they stay in the file, and batches read their own.

        Args:
            path: the file.
            max_length: longer ones are cut.
            vocabulary: rows of the word table; every token is one of them, but not the padding.
            labels: what labels must be: `Task.labels`.

        Raises:
            SpikeTextError: the file is missing, damaged or belongs to other words or labels.
        """
        layout = {
            "ids": Layout("int32", ("tokens",), low=1, high=vocabulary - 1),
            "offsets": Layout("int64", ("sentences + 1",), low=0),
            "labels": labels,
            "split": Layout("int8", ("sentences",), low=0),
        }
        arrays = map_arrays(path, layout)
        offsets = arrays["offsets"]
        if len(offsets) != len(arrays["labels"]) + 1 or offsets[0] != 0 or offsets[-1] != len(arrays["ids"]):
            raise unusable(path, "does not fit (its texts are not as long as its tokens)")
        if (np.diff(offsets) < 0).any():
            raise unusable(path, "does not fit (a text of negative length)")
        return cls(arrays["ids"], offsets, arrays["labels"], max_length, arrays.release)

    def followed_by(self, others: "Texts", rows: np.ndarray) -> "Texts":
        """These texts, and behind them some of others."""
        both = copy.copy(self)
        both.ids = np.concatenate([self.ids, others.ids])
        both.starts = np.concatenate([self.starts, len(self.ids) + others.starts[rows]])
        both.lengths = np.concatenate([self.lengths, others.lengths[rows]])
        both.labels = np.concatenate([self.labels, others.labels[rows]])
        return both

    def batch(self, rows: np.ndarray) -> Batch:
        """The batch of the given rows."""
        lengths = self.lengths[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        text = np.repeat(np.arange(len(rows)), lengths)
        places = self.starts[rows][text] + np.arange(starts[-1]) - starts[text]
        found = Batch(rows, torch.from_numpy(self.labels[rows]), self.ids[places], lengths)
        self._release()
        return found

    def shuffled(self, rows: np.ndarray, size: int, generator: np.random.Generator) -> Iterator[Batch]:
        """All rows once, in random batches of texts of similar length."""
        rows = generator.permutation(rows)
        batches: list[np.ndarray] = []
        for start in range(0, len(rows), size * BUCKET):
            group = rows[start : start + size * BUCKET]
            group = group[np.argsort(self.lengths[group], kind="stable")]
            batches.extend(group[i : i + size] for i in range(0, len(group), size))
        for i in generator.permutation(len(batches)):
            yield self.batch(batches[i])

    def in_order(self, rows: np.ndarray, size: int) -> Iterator[Batch]:
        """All rows once, in batches of texts of similar length; `Batch.rows` says which."""
        ordered = rows[np.argsort(self.lengths[rows], kind="stable")]
        for start in range(0, len(ordered), size):
            yield self.batch(ordered[start : start + size])
