"""Swaps of words by the gradient, against all swaps tried one by one."""

import numpy as np
import pytest

from spiketext.attack import metrics
from spiketext.attack.white_box import neighbours
from spiketext.attack.white_box.hotflip import Attack
from spiketext.attack.white_box.neighbours import Neighbours


@pytest.fixture(autouse=True)
def near(monkeypatch):
    """Random vectors have no neighbours of a cosine of a half."""
    monkeypatch.setattr(neighbours, "LEAST", 0.2)


@pytest.fixture
def rows(target, vocabulary, right):
    """What HotFlip makes of the texts that a network is right about."""

    def found(name):
        own = target(name)
        attack, texts = Attack(own, vocabulary), right(own.predictor)
        assert len(texts) >= 8
        made = [attack.row(one, list(one.tokens), one.label, 7) for one in texts]
        for row, text in zip(made, texts, strict=True):
            row["result"] = metrics.SUCCESSFUL if row["fell"] else metrics.FAILED
            row["words"] = len(text.tokens)
        return own, attack, texts, made

    return found


def test_neighbours_by_hand():
    """By cosine, the nearest first, of a half or more (here 0.2); none of a word without a vector."""
    words = ["", "good", "fine", "better", "bad", "odd"]
    vectors = np.array([[0, 0], [1, 0], [3, 1], [1, 1], [-1, 0], [1, 0.1]], dtype=np.float32)
    own = Neighbours(words, vectors, np.array([False, True, True, True, True, False]))
    assert own.of("good") == ["fine", "better"]
    assert own.of("bad") == []
    assert own.of("odd") == own.of("absent") == []


@pytest.mark.parametrize("name", ["dnn", "rate", "masked"])
def test_one_word_swaps_are_those_that_all_swaps_tried_one_by_one_find(name, rows):
    """None that is not there, and of those that are there at least four fifths."""
    own, attack, texts, found = rows(name)
    there = by_gradient = 0
    for text, row in zip(texts, found, strict=True):
        swaps = [
            [*text.tokens[:place], other, *text.tokens[place + 1 :]]
            for place, word in enumerate(text.tokens)
            for other in attack.neighbours.of(word)
        ]
        possible = bool((own.predictor.scores(swaps).argmax(1) != text.label).any())
        one = bool(row["fell"]) and row["changed"] == 1
        assert possible or not one
        there, by_gradient = there + possible, by_gradient + one
    assert there >= 3
    assert by_gradient >= 0.8 * there


@pytest.mark.parametrize("name", ["dnn", "rate"])
def test_changed_texts_are_what_they_are_said_to_be(name, rows):
    """Of neighbours only, as many as said, and of the class that the network itself gives them."""
    own, attack, texts, found = rows(name)
    assert any(row["fell"] for row in found)
    for text, row in zip(texts, found, strict=True):
        words = row["perturbed"].split()
        swapped = [(a, b) for a, b in zip(text.tokens, words, strict=True) if a != b]
        assert all(new in attack.neighbours.of(old) for old, new in swapped)
        assert row["changed"] == len(swapped) == min(row["fell"].values(), default=0)
        assert row["after"] == own.predictor.scores([words])[0].argmax()
        assert (row["after"] != text.label) == bool(row["fell"])
        assert set(row["fell"]) <= set(attack.names)


def test_the_same_twice(rows):
    assert rows("rate")[3] == rows("rate")[3]


def test_members_alone_leave_at_least_what_all_leave(rows):
    """A member that failed on a text leaves it standing; a text that was wrong before counts as wrong."""
    _, attack, _, found = rows("rate")
    wrong = {"result": metrics.SKIPPED, "fell": {}, "changed": 0, "words": 9, "queries": 1}
    figures = attack.summarise([*found, wrong])
    assert set(figures["members"]) == set(attack.names)
    for left in figures["members"].values():
        assert all(left[budget] >= figures["budgets"][budget] for budget in metrics.BUDGETS)
    alone = attack.names[0]
    fallen = sum(alone in row["fell"] for row in found)
    expected = (len(found) - fallen) / (len(found) + 1)
    assert figures["members"][alone]["unlimited"] == pytest.approx(expected)
