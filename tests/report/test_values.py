"""Losses of a study of values, by hand and by scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spiketext.report.estimates import Estimate
from spiketext.report.names import Names
from spiketext.report.study import Study
from spiketext.report.values.losses import Losses, in_text, over_examples

ERRORS = {("plain", "dnn"): [1.0, 4.0, 0.0, 3.0], ("own", "dnn"): [2.0, 4.0, 1.0, 4.5]}
ERRORS["own", "converted"] = ERRORS["own", "dnn"]


def losses(seeds=(1,)):
    """A DNN in full precision, a quantised one and its spiking twin, on four sequences."""
    accuracy, correct = [], []
    for seed in seeds:
        for (method, stage), errors in ERRORS.items():
            place = {"dataset": "d", "method": method, "stage": stage, "seed": seed}
            own = seed - 1 if method == "own" else 0  # how much more it loses in that seed
            found = {**place, "test_loss": np.mean(errors) + own, "constant_loss": 9.0 + seed}
            steps = [1, 2] if stage == "converted" else [None]
            more = {"dev_loss": 1.0, "n_test": 4}
            accuracy += [{**found, **more, "T": t, "detailed": t == steps[-1]} for t in steps]
            correct += [{**place, "squared_error": one, "dnn": one != 4.5} for one in errors]
    names = Names({"d": "D"}, {"plain": "Plain", "own": "Own"}, quantised={"own": "plain"})
    frame = pd.DataFrame(accuracy).astype({"T": "Int64"})
    return Losses(Study(names, frame, correct=pd.DataFrame(correct), dataset="d"))


def test_one_seed_has_intervals_over_its_sequences():
    """As scipy has them; differences are those of pairs, which are narrower."""
    found = losses()
    plain, dnn, spiking = found.study.series()
    own = found.loss(plain, None)
    low, high = stats.t.interval(0.95, 3, 2.0, stats.sem(ERRORS["plain", "dnn"]))
    assert (own.value, own.low, own.high) == pytest.approx((2.0, low, high))
    away = found.difference((spiking, 2), (plain, None))
    low, high = stats.t.interval(0.95, 3, 0.875, stats.sem([1.0, 0.0, 1.0, 1.5]))
    assert (away.value, away.low, away.high) == pytest.approx((0.875, low, high))
    assert found.difference((spiking, 2), (dnn, None)) == Estimate(0.0, values=(0.0,))
    assert found.loss(spiking, 1).low is None  # what was told of each sequence is not known at this T


def test_several_seeds_have_intervals_over_these():
    found = losses((1, 3))
    plain, _, spiking = found.study.series()
    away = found.difference((spiking, 2), (plain, None))
    low, high = stats.t.interval(0.95, 1, 1.875, stats.sem([0.875, 2.875]))
    assert (away.value, away.low, away.high) == pytest.approx((1.875, low, high))
    assert found.constant().value == 11.0


def test_sequences_of_which_another_value_is_told_are_counted():
    """Over all seeds."""
    found = losses((1, 2))
    plain, _, spiking = found.study.series()
    assert found.unlike(spiking) == (2, 8) and found.unlike(plain) == (0, 8)


def test_three_digits_of_the_larger_of_value_and_interval():
    assert in_text(over_examples(np.array([0.01234, 0.01234]))) == "0.0123"
    assert in_text(Estimate(-0.5, -1.5, 0.5, (-0.5,))) == "−0.50 [−1.50, 0.50]"
    assert in_text(Estimate(1234.5, 1230.0, 1239.0, (1, 2))) == "1,234 ± 4"
    assert in_text(Estimate(0.0)) == "0"
