"""Metrics: numbers made of predicted classes."""

import numpy as np

# Every job reads the tasks, so scikit-learn is imported by those that count.


def accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Share of right predictions."""
    return float((labels == predictions).mean())


def macro_f1(labels: np.ndarray, predictions: np.ndarray, classes: int) -> float:
    """Unweighted mean of the classes' F1; a class that neither occurs nor is predicted counts 0."""
    from sklearn.metrics import f1_score

    every = np.arange(classes)
    return float(f1_score(labels, predictions, labels=every, average="macro", zero_division=0))


def confusion(labels: np.ndarray, predictions: np.ndarray, classes: int) -> list[list[int]]:
    """Counts, rows are true classes."""
    from sklearn.metrics import confusion_matrix

    counts: list[list[int]] = confusion_matrix(labels, predictions, labels=np.arange(classes)).tolist()
    return counts


# Metrics by which a choice can be made, with the names that reports have for them on the dev set.
ON_DEV = {"accuracy": "dev_accuracy", "macro-f1": "dev_macro_f1"}
