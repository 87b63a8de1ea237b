"""Texts of a data set's domain without a label, as numbers, and the vectors of their further words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from spiketext.arrays import Layout, read_arrays
from spiketext.inputs.batches import UNLABELLED, Texts
from spiketext.seal import unusable

WORDS = {
    "words": Layout("uint8", ("bytes",)),
    "vectors": Layout("float32", ("W", "D")),
    "covered": Layout("bool", ("W",)),
}
END = "\n"  # of a word where words are stored; no token holds one


@dataclass(frozen=True)
class Unlabelled:
    """The texts.

    Attributes:
        ids: `[tokens]` int32, rows of the word table, behind which the further words stand.
        offsets: `[M + 1]` int64.
    """

    ids: np.ndarray
    offsets: np.ndarray

    @classmethod
    def load(cls, path: str | Path, vocabulary: int) -> Self:
        """Read the texts alone; `vocabulary`: rows of the word table with the further words.

        Raises:
            SpikeTextError: the file is missing, damaged or belongs to other words.
        """
        arrays = read_arrays(path, only=["ids", "offsets"])
        ids, offsets = arrays["ids"], arrays["offsets"]
        if offsets[0] or offsets[-1] != len(ids) or (np.diff(offsets) < 1).any():
            raise unusable(path, "does not fit (its texts are not as long as its tokens)")
        if len(ids) and not (ids.min() >= 1 and ids.max() < vocabulary):
            raise unusable(path, "does not fit (it has words that the table lacks)")
        return cls(ids, offsets)

    def texts(self, max_length: int) -> Texts:
        """The texts, cut to a maximal length; none has a label."""
        labels = np.full(len(self.offsets) - 1, UNLABELLED, dtype=np.int64)
        return Texts(self.ids, self.offsets, labels, max_length)


def further_words(path: str | Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Words that only these texts have, their vectors (not transformed) and which are covered.

    Raises:
        SpikeTextError: the file is missing or damaged.
    """
    arrays = read_arrays(path, only=list(WORDS))
    names = arrays["words"].tobytes().decode().split(END) if len(arrays["words"]) else []
    if not len(names) == len(arrays["vectors"]) == len(arrays["covered"]):
        raise unusable(path, "does not fit (it has as many words as vectors)")
    return names, arrays["vectors"], arrays["covered"]
