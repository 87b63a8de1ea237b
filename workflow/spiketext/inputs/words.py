"""What a network is fed of each word: vectors, transformed, and their spikes over time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from spiketext.config.inputs import WordVectors
from spiketext.files import read_json
from spiketext.inputs.embeddings import reduction
from spiketext.inputs.embeddings.positive import CLIP, positive, scale
from spiketext.inputs.embeddings.reduction import Reduction
from spiketext.inputs.embeddings.table import load_table
from spiketext.inputs.unlabelled import further_words
from spiketext.seal import unusable


class Transform(NamedTuple):
    """How vectors are transformed.

    Attributes:
        function: of vectors `[n, D]`, which of them are covered `[n]`, μ and σ.
        low: no value is less.
        high: no value is larger.
        unit: what a difference of one σ is afterwards; None: σ itself.
    """

    function: Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]
    low: float = -math.inf
    high: float = math.inf
    unit: float | None = 1.0


@dataclass(frozen=True)
class WordTable:
    """What the network sees of each word.

    Attributes:
        values: `[V, D]` on the network's device; row 0 (padding) is zero.
        keys: `[V]` uint64, from `word_key`.
        names: the V words themselves; the padding is empty.
        vocabulary: words that the memory holds of which these are read.
    """

    values: Tensor
    keys: np.ndarray
    names: Sequence[str]
    vocabulary: int

    @classmethod
    def of(
        cls, values: np.ndarray, names: Sequence[str], device: torch.device, vocabulary: int | None = None
    ) -> Self:
        """Of transformed vectors `[V, D]` and the words, the padding first.

        Without a `vocabulary` these are all words.
        """
        keys = np.array([word_key(name) for name in names], dtype=np.uint64)
        size = len(values) if vocabulary is None else vocabulary
        return cls(torch.from_numpy(values).to(device), keys, names, size)


def word_key(word: str) -> int:
    """A 64-bit number that identifies a word."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class InputTransform:
    """From raw word vectors to what the network sees.

    Attributes:
        name: `positive` (Lv et al. 2023, section 3.1), `standardised` or `as-is`.
        mean: μ over the table, reduced where it is.
        std: σ likewise.
        unknown: what stands for words without a vector: a key of `UNKNOWN`.
        reduced: to its first principal components; None: vectors stay as they are.
    """

    name: str
    mean: float
    std: float
    unknown: str = "silent"
    reduced: Reduction | None = None

    def width(self, raw: int) -> int:
        """Values of a word that has `raw` values before."""
        return raw if self.reduced is None else self.reduced.width

    def __call__(self, vectors: np.ndarray, covered: np.ndarray) -> np.ndarray:
        """`[n, D]` raw → `[n, width(D)]` transformed, with what stands for words that are not covered."""
        if self.reduced is not None:
            vectors = self.reduced.apply(vectors, covered)
        values = TRANSFORMS[self.name].function(vectors, covered, self.mean, self.std)
        values[~covered] = UNKNOWN[self.unknown]
        return values

    @property
    def deviation(self) -> float:
        """What a difference of one σ becomes."""
        unit = TRANSFORMS[self.name].unit
        return self.std if unit is None else unit

    @property
    def bounds(self) -> tuple[float, float]:
        """What all values lie between."""
        return TRANSFORMS[self.name].low, TRANSFORMS[self.name].high


def _standardised(vectors: np.ndarray, covered: np.ndarray, mean: float, std: float) -> np.ndarray:
    return np.where(covered[:, None], (vectors - mean) / std, 0).astype(np.float32)


def _as_is(vectors: np.ndarray, covered: np.ndarray, mean: float, std: float) -> np.ndarray:
    return np.where(covered[:, None], vectors, 0).astype(np.float32)


TRANSFORMS = {
    "positive": Transform(positive, 0.0, 1.0, 1 / (2 * CLIP)),
    "standardised": Transform(_standardised),
    "as-is": Transform(_as_is, unit=None),
}


UNKNOWN = {"silent": 0.0, "mean": 0.5}  # the latter of values in [0, 1]


def load_transform(files: Any, inputs: WordVectors) -> InputTransform:
    """The transform that the settings name, as it is fitted to the data set's own table.

    Args:
        files: a rule's inputs `vectors_report`; where dimensions are reduced also `table` and `words`.
        inputs: the settings.

    Raises:
        SpikeTextError: a file is missing or damaged; the vectors have no so many dimensions.
    """
    if inputs.dimensions is not None:
        _, vectors, covered = load_table(files.table, files.words)
        rows = vectors[covered]
        reduced = reduction.fit(rows, inputs.dimensions, "inputs: {dimensions: …}")
        own = scale(reduced.apply(rows, np.ones(len(rows), dtype=bool)))
        return InputTransform(inputs.transform, *own, inputs.unknown, reduced)
    report = files.vectors_report
    figures = read_json(report)
    mean, std = figures.get("mean"), figures.get("std")
    if not (
        isinstance(mean, float) and isinstance(std, float) and math.isfinite(mean) and 0 < std < math.inf
    ):
        raise unusable(report, "does not fit (mean or deviation of the vectors is no number)")
    return InputTransform(inputs.transform, mean, std, inputs.unknown)


def load_word_table(files: Any, inputs: WordVectors, device: torch.device) -> WordTable:
    """The word table from a rule's inputs `table`, `words` and `vectors_report`.

    Behind the data set's words stand those of `unlabelled`, where a rule has it.
    """
    names, vectors, covered = load_table(files.table, files.words)
    for path in getattr(files, "unlabelled", ()):
        others = further_words(path)
        names = [*names, *others[0]]
        vectors, covered = (np.concatenate(ones) for ones in ((vectors, others[1]), (covered, others[2])))
    values = load_transform(files, inputs)(vectors, covered)
    values[0] = 0  # the padding is no word
    return WordTable.of(values, names, device)
