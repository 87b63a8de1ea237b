"""Two attacked classifiers on the same texts; figures worked out by hand or by scipy."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spiketext.errors import SpikeTextError
from spiketext.report.attacks.attacked import judged, resampled, with_areas
from spiketext.report.attacks.pairs import (
    EQUAL,
    LESS,
    LESS_RIGHT,
    MORE,
    MORE_RIGHT,
    OTHER,
    OWN_DNN,
    SOURCE,
    UNKNOWN,
    attack_pairs_frame,
    compare,
    hardest,
    pairs,
    records,
    verdict,
)
from spiketext.report.estimates import RESAMPLES, Estimate
from spiketext.report.frames import frame_of
from spiketext.tables import read_table, write_table

# Of texts of 20 words, of which 10 % is 2: wrong before, stands, falls with 2 or 3 words changed, an error.
KINDS = {
    "w": ("skipped", 0),
    "s": ("failed", 9),
    "2": ("successful", 2),
    "3": ("successful", 3),
    "e": ("error", 0),
}


def attack(classifier, texts, seed=1, recipe="pwws", mode="fixed"):
    """Rows of an attack, a letter of `KINDS` for each text."""
    method, stage = classifier.split("/")
    place = {"dataset": "mr", "method": method, "stage": stage, "seed": seed, "recipe": recipe, "mode": mode}
    rows = []
    for number, kind in enumerate(texts):
        result, changed = KINDS[kind]
        right, held = float(result != "skipped"), float(result == "failed")
        row = {"id": number, "result": result, "words": 20, "changed": changed, "queries": 9}
        rows.append({**place, **row, "right": right, "held": held})
    return rows


@pytest.fixture(scope="module")
def of(lasting_study):
    """A study on which these attacks were run."""
    made = lasting_study("pairs").studies()[0]
    return lambda *attacks: replace(
        made, attack_texts=frame_of("attack_texts", [row for rows in attacks for row in rows])
    )


@pytest.fixture
def compared(of):
    """The rows of comparisons: a spiking network and its DNN, text by text, and other attacks beside."""

    def compare(first, second, *others):
        attacks = attack("lv2023/finetuned", first), attack("lv2023/dnn", second), *others
        return records(attack_pairs_frame([of(*attacks)]))

    return compare


def test_figures_by_hand(compared):
    """Of ten texts: before 8 and 7 are right, with 10 % of the words 6 and 3, and 7 are right with both."""
    (row,) = compared("wwsss3322s", "wwws233222")
    assert (row["n"], row["errors"], row["seeds"], row["budget"]) == (10, 0, 1, "10 %")
    assert (row["first"], row["second"], row["relation"]) == ("lv2023/finetuned", "lv2023/dnn", OWN_DNN)
    assert (row["clean_first"], row["clean_second"]) == pytest.approx((0.8, 0.7))
    assert (row["held_first"], row["held_second"], row["difference"]) == pytest.approx((0.6, 0.3, 0.3))
    # Texts 3 to 9 are right with both; of these 2 and 4 fall.
    assert row["both_right"] == 7
    assert (row["fell_first"], row["fell_second"]) == pytest.approx((2 / 7, 4 / 7))
    assert row["fell_difference"] == pytest.approx(-2 / 7)
    # A text counts up to the share of its words at which it fell, of 20 %: 0.75 with 3 words, 0.5 with 2.
    assert (row["area_first"], row["area_second"]) == pytest.approx((0.65, 0.45))
    assert row["area_difference"] == pytest.approx(0.2)
    # Texts 2, 4 and 9 stand with the first alone, none with the second alone: 2 · (1/2)³.
    assert (row["only_first"], row["only_second"], row["p"]) == (3, 0, 0.25)


def test_errors_of_either_are_left_out_of_both(compared):
    (row,) = compared("sse2s", "s2s2e")
    assert (row["n"], row["errors"]) == (3, 2)
    assert (row["held_first"], row["held_second"]) == pytest.approx((2 / 3, 1 / 3))
    assert (row["only_first"], row["only_second"], row["p"]) == (1, 0, 1.0)
    (row,) = compared("ee", "ss")
    assert (row["n"], row["errors"]) == (0, 2)
    assert row["difference"] is row["p"] is row["p_holm"] is None
    assert row["verdict"] == UNKNOWN


def test_mcnemar_and_holm_by_hand(compared):
    """One against eight: p = 2 · (1 + 9) / 2⁹; of two comparisons the lesser p is doubled."""
    chinese = ("lv2023/finetuned", "s2"), ("lv2023/dnn", "2s")
    others = [attack(name, texts, recipe="deepwordbug") for name, texts in chinese]
    first, second = compared("s" + "2" * 8 + "ss22", "2" + "s" * 8 + "ss22", *others)
    assert (first["only_first"], first["only_second"]) == (1, 8)
    assert first["p"] == pytest.approx(0.0390625)
    assert first["p_holm"] == pytest.approx(0.078125)
    assert (second["p"], second["p_holm"]) == (1.0, 1.0)


def test_discordant_texts_are_summed_over_seeds(of):
    """Each seed has texts of its own under the same numbers."""
    attacks = [
        attack("lv2023/finetuned", "sss", 1), attack("lv2023/dnn", "s22", 1),
        attack("lv2023/finetuned", "s22", 2), attack("lv2023/dnn", "222", 2),
    ]  # fmt: skip
    (row,) = records(attack_pairs_frame([of(*attacks)]))
    assert (row["seeds"], row["n"], row["only_first"], row["only_second"]) == (2, 6, 3, 0)
    assert row["difference"] == pytest.approx((2 / 3 + 1 / 3) / 2)


def test_the_interval_is_for_pairs(compared):
    """Of 500 texts 250 fall with both, 15 with one and 5 with the other; scipy resamples the differences."""
    first = "2" * 250 + "s" * 230 + "2" * 5 + "s" * 15
    second = "2" * 250 + "s" * 230 + "s" * 5 + "2" * 15
    (row,) = compared(first, second)
    differences = np.array([0] * 480 + [-1] * 5 + [1] * 15)
    theirs = stats.bootstrap(
        (differences,), np.mean, n_resamples=9999, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert (row["low"], row["high"]) == pytest.approx((theirs.low, theirs.high), abs=0.0025)
    assert 0.002 < row["low"] < 0.02 < row["high"] < 0.038
    areas = np.array([0.0] * 480 + [-0.5] * 5 + [0.5] * 15)
    theirs = stats.bootstrap(
        (areas,), np.mean, n_resamples=9999, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert (row["area_low"], row["area_high"]) == pytest.approx((theirs.low, theirs.high), abs=0.00125)


def test_seeds_are_drawn_and_texts_within_them(of):
    """Two seeds with differences of 10 and 30 points: one time in four both draws are of one seed."""
    attacks = []
    for seed, apart in ((1, 40), (2, 120)):
        attacks.append(attack("lv2023/finetuned", "s" * 400, seed))
        attacks.append(attack("lv2023/dnn", "2" * apart + "s" * (400 - apart), seed))
    (row,) = records(attack_pairs_frame([of(*attacks)]))
    assert row["difference"] == pytest.approx(0.2)
    assert 0.07 < row["low"] < 0.1
    assert 0.3 < row["high"] < 0.34


def test_seeds_that_agree_leave_the_texts_chance():
    """Where seeds are alike, drawing them adds nothing: twice the texts, √2 less of a deviation."""
    texts = np.array([[1.0, 1.0]] * 100 + [[0.0, 1.0]] * 100)
    for seeds in (1, 2):
        sums = resampled([texts] * seeds)
        assert sums.shape == (RESAMPLES, 2)
        assert set(sums[:, 1]) == {200.0 * seeds}
        assert (sums[:, 0] / sums[:, 1]).std() == pytest.approx(0.5 / np.sqrt(200 * seeds), rel=0.06)


def test_a_mode_of_which_nothing_is_known_is_not_the_hardest():
    """The search failed on all its texts."""
    place = dict.fromkeys(("dataset", "recipe", "first", "second"), "one")
    rows = [{**place, "mode": mode, "held_first": held} for mode, held in (("fresh", None), ("fixed", 0.4))]
    assert [row["mode"] for row in hardest(rows)] == ["fixed"]


def test_texts_that_all_agree_have_the_interval_of_pairs_alone(compared):
    """Four agree by chance; so many texts as to leave no more than the margin do not."""
    (row,) = compared("ss22", "ss22")
    half = 1.959964 * math.sqrt(1 / 6 / 6)
    assert (row["low"], row["high"]) == pytest.approx((-half, half), abs=1e-6)
    assert row["fell_low"] is row["area_low"] is None
    assert row["verdict"] == UNKNOWN
    (row,) = compared("ss22" * 100, "ss22" * 100)
    assert row["verdict"] == EQUAL


@pytest.mark.parametrize(
    "first, second, said",
    [
        ("s" * 90 + "2" * 10, "s" * 40 + "2" * 60, MORE),
        ("s" * 40 + "2" * 60, "s" * 90 + "2" * 10, LESS),
        # As many fall of those that both had right; the others were wrong with one from the start.
        ("s" * 80 + "2" * 20, "w" * 40 + "s" * 40 + "2" * 20, MORE_RIGHT),
        ("w" * 40 + "s" * 40 + "2" * 20, "s" * 80 + "2" * 20, LESS_RIGHT),
        ("s" * 1999 + "2", "s" * 2000, EQUAL),
        ("s" * 30 + "2" * 20, "s" * 27 + "2" * 23, UNKNOWN),
    ],
)
def test_verdicts(compared, first, second, said):
    (row,) = compared(first, second)
    assert row["verdict"] == said


def test_a_verdict_needs_both_the_test_and_the_interval():
    apart, falls_less = Estimate(0.1, 0.02, 0.18), Estimate(-0.1, -0.2, -0.01)
    assert verdict(apart, falls_less, 0.04) == MORE
    assert verdict(apart, falls_less, 0.06) == UNKNOWN
    assert verdict(Estimate(0.1, -0.01, 0.21), falls_less, 0.04) == UNKNOWN
    assert verdict(apart, Estimate(-0.1, -0.2, 0.01), 0.04) == MORE_RIGHT
    # Within a point either way it is equal, however sure the difference is; at the margin it is not.
    assert verdict(Estimate(0.005, 0.001, 0.009), falls_less, 0.001) == EQUAL
    assert verdict(Estimate(0.005, 0.001, 0.01), falls_less, 0.001) == MORE


def test_modes(compared):
    """A network with random draws stands in each mode beside the one mode of the DNN; the hardest tells."""
    fresh = attack("lv2023/finetuned", "s222", mode="fresh")
    fixed, other = compared("ss22", "ss2s", fresh)
    assert [row["mode"] for row in (fixed, other)] == ["fixed", "fresh"]
    assert (fixed["held_first"], other["held_first"]) == (0.5, 0.25)
    assert fixed["held_second"] == other["held_second"] == 0.75
    assert hardest([fixed, other]) == hardest([other, fixed]) == [other]


def test_the_area_of_an_attack_has_an_interval(of):
    """Of 100 texts 50 stand in full and 50 fall at half of the share: a mean of 0.75, a deviation of 0.25."""
    found = of(attack("lv2023/dnn", "s" * 50 + "2" * 50))
    place = found.attacks.iloc[[0]].assign(method="lv2023", stage="dnn", recipe="pwws", mode="fixed", seed=1)
    row = with_areas(replace(found, attacks=place)).iloc[0]
    assert (row["area_low"], row["area_high"]) == pytest.approx((0.75 - 0.049, 0.75 + 0.049), abs=0.005)
    assert with_areas(found)[["area_low", "area_high"]].isna().all(axis=None)


def test_what_wavers_by_itself_does_not_fall():
    """A network that is right in six draws of ten, changed or not, beside one that stands."""
    alike = {"seed": 1, "result": "failed", "words": 10, "changed": 0, "queries": 1}
    first = [{**alike, "id": n, "right": 0.6, "held": 0.6, "steps": []} for n in range(60)]
    second = [{**alike, "id": n, "right": 1.0, "held": 1.0} for n in range(60)]
    row = compare(*(judged(pd.DataFrame(rows)) for rows in (first, second)))
    assert (row["fell_first"], row["fell_second"], row["both_right"]) == (0, 0, 36)
    for one in first:
        one |= {"held": 0.3, "changed": 3, "steps": [{"changed": 1, "queries": 2, "held": 0.4}]}
    row = compare(*(judged(pd.DataFrame(rows)) for rows in (first, second)))
    assert row["fell_first"] == pytest.approx(0.2 / 0.6)


def test_what_stands_with_what(study):
    """Each spiking stage with its DNN, the tuned one with the converted one, the last with the plain DNN."""
    (found,) = study(attacked="all").studies()
    named = [(one.relation, one.first.stage, one.second.method, one.second.stage) for one in pairs(found)]
    assert named == [
        (OWN_DNN, "converted", "lv2023", "dnn"),
        (OWN_DNN, "finetuned", "lv2023", "dnn"),
        (SOURCE, "finetuned", "lv2023", "converted"),
        (OTHER, "finetuned", "dnn", "dnn"),
        (OTHER, "dnn", "dnn", "dnn"),  # mean pooling and what else is not spikes
    ]
    (last,) = study("last").studies()
    assert [one.relation for one in pairs(last)] == [OTHER]


def test_from_the_files(study):
    """The fine-tuned network falls on texts 5 to 19 of 50, the DNN on 0 to 14; the CSV has the same rows."""
    made = study(attacked="dnn-and-last")
    frame = pd.read_csv(made.summarise()["attack_pairs"])
    assert list(frame["relation"]) == [OWN_DNN, OTHER, OTHER]
    row = frame.iloc[0]
    assert (row["held_first"], row["held_second"]) == (0.5, 0.5)
    assert (row["only_first"], row["only_second"], row["p_holm"]) == (5, 5, 1.0)
    assert (row["clean_first"], row["both_right"], row["n"]) == (0.8, 40, 50)
    assert records(frame)[0] == records(attack_pairs_frame(made.studies()))[0]


def test_attacks_on_other_texts_are_refused(study):
    made = study(attacked="dnn-and-last")
    columns = [
        "id", "original", "perturbed", "label", "result", "queries", "words", "changed", "right", "held",
    ]  # fmt: skip
    table = read_table(made.attack_texts[-1], columns)
    write_table(made.attack_texts[-1], table.assign(id=table["id"] + 1))
    with pytest.raises(SpikeTextError, match=r"finetuned/fixed/pwws\.parquet: attacks on other texts"):
        made.studies()
