import numpy as np
import pytest

from spiketext.attack.victim import Victim
from spiketext.errors import SpikeTextError


class Counter:
    """Scores: the number of words and of letters; keeps the batches."""

    stochastic = False

    def __init__(self, scale=1.0):
        self.batches, self.scale = [], scale

    def scores(self, token_lists):
        self.batches.append(token_lists)
        return self.scale * np.array([[len(words), len("".join(words))] for words in token_lists], float)


TEXTS = ["a b", "c d e", "ff", "a b", "g", "hh i"]


def test_queries_are_batched_and_asked_once():
    scorer = Counter()
    victim = Victim(scorer, str.split, query_batch=2)
    first = victim(TEXTS)
    assert [len(batch) for batch in scorer.batches] == [2, 2, 1]
    assert np.array_equal(victim(TEXTS[::-1]), first[::-1])
    assert victim.scored == 5
    victim.begin("another text", 0)
    victim(TEXTS[:1])
    assert victim.scored == 6


def test_probabilities_are_the_softmax_of_the_scores():
    probabilities = Victim(Counter(), str.split, 10)(TEXTS)
    assert probabilities.dtype == np.float64
    assert np.abs(probabilities.sum(axis=1) - 1).max() < 1e-12
    # "ff": one word, two letters
    assert probabilities[2] == pytest.approx([1 / (1 + np.e), np.e / (1 + np.e)])


def test_large_scores_keep_their_order():
    """Summed spikes are far apart; a plain softmax would make them all 1 and hide every step."""
    victim = Victim(Counter(scale=500), str.split, 10)
    texts = ["a" * n for n in range(2, 9)]
    assert len(set(victim(texts)[:, 1])) == 1
    victim.begin("another text", 0)
    victim.prepare(texts)
    assert victim.temperature > 1
    assert (np.diff(1 - victim(texts)[:, 1]) < 0).all()


def test_usual_scores_are_left_alone():
    victim = Victim(Counter(), str.split, 10)
    victim.prepare(TEXTS)
    assert victim.temperature == 1


class Noisy(Counter):
    def scores(self, token_lists):
        return super().scores(token_lists) + np.random.default_rng(len(self.batches)).normal(
            size=(len(token_lists), 2), scale=0.01
        )


class Sociable(Counter):
    """Scores that depend on the other sentences of the batch."""

    def scores(self, token_lists):
        return super().scores(token_lists) + 0.01 * len(token_lists)


@pytest.mark.parametrize("scorer", [Noisy(), Sociable()])
def test_a_classifier_that_changes_its_mind_is_refused(scorer):
    with pytest.raises(SpikeTextError, match="twice") as error:
        Victim(scorer, str.split, 10).prepare(TEXTS)
    assert "\n" not in str(error.value)


class Broken(Counter):
    def scores(self, token_lists):
        return super().scores(token_lists) * np.nan


def test_scores_that_are_not_finite_are_refused():
    with pytest.raises(SpikeTextError, match="not finite"):
        Victim(Broken(), str.split, 10).prepare(TEXTS)


def test_a_network_that_fails_ends_the_attack():
    """In one line: else each text would pass for one that TextAttack stumbles on."""

    class Full(Counter):
        def scores(self, token_lists):
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:117]\nDefaultCPUAllocator: can't allocate memory"
            )

    with pytest.raises(SpikeTextError, match=r"cannot score 1 texts .* lower `attack: query_batch`"):
        Victim(Full(), str.split, 10)(["a b"])
