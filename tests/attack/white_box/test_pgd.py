"""Signs of masked gradients (Athalye et al. 2018; Carlini et al. 2019), none of which may show."""

import numpy as np
import pytest
import torch

from spiketext.attack import metrics
from spiketext.attack.white_box import pgd
from spiketext.attack.white_box.ascent import RULES
from spiketext.attack.white_box.pgd import NOISE, Attack, first, smallest
from spiketext.attack.white_box.target import OWN
from spiketext.inputs.perturbations import Ball

EPSILONS = (0.1, 0.3, 0.9)
TEXTS = 5


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Of radii and steps, so that the tests take seconds; random vectors need larger radii than real ones."""
    monkeypatch.setattr(pgd, "EPSILONS", EPSILONS)
    monkeypatch.setattr(pgd, "STEPS", 5)
    monkeypatch.setattr(pgd, "HEADLINE", EPSILONS[0])


@pytest.fixture(scope="module")
def known():
    """Rows by network, radii and steps: several tests look at the same."""
    return {}


@pytest.fixture
def rows(target, vocabulary, right, known):
    """What PGD makes of the texts that a network is right about."""

    def found(name):
        key = (name, pgd.EPSILONS, pgd.STEPS)
        if key not in known:
            known[key] = made(target(name))
        return known[key]

    def made(own):
        attack = Attack(own, vocabulary)
        texts = right(own.predictor)[:TEXTS]
        assert len(texts) == TEXTS
        found = [attack.row(one, list(one.tokens), one.label, 7 + 100 * i) for i, one in enumerate(texts)]
        for row in found:
            row["result"] = metrics.SUCCESSFUL if row["fell"] else metrics.FAILED
        return attack, found

    return found


def needed(row, name):
    """The radius that a member needs; infinite where it fails."""
    return row["fell"].get(name, np.inf)


def test_the_first_success_is_found_by_bisection():
    for number in range(7):
        for start in range(number + 1):
            assert first(number, lambda i, start=start: i >= start) == (start if start < number else None)


def test_a_climb_that_fails_in_larger_balls_is_not_overlooked_at_the_headline():
    for asked in range(7):
        assert smallest(7, lambda i, asked=asked: i == asked, asked) == asked
        for start in range(8):
            whole = smallest(7, lambda i, start=start: i >= start, asked)
            assert whole == (start if start < 7 else None)


@pytest.mark.parametrize("name", ["dnn", "rate", "masked"])
def test_a_ball_without_bound_leaves_nothing(name, rows, monkeypatch):
    """An attack that may do anything must win."""
    monkeypatch.setattr(pgd, "EPSILONS", (5.0,))
    attack, found = rows(name)
    assert attack.summarise(found)["after_attack_accuracy"] == 0


@pytest.mark.parametrize("name", ["dnn", "rate"])
def test_noise_of_the_same_size_does_less(name, rows):
    """Text by text it never needs less than the worst case, and on most texts it needs more."""
    _, found = rows(name)
    assert all(needed(row, NOISE) >= row["epsilon"] for row in found if row["epsilon"])
    assert sum(needed(row, NOISE) > row["epsilon"] for row in found if row["epsilon"]) > len(found) / 2


def test_the_worst_case_is_at_least_every_member(rows):
    attack, found = rows("rate")
    figures = attack.summarise([*found, {"result": metrics.SKIPPED, "epsilon": None, "fell": {}}])
    budgets = list(figures["budgets"].values())
    assert figures["n"] == len(found) + 1
    assert figures["clean_accuracy"] == len(found) / (len(found) + 1)
    assert budgets == sorted(budgets, reverse=True)
    assert figures["after_attack_accuracy"] == budgets[-1] < figures["clean_accuracy"]
    assert set(figures["members"]) == set(attack.names)
    for left in figures["members"].values():
        assert all(left[epsilon] >= figures["budgets"][epsilon] for epsilon in figures["budgets"])
    for row in found:
        assert row["epsilon"] == min(row["fell"].values(), default=None)


@pytest.mark.parametrize("rule", RULES)
def test_more_steps_are_no_better_for_the_defender(rule, rows, monkeypatch):
    """One step is FGSM."""
    left = []
    for steps in (1, 5):
        monkeypatch.setattr(pgd, "STEPS", steps)
        attack, found = rows("dnn")
        left.append(sum(attack.summarise(found)["members"][f"{OWN}, margin, {rule}"].values()))
    assert left[1] <= left[0]


def test_points_found_on_the_dnn_do_not_beat_those_found_on_the_network_itself(target, rows, right):
    """Transfer within the same balls."""
    own, dnn = target("rate"), target("dnn")
    attack, found = rows("rate")
    carried = 0
    for text in right(own.predictor)[:TEXTS]:
        values, keys = own.read(list(text.tokens))
        free = values.ne(0).any(1, keepdim=True)
        ball = Ball(values, 0.3 * attack.spread, 0.0, 1.0, free)

        def climb(points, keys=keys, label=text.label):
            return dnn.climb(OWN, points, keys, label, ["margin"])

        *_, last = RULES["pgd"](climb, ball, values[None], pgd.STEPS)
        carried += int(own.scores(last, keys).argmax()) != text.label
    assert carried <= sum(needed(row, row["member"]) <= 0.3 for row in found)
    assert carried > 0


def test_a_masked_gradient_does_not_pass_for_robustness(rows):
    """A count of spikes behind a derivative that is zero nearly everywhere."""
    attack, found = rows("masked")
    left = attack.summarise(found)["members"]
    at = f"{EPSILONS[-1]:g}"
    own = min(left[f"{OWN}, margin, {rule}"][at] for rule in RULES)
    worst = attack.summarise(found)["budgets"][at]
    assert own >= 0.5
    assert worst <= 0.1


def test_only_the_network_itself_decides(target, vocabulary, right, monkeypatch):
    """If it is never misled, no member has succeeded, whatever its surrogate says."""
    own = target("rate")
    text = right(own.predictor)[0]

    def stubborn(values, keys):
        return torch.nn.functional.one_hot(torch.full((len(values),), text.label), 2).float()

    monkeypatch.setattr(own, "scores", stubborn)
    found = Attack(own, vocabulary).row(text, list(text.tokens), text.label, 7)
    assert found["fell"] == {}
    assert found["epsilon"] is None and found["member"] is None and found["after"] == text.label
