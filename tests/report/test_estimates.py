import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spiketext.report.estimates import (
    Estimate,
    mean_over_seeds,
    number,
    paired_difference,
    proportion,
    significant,
)


def test_one_seed_has_the_wilson_interval():
    found = proportion([0.8], [50])
    expected = stats.binomtest(40, 50).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.text() == "80.0 [67.0, 88.8]"
    assert found.errors == pytest.approx((0.8 - expected.low, expected.high - 0.8))


def test_a_share_of_no_sentences_has_no_interval():
    assert proportion([0.0], [0]).text() == "0.0"


@given(st.lists(st.integers(0, 200), min_size=2, max_size=9).filter(lambda right: len(set(right)) > 1))
def test_several_seeds_have_the_t_interval(right):
    values = [one / 200 for one in right]
    found = proportion(values, [100] * len(values))
    scale = float(stats.sem(values))
    low, high = stats.t.interval(0.95, len(values) - 1, sum(values) / len(values), scale)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert found.seeds == len(values)


def test_t_interval_by_hand():
    # Mean 0.5, deviation 0.1, t(2; 0.975) = 4.3027: half width 4.3027 · 0.1 / √3 = 0.2484.
    found = mean_over_seeds([0.4, 0.5, 0.6])
    assert found.high - found.value == pytest.approx(0.248414, abs=1e-5)
    assert found.text() == "50.0 ± 24.8"


def test_paired_difference_by_hand():
    # Cells with a half more: 30.5 and 10.5 of 202; d* = 20/202; variance (41/202 − d*²)/202.
    found = paired_difference(30, 10, 200)
    assert found.value == pytest.approx(0.1)
    half = 1.959964 * math.sqrt((41 / 202 - (20 / 202) ** 2) / 202)
    assert (found.low, found.high) == pytest.approx((20 / 202 - half, 20 / 202 + half), abs=1e-6)
    assert paired_difference(0, 0, 10).errors == pytest.approx((1.959964 / 12, 1.959964 / 12), abs=1e-6)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_paired_interval_holds_the_difference(first, second, rest):
    found = paired_difference(first, second, first + second + rest + 1)
    assert found.low <= found.value <= found.high


def test_numbers_are_never_minus_zero():
    assert [number(value, 1) for value in (-0.04, -1.26, 1234.5)] == ["0.0", "−1.3", "1,234.5"]
    assert Estimate(-0.0001).text() == "0.0"


def test_significant_digits():
    shown = [significant(value) for value in (0.05786, 3.618, 36.18, 1234.5, 0.0)]
    assert shown == ["0.0579", "3.62", "36.2", "1,234", "0"]


def test_no_values():
    with pytest.raises(ValueError, match="no values"):
        mean_over_seeds([])
