"""What a classifier tells of many texts."""

import numpy as np

from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import CLASSIFIED, BaseClassifier
from spiketext.progress import Progress
from spiketext.tasks.base import Task
from spiketext.tasks.classes import LEADING


class Places:
    """Where texts stand among rows."""

    def __init__(self, rows: np.ndarray) -> None:
        """`rows` are distinct."""
        self._order = np.argsort(rows)
        self._sorted = rows[self._order]

    def __call__(self, some: np.ndarray) -> np.ndarray:
        """The place of each of `some`, all of which are among the rows."""
        return self._order[np.searchsorted(self._sorted, some)]


class Told:
    """What is told of texts that come in batches, in the order of their rows.

    It stands in one array. Many small ones, each made while its batch's large arrays were held, would lie
    between those, so that the next batch's found no room where they had been.
    """

    def __init__(self, rows: np.ndarray) -> None:
        """`rows` are distinct."""
        self._places = Places(rows)
        self._all = np.zeros((0, len(rows)))

    def add(self, rows: np.ndarray, told: np.ndarray) -> None:
        """What is told of a batch's `rows`: `[len(steps), B]`."""
        if not len(self._all):
            self._all = np.zeros((len(told), self._all.shape[1]), told.dtype)
        self._all[:, self._places(rows)] = told

    def all(self) -> np.ndarray:
        """Of all rows, `[len(steps), N]`; every one has been added."""
        return self._all


def predict(
    classifier: BaseClassifier, texts: Texts, rows: np.ndarray, steps: list[int], task: Task = LEADING
) -> np.ndarray:
    """What is told of each text after each of the given numbers of steps.

    Args:
        classifier: run for max(steps) steps.
        texts: of the data set.
        rows: at least one.
        steps: at which to tell.
        task: what its scores mean.

    Returns:
        `[len(steps), N]`, in the order of `rows`: places of classes, or values.
    """
    told = Told(rows)
    progress = Progress("texts classified", len(rows))
    for batch in texts.in_order(rows, CLASSIFIED):
        found: dict[int, np.ndarray] = {}
        for run, asked in classifier.runs(steps):
            scores = run.scores(batch)
            found |= {t: task.read(scores[t - 1], run.scale(t)).cpu().numpy() for t in asked}
        told.add(batch.rows, np.stack([found[t] for t in steps]))
        progress.advance(len(batch.rows))
    return told.all()
