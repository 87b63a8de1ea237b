"""What a teacher answers: scores of the texts that may be trained on, and of no others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from spiketext.arrays import Layout, read_arrays, write_arrays


@dataclass(frozen=True)
class SoftLabels:
    """Scores, whose softmax are the teacher's probabilities.

    Attributes:
        rows: `[n]` int64, the training rows of the data set.
        scores: `[n, classes]` float32, of these.
        unlabelled: `[M, classes]` float32, of the texts without a label; M is 0 where there are none.
    """

    rows: np.ndarray
    scores: np.ndarray
    unlabelled: np.ndarray

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Raises:
            SpikeTextError: the file is missing or damaged.
        """
        layout = {
            "rows": Layout("int64", ("n",), low=0),
            "scores": Layout("float32", ("n", "classes")),
            "unlabelled": Layout("float32", ("M", "classes")),
        }
        return cls(**read_arrays(path, layout))

    def save(self, path: str | Path) -> None:
        """Write all, with a checksum."""
        write_arrays(path, dict(vars(self)))

    def sure(self, confidence: float) -> np.ndarray:
        """Which of the texts without a label have a class of at least so large a probability."""
        above = self.unlabelled - self.unlabelled.max(1, keepdims=True)
        return np.flatnonzero(1 / np.exp(above.astype(np.float64)).sum(1) >= confidence)
