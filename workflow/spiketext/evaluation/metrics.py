"""Metrics: numbers made of predictions."""

import numpy as np


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
