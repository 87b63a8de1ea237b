"""Predictions and the figures made of them."""

import numpy as np
from sklearn.metrics import confusion_matrix, f1_score

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
    """Unweighted mean of the classes' F1; a class that is never predicted counts 0."""
    return float(f1_score(labels, predictions, labels=range(classes), average="macro", zero_division=0))


def confusion(labels: np.ndarray, predictions: np.ndarray, classes: int) -> list[list[int]]:
    """Counts, rows are true classes."""
    counts: list[list[int]] = confusion_matrix(labels, predictions, labels=range(classes)).tolist()
    return counts
