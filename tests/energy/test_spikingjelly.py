"""Agreement with spikingjelly's counter where its definition applies, and where it miscounts."""

import torch
from spikingjelly.activation_based import op_counter

from tests.energy_helpers import operations


def synops(layer, spikes):
    """Synaptic operations of a layer by spikingjelly's counter."""
    counter = op_counter.SynOpCounter()
    with op_counter.DispatchCounterMode([counter]), torch.no_grad():
        layer(spikes)
    return counter.get_total()


def test_agrees_on_spikes(run):
    """Convolutions of both widths and the read-out, fed with the same spikes."""
    found = operations(run.account.layers)
    assert found["convolution", "AC"] == sum(synops(one, run.inputs) for one in run.convolutions) > 0
    assert found["readout", "AC"] == synops(run.readout, run.pooled) > 0


def test_drops_scaled_and_mean_pooled_spikes(run):
    """It calls a tensor spikes if all its values are 0 or 1, so θ·s and means of spikes cost it nothing."""
    assert sum(synops(one, 0.5 * run.inputs) for one in run.convolutions) == 0
    assert operations(run.account.layers)["convolution", "AC"] == 1764
    assert synops(run.readout, run.means) == 0
    assert operations(run.bare.layers)["readout", "AC"] == 348
