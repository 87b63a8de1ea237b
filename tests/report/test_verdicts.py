"""What differences are called; every figure computed by hand."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spiketext.report.estimates import Estimate, mean_over_seeds, paired_difference, proportion
from spiketext.report.names import Series
from spiketext.report.published import published, stated, system_of
from spiketext.report.verdicts import holm, p_value, paired_p, standing, verdicts


@pytest.mark.parametrize(
    "low, high, called",
    [
        (0.001, 0.02, "superior"),
        (0.001, 0.002, "superior"),
        (0.0, 0.02, "not inferior"),
        (-0.009, 0.01, "not inferior"),  # the margin itself is too much
        (-0.009, 0.002, "equivalent"),
        (0.0, 0.0099, "equivalent"),
        (-0.0099, 0.0, "equivalent"),
        (-0.009, -0.001, "worse within the margin"),
        (-0.0103, -0.0029, "inferior"),  # SST-2 with the sparse network, −0.66 ± 0.37
        (-0.01, -0.001, "inferior"),  # the margin itself is too much
        (-0.05, -0.02, "inferior"),
        (-0.03, 0.03, "undecided"),
        (-0.03, 0.0, "undecided"),
        (None, None, None),
    ],
)
def test_against_the_dnn(low, high, called):
    value = 0.0 if low is None else (low + high) / 2
    assert standing(Estimate(value, low, high)) == called


def test_one_text_of_a_thousand_is_equivalent_and_five_of_a_hundred_are_undecided():
    assert standing(paired_difference([-1] + [0] * 999)) == "equivalent"
    assert standing(paired_difference([-1] * 3 + [1] * 2 + [0] * 95)) == "undecided"


def test_a_published_value_has_an_error_of_its_own():
    # 75.45 % of 1,066 texts: √(0.7545 · 0.2455 / 1066) = 1.3182 points.
    lv2023 = system_of(Series("lv2023", "finetuned", "", True))
    assert stated(lv2023, ["MR"]).error == pytest.approx(0.0131819, abs=1e-6)
    # That of the mean over two sets is the root of the summed squares, halved; SST-2 has 80.91 % of 1,821.
    other = math.sqrt(0.8091 * 0.1909 / 1821)
    assert stated(lv2023, ["MR", "SST-2"]).error == pytest.approx(math.hypot(0.0131819, other) / 2, abs=1e-6)
    # The mean that the table states has the error of its data sets' mean too.
    assert stated(lv2023, list(published()["datasets"])).error == pytest.approx(
        math.sqrt(
            0.7545 * 0.2455 / 1066 + 0.8091 * 0.1909 / 1821 + 0.9060 * 0.0940 / 1000
            + 0.4163 * 0.5837 / 2210 + 0.8502 * 0.1498 / 777 + 0.8666 * 0.1334 / 1199
        ) / 6
    )  # fmt: skip


def test_p_over_seeds():
    # Mean 0.76 with error 0.02 / √3 = 0.011547, published 0.73 with 0.013: together 0.017388, t = 1.7253;
    # Welch's freedom is 2 · (0.017388 / 0.011547)⁴ = 10.28.
    found = p_value(mean_over_seeds([0.74, 0.76, 0.78]), 0.73, 0.013)
    assert found == pytest.approx(2 * stats.t.sf(1.72532, 10.2832), abs=1e-5)
    # Without an error of the published value it is the t-test with two degrees of freedom.
    alone = p_value(mean_over_seeds([0.74, 0.76, 0.78]), 0.73, 0.0)
    assert alone == pytest.approx(stats.ttest_1samp([0.74, 0.76, 0.78], 0.73).pvalue)
    # So much more where seeds share training texts: t = 0.03 / (0.02 · √(1/3 + 1/9)) with two degrees.
    shared = p_value(mean_over_seeds([0.74, 0.76, 0.78], overlap=1 / 9), 0.73, 0.0)
    assert shared == pytest.approx(2 * stats.t.sf(0.03 / (0.02 * math.sqrt(4 / 9)), 2))
    # The draws' variance comes beside that of the seeds.
    drawn = p_value(mean_over_seeds([0.74, 0.76, 0.78], 0.02), 0.73, 0.013)
    spread = math.hypot(0.017388, 0.011547)
    freedom = 2 * (spread / 0.011547) ** 4
    assert drawn == pytest.approx(2 * stats.t.sf(0.03 / spread, freedom), abs=1e-4)


def test_p_of_one_seed():
    # 80 % of 200: Wilson reaches 6.073 points down; with the error of 3 points 4.309 points, away 8 points.
    ours = proportion([0.8], [200])
    spread = math.hypot(ours.errors[0] / 1.959964, 0.03)
    assert p_value(ours, 0.72, 0.03) == pytest.approx(2 * stats.norm.sf(0.08 / spread), rel=1e-5)
    spread = math.hypot(ours.errors[1] / 1.959964, 0.03)
    assert p_value(ours, 0.88, 0.03) == pytest.approx(2 * stats.norm.sf(0.08 / spread), rel=1e-5)
    assert p_value(Estimate(0.8, values=(0.8, 0.8)), 0.72, 0.03) is None


def test_holm():
    # 0.05 / 4 = 0.0125, / 3 = 0.01667, / 2 = 0.025: the third smallest stops it, and the largest with it.
    assert holm([0.04, 0.01, None, 0.03, 0.015]) == [False, True, False, False, True]
    assert holm([0.013, 0.014, 0.015, 0.016]) == [False] * 4  # each alone would be below 0.05
    assert holm([None]) == [False]


def test_verdicts_count_their_comparisons():
    assert verdicts([0.8], [0.7], [0.04]) == ["above"]
    assert verdicts([0.8, 0.6, 0.5], [0.7, 0.7, 0.6], [0.04, 0.001, None]) == ["above", "below", None]
    assert verdicts([0.8, 0.7], [0.7, 0.7], [0.04, 0.9]) == ["not told apart", "not told apart"]


def test_paired_p_is_mcnemar_s_where_nothing_is_drawn():
    """One against eight, whatever stands beside: 2 · (1 + 9) / 2⁹."""
    assert paired_p([1.0] + [-1.0] * 8 + [0.0] * 90) == pytest.approx(0.0390625)
    assert paired_p([1.0] * 90 + [-1.0] * 40) == pytest.approx(stats.binomtest(40, 130).pvalue)
    assert paired_p([0.0] * 9) == paired_p([]) == 1


@given(st.lists(st.integers(-4, 4), max_size=9))
def test_paired_p_counts_all_choices_of_signs(fourths):
    """Shares of four draws: 0.25 more for one and a whole text more for the other are not alike."""
    sums = [
        sum(s * d for s, d in zip(signs, fourths, strict=True))
        for signs in product((-1, 1), repeat=len(fourths))
    ]
    expected = sum(abs(one) >= abs(sum(fourths)) for one in sums) / len(sums)
    assert paired_p([one / 4 for one in fourths], 4) == pytest.approx(expected)


def test_many_small_shares_do_not_outvote_few_whole_texts():
    """84 texts that one has 0.05 more often, 6 that the other has wholly: the second is ahead."""
    assert paired_p([0.05] * 84 + [-1.0] * 6, 20) > 0.2
    assert stats.binomtest(6, 90).pvalue < 1e-15
