"""Predictions and the figures made of them."""

import numpy as np

from spiketext.progress import Progress
from spiketext.training.classifiers import Classifier
from spiketext.training.data import Sentences

EVALUATION_BATCH = 128


def places(rows: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Where each of `some` stands among `rows`, which are distinct."""
    order = np.argsort(rows)
    return order[np.searchsorted(rows, some, sorter=order)]


def predict(
    classifier: Classifier, sentences: Sentences, rows: np.ndarray, widths: list[int], steps: list[int]
) -> np.ndarray:
    """Predicted classes after each of the given numbers of steps.

    Returns:
        `[len(steps), N]` int64, in the order of `rows`.
    """
    predictions = np.empty((len(steps), len(rows)), dtype=np.int64)
    progress = Progress("sentences classified", len(rows))
    for batch in sentences.in_order(rows, EVALUATION_BATCH, widths):
        scores = classifier.scores(batch)
        chosen = scores[[t - 1 for t in steps]].argmax(-1).cpu().numpy()
        predictions[:, places(rows, batch.rows)] = chosen
        progress.advance(len(batch.rows))
    return predictions


def accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Share of right predictions."""
    return float((labels == predictions).mean())


def macro_f1(labels: np.ndarray, predictions: np.ndarray, classes: int) -> float:
    """Unweighted mean of the classes' F1; a class that neither occurs nor is predicted counts 0."""
    counts = np.array(confusion(labels, predictions, classes))
    occurring = counts.sum(0) + counts.sum(1)
    return float(np.mean(2 * np.diag(counts) / np.maximum(occurring, 1)))


def confusion(labels: np.ndarray, predictions: np.ndarray, classes: int) -> list[list[int]]:
    """Counts, rows are true classes."""
    pairs = np.bincount(labels * classes + predictions, minlength=classes**2)
    counts: list[list[int]] = pairs.reshape(classes, classes).tolist()
    return counts
