"""The table of distinct elements, and their numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from spiketext.errors import SpikeTextError
from spiketext.sequences import elements
from spiketext.sequences.elements import Elements, names


def test_grey_levels_by_size():
    """Divided by the scale; the padding, which is none of them, comes first."""
    values = np.array([[255], [0], [51], [0]], dtype=np.uint8)
    found = Elements([values], scale=255)
    assert found.vectors.dtype == np.float32
    assert found.vectors.tolist() == [[0], [0], [np.float32(0.2)], [1]]
    assert found.numbers(values).tolist() == [3, 1, 2, 1]
    assert names(found.vectors) == ["", "0.0", "0.2", "1.0"]


def test_names_of_several_values():
    """The values while they are few, else a digest; all distinct."""
    vectors = np.concatenate([np.zeros((1, 2)), [[0.1, -3]]]).astype(np.float32)
    assert names(vectors) == ["", "0.1 -3.0"]
    many = np.arange(50, dtype=np.float32).reshape(10, 5)
    found = names(many)
    assert found[0] == "" and len(set(found)) == 10 and {len(name) for name in found[1:]} == {16}
    assert found == names(many)


@given(
    arrays=st.integers(1, 3).flatmap(
        lambda width: st.lists(
            arrays_of.arrays(
                np.float64,
                st.tuples(st.integers(1, 20), st.just(width)),
                elements=st.sampled_from([-1.5, -0.0, 0.0, 0.1, 2.0, 3e-40]),
            ),
            min_size=1,
            max_size=4,
        )
    ),
    block=st.integers(1, 9),
)
def test_rows_and_numbers_belong_together(arrays, block):
    """However the work is divided: every row is found again, and none stands twice; -0 is 0."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "BLOCK", block)
        found = Elements(arrays, scale=0.5)
        numbers = [found.numbers(array) for array in arrays]
    whole = Elements(arrays, scale=0.5)
    assert np.array_equal(found.vectors, whole.vectors)
    for array, own in zip(arrays, numbers, strict=True):
        assert own.dtype == np.int32 and own.min() >= 1
        assert np.array_equal(found.vectors[own], (array / 0.5).astype(np.float32))
        assert np.array_equal(own, whole.numbers(array))
    distinct = {tuple(row) for array in arrays for row in (array / 0.5).astype(np.float32).tolist()}
    assert len(found.vectors) == 1 + len(distinct)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_values_that_are_no_finite_float32(value):
    """Also those that only float64 can hold; the place is told."""
    values = np.zeros((10, 2))
    values[6, 1] = value
    with pytest.raises(SpikeTextError, match=r"element 7 .* holds a value that is no finite float32 number"):
        Elements([values], 1.0)


def test_too_many_elements_and_two_widths(monkeypatch):
    with pytest.raises(SpikeTextError, match="sequences of 2 and of 3 values an element"):
        Elements([np.zeros((1, 2)), np.zeros((1, 3))], 1.0)
    monkeypatch.setattr(elements, "MOST_ELEMENTS", 9)
    assert len(Elements([np.arange(9)[:, None]], 1.0).vectors) == 10
    with pytest.raises(SpikeTextError, match="more than 9 distinct elements; round their values"):
        Elements([np.arange(10)[:, None]], 1.0)
