import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings import reduction
from spiketext.inputs.embeddings.reduction import Reduction


@pytest.fixture
def rows():
    generator = np.random.default_rng(3)
    return (
        generator.normal(size=(400, 6)) * [5, 4, 3, 2, 1, 0.5] @ generator.normal(size=(6, 6)) + 7
    ).astype(np.float32)


def test_components_are_those_of_the_singular_value_decomposition(rows):
    fitted = reduction.fit(rows, 4)
    _, _, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    for component, axis in zip(fitted.components, axes, strict=False):
        assert abs(component @ axis) == pytest.approx(1, abs=1e-4)
    assert fitted.components @ fitted.components.T == pytest.approx(np.eye(4), abs=1e-5)


def test_signs_are_fixed_even_if_all_data_are_mirrored(rows):
    fitted = reduction.fit(rows, 6)
    largest = np.abs(fitted.components).argmax(axis=1)
    assert (fitted.components[range(6), largest] > 0).all()
    assert reduction.fit(-rows, 6).components == pytest.approx(fitted.components, abs=1e-5)


def test_all_components_keep_all_distances(rows):
    every = np.ones(len(rows), dtype=bool)
    projected = reduction.fit(rows, 6).apply(rows, every)
    assert np.linalg.norm(projected[0] - projected[1]) == pytest.approx(
        np.linalg.norm(rows[0] - rows[1]), rel=1e-4
    )
    variances = projected.var(axis=0)
    assert (np.diff(variances) <= 0).all()


def test_uncovered_rows_stay_zero():
    fitted = Reduction(np.array([5.0, 5.0], dtype=np.float32), np.eye(2, dtype=np.float32))
    result = fitted.apply(np.array([[6.0, 5.0], [0.0, 0.0]], dtype=np.float32), np.array([True, False]))
    assert result.tolist() == [[1.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(("n", "keep"), [(10, 4), (2, 3)])
def test_more_components_than_there_are(n, keep):
    with pytest.raises(SpikeTextError, match=f"no {keep} principal components"):
        reduction.fit(np.ones((n, 3), dtype=np.float32), keep)


def test_a_word_has_one_vector_in_any_company_on_any_number_of_cores():
    generator = np.random.default_rng(5)
    rows = generator.normal(size=(9000, 64)).astype(np.float32)
    every = np.ones(len(rows), dtype=bool)
    results = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            fitted = reduction.fit(rows, 40)
            results.append(fitted.apply(rows, every))
    assert (results[0] == results[1]).all()
    alone = np.concatenate([fitted.apply(rows[[row]], every[:1]) for row in range(0, 9000, 500)])
    assert (results[0][::500] == alone).all()
