import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spiketext.attack.metrics import Z95
from spiketext.report.estimates import (
    Estimate,
    geometric_mean_over_datasets,
    geometric_mean_over_seeds,
    mean_over_datasets,
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


def test_one_seed_and_several_draws():
    # Wilson for 40 of 50 reaches 0.1304 down and 0.0876 up, 1.96 draw deviations of 0.03 reach 0.0588.
    found = proportion([0.8], [50], 0.03)
    assert found.errors == pytest.approx(
        (math.hypot(0.130375, 0.058799), math.hypot(0.087563, 0.058799)), abs=1e-5
    )
    assert found.draw_sd == 0.03
    assert proportion([1.0], [50], 0.03).high == 1.0
    # A mean over draws is no whole number of texts: 80.4 of 100.
    low, high = proportion([0.804], [100]).low, proportion([0.804], [100]).high
    centre, z2 = (0.804 + 3.841459 / 200) / 1.03841459, 3.841459
    half = math.sqrt(z2) / 1.03841459 * math.sqrt(0.804 * 0.196 / 100 + z2 / 40000)
    assert (low, high) == pytest.approx((centre - half, centre + half), abs=1e-6)


def test_several_seeds_and_draws():
    # Of three seeds with one draw each: √((4.3027 · 0.1)² + (1.96 · 0.05)²) / √3 = 0.25478.
    found = mean_over_seeds([0.4, 0.5, 0.6], 0.05)
    assert found.high - found.value == pytest.approx(0.254776, abs=1e-5)


@pytest.mark.parametrize("values", [[0.76, 0.76], [0.69 - 0.76, 0.71 - 0.78, 0.73 - 0.80]])
def test_seeds_that_agree_have_no_interval_of_zero_width(values):
    found = mean_over_seeds(values)
    assert (found.low, found.high) == (None, None)
    assert found.text() == number(100 * values[0], 1)
    assert proportion([0.5, 0.5], [10, 10]).low is None


def test_a_share_of_no_sentences_has_no_interval():
    assert proportion([0.0], [0]).text() == "0.0"


@given(st.lists(st.integers(0, 200), min_size=2, max_size=9).filter(lambda right: len(set(right)) > 1))
def test_several_seeds_have_the_t_interval(right):
    values = [one / 200 for one in right]
    found = proportion(values, [100] * len(values))
    scale = float(stats.sem(values))
    low, high = stats.t.interval(0.95, len(values) - 1, sum(values) / len(values), scale)
    assert (found.low, found.high) == pytest.approx((max(0, low), min(1, high)), abs=1e-9)
    assert found.seeds == len(values)


def test_t_interval_by_hand():
    # Mean 0.5, deviation 0.1, t(2; 0.975) = 4.3027: half width 4.3027 · 0.1 / √3 = 0.2484.
    found = mean_over_seeds([0.4, 0.5, 0.6])
    assert found.high - found.value == pytest.approx(0.248414, abs=1e-5)
    assert found.text() == "50.0 ± 24.8"
    assert found.deviation == pytest.approx(0.1)
    assert mean_over_seeds([0.5]).deviation is None


def test_seeds_that_share_training_texts_by_hand():
    """Nadeau and Bengio 2003: the variance of the mean is (1/n + n_test/n_train) s²."""
    # 10 % test, 9 % dev: n_test/n_train = 0.1/0.81; deviation 0.1 of three seeds.
    found = mean_over_seeds([0.4, 0.5, 0.6], overlap=0.1 / 0.81)
    error = 0.1 * math.sqrt(1 / 3 + 0.1 / 0.81)
    assert found.error == pytest.approx(error) and found.deviation == pytest.approx(0.1)
    assert found.high - found.value == pytest.approx(4.302653 * error, abs=1e-6)
    assert proportion([0.4, 0.5, 0.6], [9] * 3, overlap=0.1 / 0.81).low == pytest.approx(found.low)
    drawn = mean_over_seeds([0.4, 0.5, 0.6], 0.02, 0.1 / 0.81)
    assert drawn.high - 0.5 == pytest.approx(
        math.hypot(4.302653 * error, Z95 * 0.02 / math.sqrt(3)), abs=1e-6
    )
    # One of two data sets is divided anew by each seed: a quarter of its further variance is in the mean's.
    fixed = mean_over_seeds([0.7, 0.8, 0.9])
    mean = mean_over_datasets([found, fixed])
    assert mean.error == pytest.approx(math.sqrt(0.1**2 / 3 + 0.1 / 0.81 * 0.1**2 / 4))
    assert fixed.error == pytest.approx(0.1 / math.sqrt(3))
    assert mean_over_seeds([0.5], overlap=0.1).error is None


def test_shares_stay_between_0_and_1():
    # 95, 99 and 100 %: mean 98 %, deviation √7 points, half width 4.3027 · √7 / √3 = 6.57 points.
    found = proportion([0.95, 0.99, 1.0], [100] * 3)
    assert (found.low, found.high) == pytest.approx((0.914276, 1.0), abs=1e-6)
    assert found.text() == "98.0 ± 6.6"  # one column never mixes ± and brackets
    assert mean_over_seeds([-0.5, 0.5]).share.low == 0.0


def test_mean_over_datasets_is_taken_within_each_seed():
    # Seeds 1 and 2 have 0.4 and 0.9, and 0.6 and 0.9: means 0.65 and 0.75, t(1; 0.975) = 12.7062.
    found = mean_over_datasets([mean_over_seeds([0.4, 0.6]), mean_over_seeds([0.9, 0.9])])
    assert found.values == pytest.approx((0.65, 0.75))
    assert found.high - found.value == pytest.approx(12.7062 * 0.0707107 / 2**0.5, abs=1e-4)


def test_the_mean_over_one_data_set_is_its_own_figure():
    """Its interval stays the one it has, also where it was cut to what a share can be."""
    cut = proportion([0.97, 1.0], [40, 40])
    assert cut.high == 1
    for one in (cut, proportion([0.9], [40]), paired_difference([0, 1, 0, -1, 1])):
        assert mean_over_datasets([one]) == one


def test_mean_over_datasets_of_one_seed():
    # Widths below 0.03 and 0.04 make 0.05, above 0.05 and 0.12 make 0.13; halved for two data sets.
    found = mean_over_datasets(
        [Estimate(0.5, 0.47, 0.55, (0.5,)), Estimate(0.7, 0.66, 0.82, (0.7,))],
    )
    assert (found.value, found.low, found.high) == pytest.approx((0.6, 0.575, 0.665))
    assert mean_over_datasets([Estimate(0.5, values=(0.5,)), found]).low is None


def test_draws_of_the_mean_over_datasets():
    # Deviations of 0.03 and 0.04 make 0.05 / 2 for the mean of two sets; within the seeds 0.65 and 0.75.
    found = mean_over_datasets([mean_over_seeds([0.4, 0.6], 0.03), mean_over_seeds([0.9, 0.9], 0.04)])
    assert found.draw_sd == pytest.approx(0.025)
    half = math.hypot(12.7062 * 0.0707107, 1.959964 * 0.025) / 2**0.5
    assert found.high - found.value == pytest.approx(half, abs=1e-5)
    # With one seed the intervals of the data sets hold the draws already.
    one = mean_over_datasets([proportion([0.8], [50], 0.03), proportion([0.8], [50], 0.03)])
    assert one.errors[0] == pytest.approx(proportion([0.8], [50], 0.03).errors[0] / 2**0.5)


def test_paired_difference_by_hand():
    # Cells with a half more: 30.5 and 10.5 of 202; d* = 20/202; variance (41/202 − d*²)/202.
    found = paired_difference([1] * 30 + [-1] * 10 + [0] * 160)
    assert found.value == pytest.approx(0.1)
    half = 1.959964 * math.sqrt((41 / 202 - (20 / 202) ** 2) / 202)
    assert (found.low, found.high) == pytest.approx((20 / 202 - half, 20 / 202 + half), abs=1e-6)
    assert paired_difference([0] * 10).errors == pytest.approx((1.959964 / 12, 1.959964 / 12), abs=1e-6)


def test_paired_difference_of_shares_of_draws():
    # 20 texts at 1, 30 at 0.5, 10 at −0.5: sum 30, squares 20 + 7.5 + 2.5, half a text more in each cell.
    found = paired_difference([1] * 20 + [0.5] * 30 + [-0.5] * 10 + [0] * 140, 0.02)
    assert found.value == pytest.approx(0.15)
    texts = 1.959964 * math.sqrt((31 / 202 - (30 / 202) ** 2) / 202)
    half = math.hypot(texts, 1.959964 * 0.02)
    assert (found.low, found.high) == pytest.approx((30 / 202 - half, 30 / 202 + half), abs=1e-6)
    # Of many texts it is the normal interval of the differences.
    many = [1, 0.5, -0.5, 0, 0, 0.25] * 2000
    found = paired_difference(many)
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * stats.sem(many), rel=1e-3)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_paired_interval_holds_the_difference(first, second, rest):
    found = paired_difference([1] * first + [-1] * second + [0] * (rest + 1))
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


def test_geometric_mean_is_taken_within_the_seeds_first():
    first, second = (geometric_mean_over_seeds(values) for values in ((1.0, 4.0), (4.0, 16.0)))
    assert first.value == pytest.approx(2)
    mean = geometric_mean_over_datasets([first, second])
    # Within the seeds 2 and 8; their logarithms lie ln 4 apart, t(1; 0.975) = 12.7062.
    half = math.exp(12.7062 * math.log(4) / 2)
    assert mean.values == pytest.approx((2, 8))
    assert (mean.value, mean.low, mean.high) == pytest.approx((4, 4 / half, 4 * half), rel=1e-4)


def test_geometric_mean_of_one_seed_has_no_interval():
    mean = geometric_mean_over_datasets([geometric_mean_over_seeds([3.0]), geometric_mean_over_seeds([27.0])])
    assert (mean.value, mean.low, mean.high) == (pytest.approx(9), None, None)


def test_geometric_mean_by_hand():
    # Logarithms 0, 1 and 2 of base ten: mean 1, deviation 1, t(2; 0.975) = 4.3027. The arithmetic mean is 37.
    found = geometric_mean_over_seeds([1.0, 10.0, 100.0])
    half = 10 ** (4.3027 / 3**0.5)
    assert found.value == pytest.approx(10)
    assert (found.low, found.high) == pytest.approx((10 / half, 10 * half), rel=1e-3)
    assert found.values == (1.0, 10.0, 100.0)
    # Of two data sets within the one seed: √(2 · 50), where the arithmetic mean is 26.
    of_one_seed = [geometric_mean_over_seeds([2.0]), geometric_mean_over_seeds([50.0])]
    assert geometric_mean_over_datasets(of_one_seed).value == pytest.approx(10)
    # So the mean of ratios is the inverse of the mean of their inverses.
    ratios = [0.2, 0.7, 3.0]
    inverse = geometric_mean_over_seeds([1 / one for one in ratios])
    assert geometric_mean_over_seeds(ratios).value * inverse.value == pytest.approx(1)


def test_several_comparisons_together_have_wider_intervals():
    """Three: each at 5 % / 3, by the t-distribution over seeds, the normal one over texts."""
    for one, freedom in (
        (mean_over_seeds([0.1, 0.2, 0.4]), 2),
        (paired_difference([1.0, 0.0, 0.0, -1.0]), np.inf),
    ):
        wider = one.for_all(3)
        ratio = stats.t.ppf(1 - 0.025 / 3, freedom) / stats.t.ppf(0.975, freedom)
        assert wider.high - wider.value == pytest.approx(ratio * (one.high - one.value))
        assert wider.value - wider.low == pytest.approx(ratio * (one.value - one.low))
        assert one.for_all(1).low == pytest.approx(one.low)
    assert mean_over_seeds([0.1]).for_all(3).low is None


def test_texts_stand_beside_the_seeds():
    """One test set for all seeds: its texts' variance is added; seeds that agree leave it alone."""
    found = mean_over_seeds([0.1, 0.2, 0.3], texts=0.0004)
    over_seeds = stats.t.ppf(0.975, 2) * 0.1 / np.sqrt(3)
    assert found.high - 0.2 == pytest.approx(np.hypot(over_seeds, 1.959964 * 0.02))
    agreeing = mean_over_seeds([0.2, 0.2], texts=0.0004)
    assert agreeing.high - 0.2 == pytest.approx(1.959964 * 0.02)
    both = mean_over_datasets([agreeing, mean_over_seeds([0.4, 0.4], texts=0.0012)])
    assert both.high - 0.3 == pytest.approx(1.959964 * 0.02)  # (0.0004 + 0.0012) / 4
