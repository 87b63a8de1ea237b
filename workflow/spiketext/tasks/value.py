"""To tell a number of an example: regression, by the mean squared error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from spiketext.arrays import Layout
from spiketext.errors import SpikeTextError
from spiketext.tasks import base

if TYPE_CHECKING:
    from torch import Tensor


class Value(base.Task):
    """The one output is the number that is told; the loss is the mean of its squared errors."""

    on_dev: ClassVar[tuple[str, ...]] = ("dev_loss",)
    label_kinds: ClassVar[str] = "iuf"
    label_types: ClassVar[str] = "numbers"
    report: ClassVar[str] = "report_values"
    in_use: ClassVar[bool] = False

    @property
    def outputs(self) -> int:
        """See `Task`."""
        return 1

    @property
    def labels(self) -> Layout:
        """Any finite numbers; see `Task`."""
        return Layout("float64", ("sentences",))

    def coded(self, path: Path, labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """Finite numbers; see `Task`."""
        found = labels.astype(np.float64)
        if not np.isfinite(found).all():
            place = int((~np.isfinite(found)).argmax())
            raise SpikeTextError(
                f"{path}: the target of sequence {place + 1:,} is no finite number; leave out or mend that "
                "sequence"
            )
        return found

    def strata(self, labels: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
        """None but all together; see `Task`."""
        return np.zeros(len(labels), dtype=np.int64), ["value"]

    def summary(self, labels: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
        """Mean, deviation, least and largest; see `Task`."""
        return {
            "classes": {},
            "target": {
                "mean": float(labels.mean()),
                "std": float(labels.std()),
                "low": float(labels.min()),
                "high": float(labels.max()),
            },
        }

    def read(self, scores: Tensor, scale: int) -> Tensor:
        """See `Task`."""
        return scores[..., 0] / scale

    def dev_scores(self, labels: np.ndarray, told: np.ndarray) -> dict[str, float]:
        """The loss; see `Task`."""
        return {"dev_loss": loss(labels, told)}

    def merit(self, scores: Mapping[str, float]) -> float:
        """The less the loss, the better; see `Task`."""
        return -scores["dev_loss"]

    def said(self, merit: float) -> str:
        """See `Task`."""
        return f"loss {-merit:.6g}"

    def test_scores(self, labels: np.ndarray, told: np.ndarray) -> dict[str, Any]:
        """See `Task`."""
        drawn = [loss(labels, one) for one in told]
        return {"test_loss": fmean(drawn), "test_loss_draws": drawn}

    def by_example(self, labels: np.ndarray, told: np.ndarray) -> tuple[str, np.ndarray]:
        """The squared error, mean over draws; see `Task`."""
        return "squared_error", ((told.astype(np.float64) - labels) ** 2).mean(0)

    def behind(self, labels: np.ndarray, told: np.ndarray, other: np.ndarray) -> float:
        """Loss gained; see `Task`."""
        _, errors = self.by_example(labels, told)
        return float(errors.mean()) - loss(labels, other)

    def details(self, labels: Mapping[str, np.ndarray], told: np.ndarray) -> dict[str, Any]:
        """The loss of always telling the mean of the training targets; see `Task`."""
        constant = np.full(len(labels["test"]), labels["train"].mean())
        return {"constant_loss": loss(labels["test"], constant)}


def loss(labels: np.ndarray, told: np.ndarray) -> float:
    """Mean squared error, in double precision."""
    return float(((told.astype(np.float64) - labels) ** 2).mean())
