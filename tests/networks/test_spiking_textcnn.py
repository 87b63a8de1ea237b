"""The network step by step, and over all steps at once."""

import numpy as np
import pytest
import torch

from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.config.networks import TextCNN
from spiketext.inputs.batches import Texts
from spiketext.inputs.encoding import rate
from spiketext.networks.textcnn.spiking import SpikingTextCNN
from spiketext.networks.textcnn.twin import CHUNK
from spiketext.neurons.integrate_and_fire import NeuronModel


@pytest.mark.parametrize("spike_readout", [True, False])
@pytest.mark.parametrize("pooled_neurons", [True, False])
def test_simulation_equals_all_steps_at_once(spike_readout, pooled_neurons):
    """Spikes of all layers, also with leak, threshold and initial potential other than the defaults."""
    torch.manual_seed(0)
    weights = {
        "kernel": torch.randn(12 * 6, 10) * 0.3,
        "pool_gain": torch.tensor(3.0),
        "readout": torch.randn(2, 18),
    }
    readout = "spike-count" if spike_readout else "potential"
    conversion = Conversion(pooled_neurons=pooled_neurons, readout=readout)
    neuron = NeuronModel(beta=0.97, theta=1.2, initial=0.3)
    shape = TextCNN(channels=6, dropout=0.5)
    network = SpikingTextCNN(shape, WordVectors(), conversion, weights, rate.Encoder(), neuron).eval()
    ids = np.random.default_rng(0).integers(1, 8, 20)
    texts = Texts(ids, np.array([0, 5, 14, 20]), np.zeros(3, np.int64), 9)

    def run(rows):
        layout = network.layout(texts.batch(np.array(rows)))
        inputs = (torch.rand(CHUNK + 6, len(layout.words), 10) < 0.5).view(torch.uint8)
        return inputs, layout, list(network.simulate(inputs, layout))

    for row in range(3):
        inputs, layout, steps = run([row])
        whole = network.activity(inputs, layout)
        convolution = whole.placed["convolution"]
        assert 0 < convolution.mean() < 1
        fired = torch.stack([step.events["convolution"][0] for step in steps])
        torch.testing.assert_close(fired, convolution.sum(1))
        if pooled_neurons:
            pooled = torch.stack([step.events["pooled"][0] for step in steps])
            assert torch.equal(pooled, whole.others["pooled"])
        else:
            assert not whole.others
            assert all("pooled" not in step.events for step in steps)
            counts = layout.windows.counts[0].repeat_interleave(6)
            means = fired / counts * weights["pool_gain"]
            assert spike_readout or torch.allclose(whole.output, means @ weights["readout"].T, atol=1e-5)
        torch.testing.assert_close(torch.stack([step.output[0] for step in steps]), whole.output)
        assert all(("readout" in step.events) == spike_readout for step in steps)
    inputs, layout, steps = run([0, 1, 2])
    torch.testing.assert_close(network(inputs, layout).detach(), torch.stack([step.output for step in steps]))
