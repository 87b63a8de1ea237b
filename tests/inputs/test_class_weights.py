"""What a training text of each class counts."""

import numpy as np
import pytest

from spiketext.inputs.class_weights import class_weights

LABELS = np.repeat([0, 1, 3], [6, 3, 1])  # no text of class 2


def test_without_weights_there_are_none():
    """So that nothing is multiplied with 1 either."""
    assert class_weights("none", LABELS, 4) is None


def test_balanced_classes_count_alike():
    """Ten texts of three classes: each class counts 10 / 3, shared by its texts."""
    found = class_weights("balanced", LABELS, 4)
    assert found[[0, 1, 3]] == pytest.approx([10 / 18, 10 / 9, 10 / 3])
    assert found[LABELS].mean() == pytest.approx(1)
    assert found[2] > 0


def test_only_ratios_of_given_weights_matter():
    """The mean over the texts is 1: (6 · 1 + 3 · 2 + 1 · 4) / 10 = 1.6."""
    found = class_weights([1.0, 2.0, 7.0, 4.0], LABELS, 4)
    assert found == pytest.approx(np.array([1, 2, 7, 4]) / 1.6)
    assert class_weights([10.0, 20.0, 70.0, 40.0], LABELS, 4) == pytest.approx(found)
