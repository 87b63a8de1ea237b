"""To tell which of some classes an example is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from spiketext.arrays import Layout
from spiketext.errors import SpikeTextError
from spiketext.labels import Coding, in_order
from spiketext.metrics import ON_DEV, accuracy, confusion, macro_f1
from spiketext.tasks import base

if TYPE_CHECKING:
    from torch import Tensor

LISTED = 12  # labels that a message shows


class Classes(base.Task):
    """The class with the largest score is told."""

    on_dev: ClassVar[tuple[str, ...]] = tuple(ON_DEV.values())
    label_kinds: ClassVar[str] = "iuU"
    label_types: ClassVar[str] = "whole numbers or texts"
    report: ClassVar[str] = "report"
    in_use: ClassVar[bool] = True

    @property
    def outputs(self) -> int:
        """A score for each class; see `Task`."""
        return self.classes

    @property
    def labels(self) -> Layout:
        """Places of classes; see `Task`."""
        return Layout("int64", ("sentences",), low=0, high=self.classes - 1)

    def coded(self, path: Path, labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """See `Task`."""
        coding = Coding(names)
        held, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
        codes = [coding(str(label)) for label in held]
        if None in codes:
            strange = [str(label) for label, code in zip(held, codes, strict=True) if code is None]
            count = sum(int(n) for n, code in zip(counts, codes, strict=True) if code is None)
            shown = ", ".join(in_order(strange)[:LISTED])
            raise SpikeTextError(
                f"{path}: labels that are none of {', '.join(coding.classes)}: {shown}; {count:,} sequences "
                "in all; correct `classes`, or leave these sequences out"
            )
        return np.array(codes, dtype=np.int64)[places]

    def strata(self, labels: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
        """The classes; see `Task`."""
        return labels, list(names)

    def summary(self, labels: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
        """See `Task`."""
        counts = np.bincount(labels, minlength=len(names)).tolist()
        return {"classes": dict(zip(names, counts, strict=True))}

    def read(self, scores: Tensor, scale: int) -> Tensor:
        """See `Task`."""
        return scores.argmax(-1)

    def dev_scores(self, labels: np.ndarray, told: np.ndarray) -> dict[str, float]:
        """All of `ON_DEV`; see `Task`."""
        return {
            ON_DEV["accuracy"]: accuracy(labels, told),
            ON_DEV["macro-f1"]: macro_f1(labels, told, self.classes),
        }

    def merit(self, scores: Mapping[str, float]) -> float:
        """See `Task`."""
        return scores[ON_DEV[self.metric]]

    def said(self, merit: float) -> str:
        """See `Task`."""
        return f"{self.metric} {100 * merit:.2f} %"

    def test_scores(self, labels: np.ndarray, told: np.ndarray) -> dict[str, Any]:
        """See `Task`."""
        drawn = [accuracy(labels, one) for one in told]
        f1 = [macro_f1(labels, one, self.classes) for one in told]
        return {
            "test_accuracy": fmean(drawn),
            "test_accuracy_draws": drawn,
            "macro_f1": fmean(f1),
            "macro_f1_draws": f1,
        }

    def by_example(self, labels: np.ndarray, told: np.ndarray) -> tuple[str, np.ndarray]:
        """The share of draws that are right; see `Task`."""
        return "correct", (told == labels).mean(0)

    def behind(self, labels: np.ndarray, told: np.ndarray, other: np.ndarray) -> float:
        """Accuracy lost; see `Task`."""
        _, right = self.by_example(labels, told)
        return accuracy(labels, other) - float(right.mean())

    def details(self, labels: Mapping[str, np.ndarray], told: np.ndarray) -> dict[str, Any]:
        """The confusion matrix; see `Task`."""
        return {"confusion": confusion(labels["test"], told, self.classes)}


LEADING = Classes("accuracy", 0)  # for reading scores, of however many classes
