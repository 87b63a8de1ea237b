"""Stratified draws: each class gives its share of rows.

scikit-learn's `train_test_split(stratify=…)` breaks ties between the classes' shares by lot, refuses classes
of one row, and draws other rows than all splits and samples so far were made of. So the draw is ours.
"""

from collections.abc import Sequence

import numpy as np


def apportion(shares: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers in place of shares, by the largest-remainder method.

    Each class gets the whole part of its share, and what is missing to the total goes to the classes with the
    largest fractional parts, the first of equals first.

    Args:
        shares: `[classes]`, none negative.
        total: their sum, rounded to a whole number.

    Returns:
        `[classes]` int64.
    """
    counts: np.ndarray = np.floor(shares).astype(np.int64)
    missing = total - int(counts.sum())
    counts[np.argsort(-(shares - counts), kind="stable")[:missing]] += 1
    return counts


def draw(members: Sequence[np.ndarray], counts: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """So many rows of each class, sorted.

    Args:
        members: rows of each class.
        counts: `[classes]`.
        generator: draws class after class.
    """
    chosen = [generator.permutation(rows)[:count] for rows, count in zip(members, counts, strict=True)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *chosen]))


def least(members: Sequence[np.ndarray], counts: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """So many rows of each class, those with the least keys, sorted.

    Args:
        members: rows of each class.
        counts: `[classes]`.
        keys: `[n]`, of all rows.
    """
    chosen = [rows[np.argsort(keys[rows])][:count] for rows, count in zip(members, counts, strict=True)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *chosen]))
