"""Predicted classes of many texts."""

import numpy as np

from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import CLASSIFIED, BaseClassifier
from spiketext.progress import Progress


def places(rows: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Where each of `some` stands among `rows`, which are distinct."""
    order = np.argsort(rows)
    return order[np.searchsorted(rows, some, sorter=order)]


def predict(classifier: BaseClassifier, texts: Texts, rows: np.ndarray, steps: list[int]) -> np.ndarray:
    """Predicted classes after each of the given numbers of steps.

    Returns:
        `[len(steps), N]` int64, in the order of `rows`.
    """
    predictions = np.empty((len(steps), len(rows)), dtype=np.int64)
    progress = Progress("texts classified", len(rows))
    for batch in texts.in_order(rows, CLASSIFIED):
        for run, asked in classifier.runs(steps):
            chosen = run.scores(batch)[[t - 1 for t in asked]].argmax(-1).cpu().numpy()
            wanted = np.array([steps.index(t) for t in asked])
            predictions[wanted[:, None], places(rows, batch.rows)] = chosen
        progress.advance(len(batch.rows))
    return predictions
