"""When a network stops early: never where its decision could still change, unless that is asked for."""

import numpy as np
import pytest
import torch

from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.networks import assemble
from spiketext.networks.textcnn.readout import most_added
from spiketext.use.stopping import Stopping
from tests.training_helpers import small_method, small_sentences, small_words

STEPS = 12


def networks(classes=3):
    """Every kind of read-out, with random weights; the scores of three classes overtake each other."""
    torch.manual_seed(0)
    for pooled in (True, False):
        for readout in ("potential", "spike-count"):
            for delay in (0, 4):
                method = small_method(pooled_neurons=pooled, readout=readout, delay=delay, steps=[12])
                dnn = assemble.dnn(method, small_words(), classes, None).network
                weights = dnn.weights() | {"pool_gain": torch.tensor(2.0), "kernel": dnn.kernel() * 4}
                weights["readout"] = weights["readout"] * 8
                yield assemble.spiking(method, small_words(), weights, STEPS, seed=1)
    method = Method(
        inputs=WordVectors(transform="standardised"),
        network=TextCNN(channels=6, pooling="max", bias=True),
        conversion=Conversion(encoder={"kind": "analog"}, rule={"kind": "max"}),
    )
    words = small_words(transform="standardised")
    weights = assemble.dnn(method, words, classes, None).network.weights()
    weights = weights | {"readout_bias": torch.tensor([0.1, -0.2, 0.3])[:classes]}
    yield assemble.spiking(method, words, weights, STEPS, seed=1)


@pytest.mark.parametrize("classifier", list(networks()))
def test_a_bound_is_never_exceeded_and_stopping_never_changes_a_class(classifier):
    """Against all steps of 160 texts; some do stop."""
    scores = classifier.scores(small_sentences().batch(np.arange(160))).double()
    delay, most = classifier.network.delay, most_added(classifier.network)
    each = scores.diff(dim=0)
    differences = each[..., :, None] - each[..., None, :]
    assert (differences <= most + 1e-5).all()
    stopping, final, ended = Stopping(most), scores[-1].argmax(1), torch.zeros(160, dtype=torch.bool)
    for t in range(1, STEPS):
        now = stopping(scores[t - 1], t - delay, STEPS - max(t, delay))
        assert torch.equal(scores[t - 1].argmax(1)[now], final[now]), t
        ended |= now
    assert ended.any()


def test_the_bound_is_reached_by_spikes():
    """A lead of as many spikes as there are steps left can still be lost to a draw; one more cannot."""
    stopping = Stopping(1 - torch.eye(2, dtype=torch.float64))
    assert stopping(torch.tensor([[5.0, 2.0], [5.0, 1.0], [1.0, 5.0]]), 5, 3).tolist() == [False, True, True]


def test_the_bound_is_that_of_the_rival_over_the_leader():
    """A step adds at most 3 to the first class beyond the second, and 1 the other way round."""
    stopping = Stopping(torch.tensor([[0.0, 3.0], [1.0, 0.0]], dtype=torch.float64))
    assert stopping(torch.tensor([[5.0, 2.0], [2.0, 5.0]]), 5, 2).tolist() == [True, False]


def test_nothing_stops_before_scores_are_added_up():
    """Before the delay all scores are zero."""
    most = torch.zeros(2, 2, dtype=torch.float64)
    assert not Stopping(most, 0.1)(torch.tensor([[9.0, 0.0]]), 0, 5).any()


def test_a_margin_is_a_lead_in_scores_a_step():
    """It needs no bound."""
    scores = torch.tensor([[4.0, 1.0], [4.0, 3.0]])
    assert Stopping(margin=1.0)(scores, 3, 100).tolist() == [True, False]
    assert not Stopping()(scores, 3, 100).any()
