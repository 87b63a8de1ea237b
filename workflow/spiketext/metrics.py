"""Metrics: numbers made of predictions, and by which of them choices on dev are made."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import confusion_matrix, f1_score


def accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Share of right predictions."""
    return float((labels == predictions).mean())


def macro_f1(labels: np.ndarray, predictions: np.ndarray, classes: int) -> float:
    """Unweighted mean of the classes' F1; a class that neither occurs nor is predicted counts 0."""
    every = np.arange(classes)
    return float(f1_score(labels, predictions, labels=every, average="macro", zero_division=0))


def confusion(labels: np.ndarray, predictions: np.ndarray, classes: int) -> list[list[int]]:
    """Counts, rows are true classes."""
    counts: list[list[int]] = confusion_matrix(labels, predictions, labels=np.arange(classes)).tolist()
    return counts


# Metrics by which a choice can be made, with the names that reports have for them on the dev set.
ON_DEV = {"accuracy": "dev_accuracy", "macro-f1": "dev_macro_f1"}


def dev_scores(labels: np.ndarray, predictions: np.ndarray, classes: int) -> dict[str, float]:
    """All metrics of `ON_DEV`, under their names in reports."""
    return {
        ON_DEV["accuracy"]: accuracy(labels, predictions),
        ON_DEV["macro-f1"]: macro_f1(labels, predictions, classes),
    }


@dataclass(frozen=True)
class Choice:
    """By what the best of several on the dev set is chosen.

    Attributes:
        metric: of `ON_DEV`.
        classes: number of classes.
    """

    metric: str
    classes: int

    def scores(self, labels: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
        """See `dev_scores`."""
        return dev_scores(labels, predictions, self.classes)

    def merit(self, scores: Mapping[str, float]) -> float:
        """What decides, of a result of `scores`: the largest is the best."""
        return scores[ON_DEV[self.metric]]
