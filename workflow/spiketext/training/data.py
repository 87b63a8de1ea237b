"""Batches of sentences from the files of the text and embeddings stages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spiketext.arrays import Layout, read_arrays
from spiketext.models.windows import Windows, make_windows
from spiketext.seal import unusable

PADDING = 0
# Sentences of so many batches are sorted by length together: enough for little spread within a
# batch, few enough for the batches to stay random.
BUCKET = 16

# The number of distinct words is padded to a multiple of this. oneDNN compiles and keeps a program for
# every new shape of a matrix product: with all numbers from 200 to 2,000 that costs hundreds of MB.
ROUND = 64


@dataclass(frozen=True)
class Batch:
    """One batch.

    Attributes:
        words: `[n]`, the distinct words, and padding up to a multiple of `ROUND`.
        windows: where each word stands.
        labels: `[B]`.
        rows: `[B]`, rows of the sentences in the corpus.
        index: `[tokens]`, each token's place in `words`.
        lengths: `[B]`, tokens of each sentence.
    """

    words: np.ndarray
    windows: Windows
    labels: Tensor
    rows: np.ndarray
    index: np.ndarray
    lengths: np.ndarray

    @property
    def real(self) -> Tensor:
        """Which of the distinct words are words, not padding, `[n]`."""
        return torch.from_numpy(self.words != PADDING)

    def occurrences(self) -> Tensor:
        """Places at which each distinct word stands, `[n]`; none for padding."""
        return torch.bincount(torch.from_numpy(self.index), minlength=len(self.words)) * self.real

    def rows_reading(self, slabs: int) -> Tensor:
        """How many rows of kernels, of `slabs` in all, read each distinct word or the padding, `[n]`."""
        return torch.bincount(self.windows.gather // slabs, minlength=len(self.words))


class Sentences:
    """Token ids and labels of a data set, cut to a maximal length."""

    def __init__(self, ids: np.ndarray, offsets: np.ndarray, labels: np.ndarray, max_length: int) -> None:
        """`ids` flat, `offsets` `[N + 1]`, `labels` `[N]`."""
        self.ids, self.starts, self.labels = ids, offsets[:-1], labels
        self.lengths = np.minimum(np.diff(offsets), max_length)

    @classmethod
    def load(cls, path: str | Path, max_length: int, vocabulary: int, classes: int) -> "Sentences":
        """Read `tokens.safetensors` of the text stage.

        Args:
            path: the file.
            max_length: longer sentences are cut.
            vocabulary: rows of the word table; every token is one of them, but not the padding.
            classes: number of classes.

        Raises:
            SpikeTextError: the file is missing, damaged or belongs to other words or classes.
        """
        layout = {
            "ids": Layout("int32", ("tokens",), low=1, high=vocabulary - 1),
            "offsets": Layout("int64", ("sentences + 1",), low=0),
            "labels": Layout("int64", ("sentences",), low=0, high=classes - 1),
            "split": Layout("int8", ("sentences",), low=0),
        }
        arrays = read_arrays(path, layout)
        offsets = arrays["offsets"]
        if len(offsets) != len(arrays["labels"]) + 1 or offsets[0] != 0 or offsets[-1] != len(arrays["ids"]):
            raise unusable(path, "does not fit (its texts are not as long as its tokens)")
        if (np.diff(offsets) < 0).any():
            raise unusable(path, "does not fit (a text of negative length)")
        return cls(arrays["ids"], arrays["offsets"], arrays["labels"], max_length)

    def batch(self, rows: np.ndarray, widths: list[int]) -> Batch:
        """The batch of the given rows; sentences shorter than the widest window are padded to it."""
        own = self.lengths[rows]
        lengths = np.maximum(own, max(widths))
        starts = np.concatenate([[0], np.cumsum(lengths)])
        sentence = np.repeat(np.arange(len(rows)), lengths)
        position = np.arange(starts[-1]) - starts[sentence]
        real = position < own[sentence]
        tokens = np.full(starts[-1], PADDING, dtype=np.int64)
        tokens[real] = self.ids[(self.starts[rows][sentence] + position)[real]]
        words, index = np.unique(tokens, return_inverse=True)
        words = np.pad(words, (0, -len(words) % ROUND), constant_values=PADDING)
        windows = make_windows(index, lengths, widths, len(words))
        return Batch(words, windows, torch.from_numpy(self.labels[rows]), rows, index, lengths)

    def shuffled(
        self, rows: np.ndarray, size: int, widths: list[int], generator: np.random.Generator
    ) -> Iterator[Batch]:
        """All rows once, in random batches of sentences of similar length."""
        rows = generator.permutation(rows)
        batches: list[np.ndarray] = []
        for start in range(0, len(rows), size * BUCKET):
            group = rows[start : start + size * BUCKET]
            group = group[np.argsort(self.lengths[group], kind="stable")]
            batches.extend(group[i : i + size] for i in range(0, len(group), size))
        for i in generator.permutation(len(batches)):
            yield self.batch(batches[i], widths)

    def in_order(self, rows: np.ndarray, size: int, widths: list[int]) -> Iterator[Batch]:
        """All rows once, in batches of sentences of similar length; `Batch.rows` says which."""
        ordered = rows[np.argsort(self.lengths[rows], kind="stable")]
        for start in range(0, len(ordered), size):
            yield self.batch(ordered[start : start + size], widths)
