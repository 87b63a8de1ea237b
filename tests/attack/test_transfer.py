"""Texts that were found on one network, replayed on another."""

import numpy as np
import pandas as pd
import pytest

from spiketext.attack.metrics import wilson
from spiketext.attack.modes import SCORING, networks
from spiketext.attack.transfer import transferred

LOG = pd.DataFrame(
    [
        ("great film", "awful film", 1, "successful"),  # fools it
        ("great plot", "great blot", 1, "successful"),  # does not
        ("awful film", "great film", 1, "successful"),  # wrong before: does not count
        ("awful plot", "great plot", 0, "successful"),  # fools it
        ("great", "awful", 1, "failed"),
        ("awful", "awful", 1, "skipped"),
    ],
    columns=["original", "perturbed", "label", "result"],
)


def test_only_what_both_had_right_and_the_search_brought_down_counts(english):
    found = transferred(LOG, [english.train()], english.tokenise)
    assert found == {
        "found": 4, "n": 3, "transfer_rate": 2 / 3, "transfer_interval": wilson(2, 3), "unchanged_rate": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("result", ["failed", "skipped", "error"])
def test_nothing_found_has_no_rate(english, result):
    found = transferred(LOG.assign(result=result), [english.train()], english.tokenise)
    assert found == {
        "found": 0, "n": 0, "transfer_rate": None, "transfer_interval": None, "unchanged_rate": None,
    }  # fmt: skip


class Wavering:
    """A classifier that in every fourth draw takes all texts for class 0."""

    stochastic = True

    def __init__(self, plain, draw=1):
        self.plain, self.draw = plain, draw

    def drawn(self, draw, seed=None):
        return Wavering(self.plain, draw)

    def scores(self, token_lists):
        return self.plain.scores(token_lists) - (100 if self.draw % 4 == 0 else 0) * np.array([0, 1])


def test_of_a_stochastic_target_the_rate_is_a_mean_over_scoring_draws(english):
    """Texts of class 1 are right in 3 of 4 draws, as long as they are not changed."""
    assert len(SCORING) % 4 == 0
    found = transferred(LOG, networks(Wavering(english.train()))["redrawn"], english.tokenise)
    assert found["n"] == 3
    assert found["transfer_rate"] == pytest.approx((1 + 1 / 4 + 3 / 4) / 3)
    assert found["unchanged_rate"] == pytest.approx((1 / 4 + 1 / 4 + 0) / 3)


def test_with_frozen_spikes_a_stochastic_target_is_its_first_draw_alone(english):
    plain = english.train()
    asked = networks(Wavering(plain))
    assert list(asked) == ["fixed", "redrawn"]
    assert transferred(LOG, asked["fixed"], english.tokenise) == transferred(LOG, [plain], english.tokenise)
    assert list(networks(plain)) == ["fixed"]


def test_many_texts_are_asked_in_batches(english):
    many = pd.concat([LOG] * 60, ignore_index=True)
    scorer = english.train()
    found = transferred(many, [scorer], english.tokenise)
    assert (found["found"], found["n"], found["transfer_rate"]) == (240, 180, 2 / 3)
    assert max(scorer.batches) <= 128
