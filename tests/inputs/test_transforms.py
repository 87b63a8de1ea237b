"""From raw vectors to what a network sees, by each transform."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from spiketext.arrays import write_arrays
from spiketext.config.inputs import WordVectors
from spiketext.errors import SpikeTextError
from spiketext.files import write_json
from spiketext.inputs.words import TRANSFORMS, load_transform, load_word_table

VECTORS = np.array([[0, 0], [1, -3], [9, 2], [5, 5]], dtype=np.float32)
COVERED = np.array([False, True, True, False])


def transformed(folder, name, **settings):
    """By the figures of a report, as jobs have them."""
    write_json(folder / "report.json", {"mean": 1.0, "std": 2.0})
    return load_transform(files_of(folder), WordVectors(transform=name, **settings))(VECTORS, COVERED)


def files_of(folder):
    """What the embeddings stage writes, as the inputs of a rule."""
    return SimpleNamespace(
        table=folder / "table.safetensors", words=folder / "words.json", vectors_report=folder / "report.json"
    )


def write_table_of(folder, vectors, covered):
    write_arrays(folder / "table.safetensors", {"vectors": vectors, "covered": covered})
    write_json(folder / "words.json", {"words": ["", *map(str, range(1, len(vectors)))]})
    write_json(folder / "report.json", {"mean": 1.0, "std": 2.0})


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
    write_table_of(tmp_path, VECTORS, COVERED)
    table = load_word_table(files_of(tmp_path), WordVectors(unknown="mean"), torch.device("cpu"))
    assert table.values[[0, 3]].tolist() == [[0, 0], [0.5, 0.5]]
    with pytest.raises(ValidationError, match="needs `transform: positive`"):
        WordVectors(transform="standardised", unknown="mean")


def test_what_values_lie_between(tmp_path):
    """PGD stays within it."""
    bounds = {}
    for name in TRANSFORMS:
        found = transformed(tmp_path, name)
        bounds[name] = load_transform(files_of(tmp_path), WordVectors(transform=name)).bounds
        assert bounds[name][0] <= found.min() and found.max() <= bounds[name][1]
    unbounded = (-np.inf, np.inf)
    assert bounds == {"positive": (0, 1), "standardised": unbounded, "as-is": unbounded}


def test_fewer_dimensions_are_the_principal_components_of_the_known_words(tmp_path):
    """Standardised by their own μ and σ; a further word is reduced as the table's words are."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(40, 3)).astype(np.float32) * np.float32([1, 5, 0.1]) + 2
    vectors[0], covered = 0, np.arange(40) > 0
    vectors[1], covered[1] = 100, False
    write_table_of(tmp_path, vectors, covered)
    inputs = WordVectors(transform="standardised", dimensions=2)
    table = load_word_table(files_of(tmp_path), inputs, torch.device("cpu")).values.numpy()
    assert table.shape == (40, 2) and not table[:2].any()
    assert table[2:].mean() == pytest.approx(0, abs=1e-5)
    assert table[2:].std() == pytest.approx(1, abs=1e-5)
    # The axes are (nearly) the second and the first, by falling variance.
    known = vectors[2:] - vectors[2:].mean(axis=0)
    for column, axis in enumerate((1, 0)):
        assert abs(np.corrcoef(table[2:, column], known[:, axis])[0, 1]) > 0.99
    transform = load_transform(files_of(tmp_path), inputs)
    assert transform.width(3) == 2
    assert transform(vectors[5:6], np.array([True])) == pytest.approx(table[5:6], abs=1e-6)
    with pytest.raises(SpikeTextError, match=r"no 4 principal components: lower `inputs: \{dimensions"):
        load_transform(files_of(tmp_path), WordVectors(dimensions=4))
