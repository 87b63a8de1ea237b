"""What a classifier tells of many texts."""

import numpy as np

from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import CLASSIFIED, BaseClassifier
from spiketext.progress import Progress
from spiketext.tasks.base import Task
from spiketext.tasks.classes import LEADING


def places(rows: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Where each of `some` stands among `rows`, which are distinct."""
    order = np.argsort(rows)
    return order[np.searchsorted(rows, some, sorter=order)]


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
    found: dict[int, list[np.ndarray]] = {t: [] for t in steps}
    order = []
    progress = Progress("texts classified", len(rows))
    for batch in texts.in_order(rows, CLASSIFIED):
        order.append(places(rows, batch.rows))
        for run, asked in classifier.runs(steps):
            scores = run.scores(batch)
            for t in asked:
                found[t].append(task.read(scores[t - 1], run.scale(t)).cpu().numpy())
        progress.advance(len(batch.rows))
    back = np.argsort(np.concatenate(order))
    return np.stack([np.concatenate(found[t])[back] for t in steps])
