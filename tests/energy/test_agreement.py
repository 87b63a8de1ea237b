"""Agreement with independent counters where their definition applies, and where they miscount."""

import numpy as np
import pytest
import torch
from spikingjelly.activation_based import op_counter

from spiketext.energy.shape import Shape
from spiketext.training import assemble
from tests.energy_helpers import account_of, method, one_sentence, operations, word_table

WIDTHS, CHANNELS, WIDTH, CLASSES, STEPS = [2, 3], 4, 6, 3, 5


def spikingjelly_synops(layer, spikes):
    """Synaptic operations of a layer by spikingjelly's counter."""
    counter = op_counter.SynOpCounter()
    with op_counter.DispatchCounterMode([counter]), torch.no_grad():
        layer(spikes)
    return counter.get_total()


@pytest.fixture(scope="module")
def run():
    """A sentence through a spiking network: operations by layer, and its spikes as other counters see them.

    Input spikes `[T, D, L]`, mean-pooled spikes of the convolution, spikes after it, `[T, K * C]`.
    """
    torch.manual_seed(0)
    values = np.random.default_rng(0).random((9, WIDTH), dtype=np.float32)
    values[0] = 0
    weights = {
        "kernel": torch.randn(sum(WIDTHS) * CHANNELS, WIDTH),
        "pool_gain": torch.tensor(2.0),
        "readout": torch.randn(CLASSES, len(WIDTHS) * CHANNELS),
    }
    settings = method(WIDTHS, CHANNELS, STEPS)
    classifier = assemble.spiking(settings, word_table(values), weights, STEPS, seed=0)
    batch = one_sentence([1, 5, 8, 2, 2, 7, 3], WIDTHS)
    shape = Shape(WIDTHS, CHANNELS, WIDTH, CLASSES, vocabulary=9, longest=7)
    account = account_of(classifier, batch, shape)
    inputs, activity = classifier.activity(batch)
    spikes = inputs[:, batch.index].transpose(1, 2).float()
    windows = batch.windows.counts.repeat_interleave(CHANNELS, dim=1)[0]
    sums = torch.stack([step.convolution[0] for _, step, _ in classifier.simulate(batch)])
    return account, spikes, sums / windows, activity.pooled[:, 0]


def convolutions():
    """A layer of each width, with weights that are not zero."""
    return [torch.nn.Conv1d(WIDTH, CHANNELS, k, bias=False) for k in WIDTHS]


def readout():
    """The last layer."""
    return torch.nn.Linear(len(WIDTHS) * CHANNELS, CLASSES, bias=False)


def test_spikingjelly_agrees_on_spikes(run):
    """Its counter on unpadded convolutions of both widths and on the read-out, fed with the same spikes."""
    account, spikes, _, pooled = run
    found = operations(account.layers)
    assert found["convolution", "AC"] == sum(spikingjelly_synops(one, spikes) for one in convolutions())
    assert found["readout", "AC"] == spikingjelly_synops(readout(), pooled) > 0


def test_spikingjelly_drops_scaled_and_pooled_spikes(run):
    """It calls a tensor spikes if all its values are 0 or 1: θ·s and mean-pooled spikes cost it nothing."""
    account, spikes, means, _ = run
    scaled = sum(spikingjelly_synops(one, 0.5 * spikes) for one in convolutions())
    assert scaled == 0 < operations(account.layers)["convolution", "AC"]
    assert spikingjelly_synops(readout(), means) == 0 < means.count_nonzero()
