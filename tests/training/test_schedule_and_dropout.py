"""The learning rate of every batch, and what dropout does in training and nowhere else."""

import math

import numpy as np
import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.config.objectives import CrossEntropy
from spiketext.inputs.encoding import deterministic_rate
from spiketext.networks import assemble
from spiketext.networks.textcnn.dnn import TextCNN
from spiketext.networks.textcnn.spiking import SpikingTextCNN
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.objectives.base import make_objective
from spiketext.tasks.classes import Classes
from spiketext.training.loop import Split, fit
from tests.training_helpers import WIDTHS, small_method, small_sentences, small_words

CHANNELS, CLASSES = 100, 300
NETWORK = config.TextCNN(widths=WIDTHS, channels=CHANNELS, dropout=0.5)
INPUTS = WordVectors()


@pytest.mark.parametrize(
    ("decay", "expected"),
    [("cosine", [0.01, 0.00933013, 0.0075, 0.005, 0.0025, 0.00066987]), ("none", [0.01] * 6)],
)
def test_the_learning_rate_of_every_batch(decay, expected, tmp_path):
    """Two epochs of three batches: η/2 · (1 + cos(π i / 6)), or η; AdamW has no other schedule."""
    schedule = small_method().training.model_copy(
        update={"epochs": 2, "batch_size": 40, "learning_rate": 0.01, "weight_decay": 0.03, "decay": decay}
    )
    classifier = assemble.dnn(small_method(), small_words(), 2, None)
    seen = []

    def look(optimiser, *_):
        seen.extend((group["lr"], group["weight_decay"]) for group in optimiser.param_groups)

    split, path = Split(np.arange(120), np.arange(120, 160)), tmp_path / "run.checkpoint"
    objective = make_objective(CrossEntropy())
    hook = register_optimizer_step_pre_hook(look)
    try:
        fit(classifier, small_sentences(), split, objective, schedule, Classes("accuracy", 2), 5, path, "run")
    finally:
        hook.remove()
    assert [rate for rate, _ in seen] == pytest.approx(expected, abs=1e-8)
    assert {weights for _, weights in seen} == {0.03}


def masked_share(dropped, whole):
    """Share of features that are zero where they were not; the others are doubled."""
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], 2 * whole[kept])
    assert (whole != 0).all()
    return 1 - kept.double().mean().item()


def test_dropout_of_the_dnn():
    """Half of the pooled features, the rest doubled, anew for each sentence; none in evaluation."""
    torch.manual_seed(0)
    words, batch = small_words(), small_sentences().batch(np.arange(30))
    weights = {
        "kernel": torch.rand(sum(WIDTHS) * CHANNELS, words.values.shape[1]),  # positive: no feature is zero
        "readout": torch.eye(CLASSES),
    }
    network = TextCNN(NETWORK, INPUTS, words.values.shape[1], CLASSES, weights)
    layout = network.layout(batch)
    inputs = words.values[torch.from_numpy(layout.words)][None]
    with torch.no_grad():
        whole = network.eval()(inputs, layout)
        assert torch.equal(whole, network.features(inputs, layout.windows)["pooled"] @ network.readout.T)
        dropped = network.train()(inputs, layout)
    share = masked_share(dropped, whole)
    assert abs(share - 0.5) < 5 * math.sqrt(0.25 / whole.numel())
    assert not torch.equal(dropped[0, 0] == 0, dropped[0, 1] == 0)


def test_dropout_of_the_spiking_network():
    """A neuron that is dropped is silent for the whole sentence: one mask for all steps."""
    torch.manual_seed(0)
    words, batch = small_words(), small_sentences().batch(np.arange(30))
    weights = {
        "kernel": torch.full((sum(WIDTHS) * CHANNELS, words.values.shape[1]), 5.0),
        "pool_gain": torch.tensor(10.0),
        "readout": torch.eye(CLASSES),
    }
    encoder = deterministic_rate.Encoder()
    network = SpikingTextCNN(NETWORK, INPUTS, Conversion(), weights, encoder, NeuronModel())
    layout = network.layout(batch)
    # Every word sends a spike of every value at every step, so that every neuron fires at every step.
    spikes = torch.ones(4, len(layout.words), words.values.shape[1], dtype=torch.uint8)
    with torch.no_grad():
        whole = network.eval()(spikes, layout)
        assert torch.equal(whole, torch.ones(4, 30, CLASSES))
        dropped = network.train()(spikes, layout)
    share = masked_share(dropped, whole)
    assert abs(share - 0.5) < 5 * math.sqrt(0.25 / whole[0].numel())
    for step in dropped:
        assert torch.equal(step, dropped[0])
    assert not torch.equal(dropped[0, 0], dropped[0, 1])
