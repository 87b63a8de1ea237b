"""From raw vectors to what a network sees, by each transform."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from spiketext.arrays import write_arrays
from spiketext.config.networks import WordVectors
from spiketext.files import write_json
from spiketext.inputs.words import TRANSFORMS, load_transform, load_word_table

VECTORS = np.array([[0, 0], [1, -3], [9, 2], [5, 5]], dtype=np.float32)
COVERED = np.array([False, True, True, False])


def transformed(folder, name, **settings):
    """By the figures of a report, as jobs have them."""
    write_json(folder / "report.json", {"mean": 1.0, "std": 2.0})
    return load_transform(folder / "report.json", WordVectors(transform=name, **settings))(VECTORS, COVERED)


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


def test_unknown_words_may_have_the_mean_of_all_values(tmp_path):
    """Not those around zero, whose mean is what silence is; and the padding stays silent."""
    found = transformed(tmp_path, "positive", unknown="mean")
    assert found[[0, 3]].tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert found[1].tolist() == transformed(tmp_path, "positive")[1].tolist()
    arrays = {"vectors": VECTORS, "covered": COVERED}
    write_arrays(tmp_path / "table.safetensors", arrays)
    write_json(tmp_path / "words.json", {"words": ["", "a", "b", "c"]})
    files = SimpleNamespace(
        table=tmp_path / "table.safetensors",
        words=tmp_path / "words.json",
        vectors_report=tmp_path / "report.json",
    )
    table = load_word_table(files, WordVectors(unknown="mean"), torch.device("cpu"))
    assert table.values[[0, 3]].tolist() == [[0, 0], [0.5, 0.5]]
    with pytest.raises(ValidationError, match="needs `transform: positive`"):
        WordVectors(transform="standardised", unknown="mean")


def test_what_values_lie_between(tmp_path):
    """PGD stays within it."""
    bounds = {}
    for name in TRANSFORMS:
        found = transformed(tmp_path, name)
        bounds[name] = load_transform(tmp_path / "report.json", WordVectors(transform=name)).bounds
        assert bounds[name][0] <= found.min() and found.max() <= bounds[name][1]
    unbounded = (-np.inf, np.inf)
    assert bounds == {"positive": (0, 1), "standardised": unbounded, "as-is": unbounded}
