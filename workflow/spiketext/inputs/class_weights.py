"""What a text of each class counts in training: where some classes have few texts, more."""

from collections.abc import Sequence

import numpy as np
from sklearn.utils.class_weight import compute_class_weight


def class_weights(setting: str | Sequence[float], labels: np.ndarray, classes: int) -> np.ndarray | None:
    """Weights by class, 1 on average over the given texts, so that only their ratios matter.

    Args:
        setting: `none`; `balanced`: each class counts as much as any other; or a weight for each class.
        labels: `[N]`, of the training texts, and of no others.
        classes: number of classes; one without texts gets a weight too, which nothing is multiplied with.

    Returns:
        `[classes]` float64; None where all texts count alike.
    """
    if setting == "none":
        return None
    if setting != "balanced":
        given = np.array(setting, dtype=np.float64)
        weights: np.ndarray = given / given[labels].mean()
        return weights
    present = np.unique(labels)
    found = np.ones(classes)
    found[present] = compute_class_weight("balanced", classes=present, y=labels)
    return found
