"""Threshold balancing: rates follow activations."""

import numpy as np
import pytest
import torch

from spiketext.conversion.balance import Scales, balanced_weights, find_scales
from spiketext.errors import SpikeTextError
from spiketext.training import assemble
from tests.training_helpers import WIDTHS, small_method, small_sentences, small_words


@pytest.mark.parametrize("theta", [1.0, 2.5])
@pytest.mark.parametrize("coding", ["deterministic-rate", "rate", "analog"])
def test_rates_approach_the_scaled_activations(theta, coding):
    """With max balancing no neuron has to fire faster than once a step: rate → activation / λ."""
    method = small_method(coding=coding, balance="max", neuron={"theta": theta})
    words, sentences = small_words(), small_sentences(40)
    torch.manual_seed(0)
    network = assemble.dnn(method, words, 2, None).module.eval()
    rows = np.arange(40)
    scales = find_scales(network, words, sentences, rows, method.conversion)
    weights = balanced_weights(network, scales, method.conversion)
    classifier = assemble.spiking(method, words, weights, 1500, seed=1)
    batch = sentences.batch(rows[:8], WIDTHS)
    _, activity = classifier.activity(batch)
    values = words.values[torch.from_numpy(batch.words)][None]
    hidden = network.features(values, batch.windows)
    rate = activity.convolution.mean(0)
    torch.testing.assert_close(rate, hidden["convolution"][0] / scales.convolution, rtol=0, atol=0.06)
    pooled = activity.pooled.mean(0)
    torch.testing.assert_close(pooled, hidden["pooled"][0] / scales.pooled, rtol=0, atol=0.06)
    dnn_scores = network(values, batch.windows)[0]
    error = (activity.output.mean(0) - dnn_scores).abs().max() / dnn_scores.abs().max()
    assert error < 0.15


def test_scales_by_hand():
    """λ folded: kernel by θ/λ₁, gain θλ₁/λ₂, read-out by λ₂ (θ/λ₃ more if it spikes); `none`: as it is."""
    torch.manual_seed(0)
    network = assemble.dnn(small_method(), small_words(), 2, None).module
    kernel, readout = network.kernel().detach(), network.readout.detach()
    scales, theta = Scales(convolution=4.0, pooled=0.5, readout=8.0), {"theta": 2.0}
    integrating = balanced_weights(network, scales, small_method(neuron=theta).conversion)
    torch.testing.assert_close(integrating["kernel"], kernel * 0.5)
    assert integrating["pool_gain"].item() == 16.0
    torch.testing.assert_close(integrating["readout"], readout * 0.5)
    counting = small_method(neuron=theta, readout="spike-count").conversion
    spiking = balanced_weights(network, scales, counting)
    torch.testing.assert_close(spiking["readout"], readout * 0.5 * 2.0 / 8.0)
    raw = balanced_weights(
        network, Scales(1.0, 1.0, 1.0), small_method(neuron=theta, balance="none").conversion
    )
    assert torch.equal(raw["kernel"], kernel)
    assert torch.equal(raw["readout"], readout)
    assert raw["pool_gain"].item() == 1.0


def test_without_neurons_after_pooling_the_read_out_takes_over_their_scale():
    """Rates of the convolution are activations / λ₁, so the read-out is multiplied by λ₁ whatever θ is."""
    torch.manual_seed(0)
    network = assemble.dnn(small_method(), small_words(), 2, None).module
    conversion = small_method(neuron={"theta": 2.0}, pooled_neurons=False).conversion
    weights = balanced_weights(network, Scales(convolution=4.0, pooled=0.5, readout=1.0), conversion)
    assert weights["pool_gain"].item() == 1.0
    torch.testing.assert_close(weights["readout"], network.readout.detach() * 4.0)
    torch.testing.assert_close(weights["kernel"], network.kernel().detach() * 0.5)


def test_percentile_is_below_the_maximum():
    """And `none` scales nothing."""
    words, sentences = small_words(), small_sentences(40)
    torch.manual_seed(0)
    network = assemble.dnn(small_method(), words, 2, None).module
    found = {
        rule: find_scales(
            network, words, sentences, np.arange(40), small_method(balance=rule, percentile=90).conversion
        )
        for rule in ("none", "max", "percentile")
    }
    assert found["none"] == Scales(1.0, 1.0, 1.0)
    assert found["percentile"].convolution < found["max"].convolution
    assert found["percentile"].pooled < found["max"].pooled


def test_a_silent_network_is_refused():
    """All kernels negative on positive input: nothing to balance."""
    words, sentences = small_words(), small_sentences(10)
    network = assemble.dnn(small_method(), words, 2, None).module
    weights = network.weights() | {"kernel": -torch.ones_like(network.weights()["kernel"])}
    silent = assemble.dnn(small_method(), words, 2, weights).module
    with pytest.raises(SpikeTextError, match="silent"):
        find_scales(silent, words, sentences, np.arange(10), small_method().conversion)


def test_a_readout_that_never_fires_may_be_negative():
    """All scores below zero are fine for a potential; an output neuron could never fire."""
    words, sentences = small_words(), small_sentences(10)
    torch.manual_seed(0)
    network = assemble.dnn(small_method(), words, 2, None).module
    weights = network.weights() | {"readout": -torch.ones_like(network.readout)}
    negative = assemble.dnn(small_method(), words, 2, weights).module
    scales = find_scales(negative, words, sentences, np.arange(10), small_method().conversion)
    assert scales.readout == 1.0
    with pytest.raises(SpikeTextError, match="readout is silent"):
        counting = small_method(readout="spike-count").conversion
        find_scales(negative, words, sentences, np.arange(10), counting)
