"""The most frequent class of the training set: what a classifier that reads nothing gets right."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spiketext.arrays import Layout
from spiketext.config import fitted as config
from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import BaseClassifier
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Step, Wiring
from spiketext.tasks.base import Task

LEAST = 1e-12  # share of a class without training texts


class Majority(BaseClassifier):
    """Logarithms of the classes' shares are the scores of every text; nothing is computed."""

    reads_vectors = False

    def __init__(self, words: WordTable, shares: Tensor) -> None:
        """`shares` of the classes among the training texts, `[classes]`."""
        super().__init__(words)
        self.logarithms = shares.clamp(min=LEAST).log()

    def layout(self, batch: Batch) -> Batch:
        """See `BaseClassifier`."""
        return batch

    def wiring(self, layout: Batch, longest: int) -> Wiring:
        """Nobody has to do anything; see `BaseClassifier`."""
        return Wiring([], [])

    def simulate(self, batch: Batch, layout: Any = None) -> Iterator[tuple[Step, Tensor]]:
        """One step; see `BaseClassifier`."""
        scores = self.logarithms.expand(len(batch.rows), -1)
        yield Step(scores), scores


def fit(
    network: config.Majority,
    words: WordTable,
    texts: Texts,
    train: np.ndarray,
    dev: np.ndarray,
    task: Task,
    class_weights: np.ndarray | None,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Shares of the classes, and a report; arguments as of `networks.assemble.fit`.

    Weights play no part: it stands for who counts the texts as they are.
    """
    shares = np.bincount(texts.labels[train], minlength=task.classes) / len(train)
    scores = task.dev_scores(texts.labels[dev], np.full(len(dev), shares.argmax()))
    return {"shares": shares}, {**scores, "parameters": task.classes}


def make(
    network: config.Majority, words: WordTable, classes: int, weights: Mapping[str, Tensor]
) -> BaseClassifier:
    """The classifier of fitted weights.

    Raises:
        SpikeTextError: the weights are those of another one, or not finite.
    """
    check_weights(weights, {"shares": Layout("float64", (classes,), 0, 1)})
    return Majority(words, torch.as_tensor(weights["shares"]))
