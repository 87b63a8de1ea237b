"""From raw vectors to what a network sees, by each transform."""

import numpy as np
import pytest

from spiketext.files import write_json
from spiketext.inputs.words import TRANSFORMS, load_transform

VECTORS = np.array([[0, 0], [1, -3], [9, 2], [5, 5]], dtype=np.float32)
COVERED = np.array([False, True, True, False])


def transformed(folder, name):
    """By the figures of a report, as jobs have them."""
    write_json(folder / "report.json", {"mean": 1.0, "std": 2.0})
    return load_transform(folder / "report.json", name)(VECTORS, COVERED)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("as-is", [[1, -3], [9, 2]]),
        ("standardised", [[0, -2], [4, 0.5]]),
        ("positive", [[0.5, 0.5 - 2 / 6], [1, 0.5 + 0.5 / 6]]),
    ],
)
def test_known_rows_are_transformed_and_others_stay_zero(tmp_path, name, rows):
    found = transformed(tmp_path, name)
    assert found.dtype == np.float32
    assert found == pytest.approx(np.array([[0, 0], *rows, [0, 0]]), abs=1e-7)


def test_what_values_lie_between(tmp_path):
    """PGD stays within it."""
    bounds = {}
    for name in TRANSFORMS:
        found = transformed(tmp_path, name)
        bounds[name] = load_transform(tmp_path / "report.json", name).bounds
        assert bounds[name][0] <= found.min() and found.max() <= bounds[name][1]
    unbounded = (-np.inf, np.inf)
    assert bounds == {"positive": (0, 1), "standardised": unbounded, "as-is": unbounded}
