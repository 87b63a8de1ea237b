"""What a task is: all that differs between telling a class and telling a number.

Networks give `outputs` numbers for an example, whatever they mean. A task says what they mean, what stands in
their place in the files, by what epochs are chosen and what an evaluation counts; so no other room asks
which task it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from spiketext.arrays import Layout

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Task(ABC):
    """A task.

    Attributes:
        metric: of `config.types.Metric`, by which choices among classifiers of classes are made.
        classes: number of classes; 0 where there are none.
        on_dev: names of `dev_scores`.
        label_kinds: kinds of NumPy's types that a label in an array of a user's may have.
        label_types: the same in words.
        report: the file of rules that summarise, draw and report such a study.
        in_use: whether its networks can be used outside the study (docs/use.md).
    """

    metric: str
    classes: int

    on_dev: ClassVar[tuple[str, ...]]
    label_kinds: ClassVar[str]
    label_types: ClassVar[str]
    report: ClassVar[str]
    in_use: ClassVar[bool]

    # -------------------------------------------------------------------- labels

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Numbers that a network gives for an example."""

    @property
    @abstractmethod
    def labels(self) -> Layout:
        """What the labels in tokens.safetensors must be."""

    @abstractmethod
    def coded(self, path: Path, labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
        """Labels `[N]` of an array of a user's as they are stored.

        Args:
            path: the file, for messages.
            labels: `[N]`, of one of `label_kinds`.
            names: of the classes, if there are any.

        Raises:
            SpikeTextError: one of them means nothing.
        """

    @abstractmethod
    def strata(self, labels: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
        """Groups of which every part of a split has its share: each label's place, `[N]`, and names."""

    @abstractmethod
    def summary(self, labels: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
        """What report.json says of the labels."""

    # -------------------------------------------------------------------- answers

    @abstractmethod
    def read(self, scores: Tensor, scale: int) -> Tensor:
        """What is told of outputs `[..., outputs]` that were added up: `[...]`; over `scale` they are those
        of training."""

    @abstractmethod
    def dev_scores(self, labels: np.ndarray, told: np.ndarray) -> dict[str, float]:
        """All metrics on dev, under their names in reports."""

    @abstractmethod
    def merit(self, scores: Mapping[str, float]) -> float:
        """What decides, of a result of `dev_scores`: the largest is the best."""

    @abstractmethod
    def said(self, merit: float) -> str:
        """A merit in words."""

    @abstractmethod
    def test_scores(self, labels: np.ndarray, told: np.ndarray) -> dict[str, Any]:
        """All metrics on test, means over draws and one value for each, of answers `[draws, N]`."""

    @abstractmethod
    def by_example(self, labels: np.ndarray, told: np.ndarray) -> tuple[str, np.ndarray]:
        """What counts of each example, by name and `[N]`: the mean over draws, of answers `[draws, N]`."""

    @abstractmethod
    def behind(self, labels: np.ndarray, told: np.ndarray, other: np.ndarray) -> float:
        """How much worse answers `[draws, N]` are than others `[N]`."""

    @abstractmethod
    def details(self, labels: Mapping[str, np.ndarray], told: np.ndarray) -> dict[str, Any]:
        """What else an evaluation says of the answers `[N]` on test.

        Args:
            labels: of `train`, `dev` and `test`.
            told: of the first draw.
        """
