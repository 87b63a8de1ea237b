"""The network step by step, and over all steps at once."""

import numpy as np
import pytest
import torch

from spiketext.coding.codes import RATE
from spiketext.config import Network
from spiketext.models.spiking_textcnn import SpikingTextCNN
from spiketext.models.windows import make_windows, mean_pool
from spiketext.neurons.integrate_and_fire import NeuronModel


@pytest.mark.parametrize("spike_readout", [True, False])
@pytest.mark.parametrize("pooled_neurons", [True, False])
def test_simulation_equals_all_steps_at_once(spike_readout, pooled_neurons):
    """Spikes of all layers, also with leak, threshold and initial potential other than the defaults."""
    torch.manual_seed(0)
    network = Network(channels=6, dropout=0.5)
    weights = {
        "kernel": torch.randn(12 * 6, 10) * 0.3,
        "pool_gain": torch.tensor(3.0),
        "readout": torch.randn(2, 18),
    }
    module = SpikingTextCNN(network, weights, RATE, spike_readout, pooled_neurons).eval()
    index = np.random.default_rng(0).integers(0, 7, 20)
    windows = make_windows(index, np.array([5, 9, 6]), network.widths, 7)
    inputs = (torch.rand(21, 7, 10) < 0.5).view(torch.uint8)
    neuron = NeuronModel(beta=0.97, theta=1.2, initial=0.3)
    whole = module.activity(inputs, windows, neuron)
    steps = list(module.simulate(inputs, windows, neuron))
    assert 0 < whole.convolution.mean() < 1
    counts = windows.counts.repeat_interleave(6, dim=1)
    fired = mean_pool(whole.convolution, windows) * counts
    torch.testing.assert_close(torch.stack([s.convolution for s in steps]), fired)
    if pooled_neurons:
        assert torch.equal(torch.stack([s.pooled for s in steps]), whole.pooled)
    else:
        assert whole.pooled is None
        assert all(s.pooled is None for s in steps)
        means = fired / counts * weights["pool_gain"]
        assert spike_readout or torch.allclose(whole.output, means @ weights["readout"].T, atol=1e-5)
    torch.testing.assert_close(torch.stack([s.output for s in steps]), whole.output)
    torch.testing.assert_close(module(inputs, windows, neuron).detach(), whole.output)
