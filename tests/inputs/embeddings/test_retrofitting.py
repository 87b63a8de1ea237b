"""Vectors of synonyms drawn together, by hand."""

import numpy as np
import pytest

from spiketext.config.data import Retrofitting
from spiketext.inputs.embeddings.retrofitting import graph, retrofit

WORDS = ["", "good", "fine", "film", "unknown"]
VECTORS = np.array([[0, 0], [1, 0], [0, 1], [5, 5], [0, 0]], dtype=np.float32)
COVERED = np.array([False, True, True, True, False])
LISTS = {"good": ["good", "fine", "fine", "unknown", "elsewhere"], "unknown": ["film"]}


def drawn(lists, **settings):
    return retrofit(VECTORS, graph(WORDS, lists, COVERED), Retrofitting(**settings))


def test_one_round_is_half_of_the_way_to_the_neighbours():
    """A pair counts both ways though one list alone has it; words of no pair, or without a vector, stay."""
    found = drawn(LISTS, anchor=1, rounds=1)
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 0], [0.5, 0.5], [0.5, 0.5], [5, 5], [0, 0]]


@pytest.mark.parametrize("anchor", [0.25, 1.0, 4.0])
def test_at_rest_each_is_between_its_own_vector_and_the_others(anchor):
    """v = (α v̂ + w) / (α + 1) and the same for w: v = ((α + 1) v̂ + ŵ) / (α + 2)."""
    found = drawn({"good": ["fine"]}, anchor=anchor, rounds=200)
    own = [(anchor + 1) / (anchor + 2), 1 / (anchor + 2)]
    assert found[1] == pytest.approx(own) and found[2] == pytest.approx(own[::-1])


def test_a_word_is_drawn_to_the_mean_of_its_neighbours():
    found = drawn({"good": ["fine", "film"]}, anchor=1, rounds=1)
    assert found[1] == pytest.approx([(1 + 2.5) / 2, (0 + 3) / 2])
    assert found[3] == pytest.approx([3, 2.5])


def test_without_an_anchor_all_that_hang_together_meet():
    found = drawn({"good": ["fine"]}, anchor=0, rounds=1)
    assert found[[1, 2]].tolist() == [[0, 1], [1, 0]]  # they change places
    three = drawn({"good": ["fine", "film"], "fine": ["film"]}, anchor=0, rounds=100)
    assert three[1:4] == pytest.approx(np.full((3, 2), 2))


def test_without_synonyms_nothing_moves():
    assert drawn({}, anchor=0.3).tolist() == VECTORS.tolist()
