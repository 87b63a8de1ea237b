"""Objectives: what training minimises, what it learns from, and what decides among epochs beside accuracy.

Each objective is a module of its own with a class `Objective`, found by its name; the loop asks for none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.words import WordTable
from spiketext.kinds import module_of
from spiketext.networks.classifier import Classifier
from spiketext.tasks.base import Task

ROOM = "objectives"


class Objective:
    """An objective."""

    def __init__(self, settings: Any, class_weights: Tensor | None = None) -> None:
        """Of settings from `config.objectives`; without weights `[classes]` all texts count alike."""
        self.settings, self.class_weights = settings, class_weights

    def prepare(self, files: Any, inputs: Mapping[str, Any], words: WordTable) -> None:
        """Read what it needs beside texts; most need nothing.

        Args:
            files: inputs of the training's rule.
            inputs: the section of that name of the method.
            words: of the classifier.
        """

    def examples(self, texts: Texts, train: np.ndarray) -> tuple[Texts, np.ndarray]:
        """Texts, and which of them to train on; arguments: those of the data set, and its training rows.

        The rows of the data set's own texts stay what they are.
        """
        return texts, train

    def loss(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """Training loss of a batch, a scalar; random numbers come from `generator`."""
        return self.judged(classifier.forward(classifier.read(batch, generator)), batch)

    def judged(self, outputs: Tensor, batch: Batch) -> Tensor:
        """The loss, a scalar, of what a classifier puts out for a batch, `[T, B, classes]`.

        An objective that needs more than that has a `loss` of its own instead.
        """
        raise NotImplementedError

    def further(self, classifier: Classifier, texts: Texts, rows: np.ndarray, task: Task) -> dict[str, float]:
        """Metrics on the dev set `rows` that choose among epochs as well, under their names in reports."""
        return {}

    def merit(self, own: float, further: Mapping[str, float]) -> float:
        """What is largest in the best epoch, of the metric on the texts as they are and `further` ones."""
        return float(np.mean([own, *further.values()]))

    def excess(self, classifier: Classifier, batches: Iterable[Batch]) -> float:
        """Share by which a bound is exceeded on these texts; 0 within it and without one."""
        return 0.0


def make_objective(settings: Any, class_weights: Tensor | None = None) -> Objective:
    """The objective that the settings name; arguments as of `Objective`."""
    found: Objective = module_of(ROOM, settings.kind).Objective(settings, class_weights)
    return found
