"""Agreement with NeuroBench's synaptic operations where its definition applies, and where it miscounts."""

import torch
from neurobench.metrics.workload import SynapticOperations
from neurobench.models import TorchModel

from tests.energy_helpers import operations


def synops(layer, spikes):
    """Effective accumulates and multiply-accumulates of a layer by NeuroBench, for one sample."""
    model = TorchModel(torch.nn.Sequential(layer))
    model.register_hooks()
    with torch.no_grad():
        scores = model(spikes)
    found = SynapticOperations()(model, scores, (spikes[:1], None))
    model.cleanup_hooks()
    return found["Effective_ACs"], found["Effective_MACs"]


def sums(layers, spikes):
    """Over several layers with the same input."""
    return tuple(map(sum, zip(*(synops(layer, spikes) for layer in layers), strict=True)))


def test_agrees_on_spikes(run):
    """Convolutions of both widths and the read-out, fed with the same spikes, of either sign."""
    found = operations(run.account.layers)
    assert sums(run.convolutions, run.inputs) == (found["convolution", "AC"], 0)
    assert sums(run.convolutions, -run.inputs) == (found["convolution", "AC"], 0)
    assert synops(run.readout, run.pooled) == (found["readout", "AC"], 0)


def test_multiplies_scaled_and_mean_pooled_spikes(run):
    """It calls 0, 1 and −1 spikes: θ·s become multiplications, and a mean of several spikes a single one."""
    assert sums(run.convolutions, 0.5 * run.inputs) == (0, 1764)
    assert operations(run.account.layers)["convolution", "AC"] == 1764  # accumulates
    assert synops(run.readout, run.means) == (0, 93)
    assert operations(run.bare.layers)["readout", "AC"] == 348
