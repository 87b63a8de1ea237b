import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spiketext.inputs.embeddings.positive import positive, scale

TABLES = arrays(np.float32, (5, 4), elements=st.floats(-50, 50, width=32))


@given(TABLES, arrays(bool, 5), st.floats(-5, 5), st.floats(0.1, 10))
def test_every_element_follows_the_formula(table, covered, mean, std):
    result = positive(table, covered, mean, std)
    assert result.dtype == np.float32
    for row in range(5):
        for column in range(4):
            value = (float(table[row, column]) - mean) / std
            value = min(max(value, -3.0), 3.0) * (1 / 6) + 1 / 2
            expected = value if covered[row] else 0.0
            assert result[row, column] == pytest.approx(expected, abs=1e-6)


@given(TABLES)
def test_values_are_probabilities_whatever_the_table(table):
    everything = np.ones(5, dtype=bool)
    result = positive(table, everything, *scale(table))
    assert ((result >= 0) & (result <= 1)).all()


def test_mean_is_a_half_and_three_deviations_are_the_ends():
    table = np.array([[2.0, 2.0 - 3 * 0.5, 2.0 + 3 * 0.5, 99.0]], dtype=np.float32)
    assert positive(table, np.array([True]), 2.0, 0.5).tolist() == [[0.5, 0.0, 1.0, 1.0]]


def test_padding_and_unknown_words_are_exactly_zero():
    table = np.array([[0.0, 0.0], [1.0, -1.0], [0.0, 0.0]], dtype=np.float32)
    result = positive(table, np.array([False, True, False]), 0.0, 1.0)
    assert result[[0, 2]].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert result[1] == pytest.approx([0.5 + 1 / 6, 0.5 - 1 / 6])


def test_scale_is_one_mean_and_one_deviation_for_all_values():
    table = np.array([[1.0, 3.0], [5.0, 7.0]], dtype=np.float32)
    assert scale(table) == (4.0, pytest.approx(5**0.5))


@pytest.mark.parametrize("table", [np.zeros((0, 3)), np.full((2, 2), 7.0)])
def test_a_table_without_spread_is_no_division_by_zero(table):
    mean, std = scale(table.astype(np.float32))
    assert std == 1.0
    assert np.isfinite(positive(table, np.ones(len(table), dtype=bool), mean, std)).all()
