"""Threshold balancing: rates follow activations."""

import numpy as np
import pytest
import torch

from spiketext.conversion.convert import find_thresholds
from spiketext.errors import SpikeTextError
from spiketext.networks import assemble
from tests.training_helpers import small_method, small_sentences, small_words

LAYERS = ["convolution", "pooled", "readout"]
STEPS = 6


def thresholds(**found):
    """Of layers by name, as `find_thresholds` gives them."""
    return {name: torch.tensor([value], dtype=torch.float64) for name, value in found.items()}


@pytest.mark.parametrize("theta", [1.0, 2.5])
@pytest.mark.parametrize("kind", ["deterministic-rate", "rate", "analog"])
def test_rates_approach_the_scaled_activations(theta, kind):
    """With max balancing no neuron has to fire faster than once a step: rate → activation / λ."""
    method = small_method(encoder={"kind": kind}, rule={"kind": "max"}, neuron={"theta": theta})
    words, texts = small_words(), small_sentences(40)
    torch.manual_seed(0)
    dnn = assemble.dnn(method, words, 2, None)
    network = dnn.network.eval()
    layers = assemble.balanced(method)
    scales = find_thresholds(dnn, texts, np.arange(40), method.conversion.rule, layers)
    weights = assemble.converted(method, dnn, scales, 1500)
    classifier = assemble.spiking(method, words, weights, 1500, seed=1)
    for row in range(4):
        batch = texts.batch(np.array([row]))
        _, activity = classifier.activity(batch)
        fed = dnn.read(batch)
        hidden = network.features(fed.inputs, fed.layout.windows)
        rates = activity.placed["convolution"].mean(0).split(network.network.channels, 1)
        windows = hidden["convolution"][0].split(fed.layout.windows.counts[0].tolist())
        for rate, wanted in zip(rates, windows, strict=True):
            torch.testing.assert_close(
                rate[: len(wanted)], wanted / float(scales["convolution"]), rtol=0, atol=0.06
            )
        pooled = activity.others["pooled"].mean(0)
        torch.testing.assert_close(
            pooled, hidden["pooled"][0, 0] / float(scales["pooled"]), rtol=0, atol=0.06
        )
        dnn_scores = network(fed.inputs, fed.layout)[0, 0]
        error = (activity.output.mean(0) - dnn_scores).abs().max() / dnn_scores.abs().max()
        assert error < 0.15


def test_scales_by_hand():
    """λ folded: kernel by θ/λ₁, gain θλ₁/λ₂, read-out by λ₂ (θ/λ₃ more if it spikes); `none`: as it is."""
    torch.manual_seed(0)
    dnn = assemble.dnn(small_method(), small_words(), 2, None)
    kernel, readout = dnn.network.kernel().detach(), dnn.network.readout.detach()
    scales, theta = thresholds(convolution=4.0, pooled=0.5, readout=8.0), {"theta": 2.0}
    integrating = assemble.converted(small_method(neuron=theta), dnn, scales, STEPS)
    torch.testing.assert_close(integrating["kernel"], kernel * 0.5)
    assert integrating["pool_gain"].item() == 16.0
    torch.testing.assert_close(integrating["readout"], readout * 0.5)
    counting = small_method(neuron=theta, readout="spike-count")
    spiking = assemble.converted(counting, dnn, scales, STEPS)
    torch.testing.assert_close(spiking["readout"], readout * 0.5 * 2.0 / 8.0)
    ones = thresholds(convolution=1.0, pooled=1.0, readout=1.0)
    raw = assemble.converted(small_method(neuron=theta, rule={"kind": "none"}), dnn, ones, STEPS)
    assert torch.equal(raw["kernel"], kernel)
    assert torch.equal(raw["readout"], readout)
    assert raw["pool_gain"].item() == 1.0


def test_without_neurons_after_pooling_the_read_out_takes_over_their_scale():
    """Rates of the convolution are activations / λ₁, so the read-out is multiplied by λ₁ whatever θ is."""
    torch.manual_seed(0)
    dnn = assemble.dnn(small_method(), small_words(), 2, None)
    method = small_method(neuron={"theta": 2.0}, pooled_neurons=False)
    scales = thresholds(convolution=4.0, pooled=0.5, readout=1.0)
    weights = assemble.converted(method, dnn, scales, STEPS)
    assert weights["pool_gain"].item() == 1.0
    torch.testing.assert_close(weights["readout"], dnn.network.readout.detach() * 4.0)
    torch.testing.assert_close(weights["kernel"], dnn.network.kernel().detach() * 0.5)


def test_percentile_is_below_the_maximum():
    """And `none` scales nothing."""
    words, texts = small_words(), small_sentences(40)
    torch.manual_seed(0)
    dnn = assemble.dnn(small_method(), words, 2, None)
    rules = {"none": {}, "max": {}, "percentile": {"percentile": 90}}
    found = {
        kind: find_thresholds(
            dnn,
            texts,
            np.arange(40),
            small_method(rule={"kind": kind, **settings}).conversion.rule,
            LAYERS,
        )
        for kind, settings in rules.items()
    }
    assert found["none"] == thresholds(convolution=1.0, pooled=1.0, readout=1.0)
    assert found["percentile"]["convolution"] < found["max"]["convolution"]
    assert found["percentile"]["pooled"] < found["max"]["pooled"]


def test_a_silent_network_is_refused():
    """All kernels negative on positive input: nothing to balance."""
    words, texts, method = small_words(), small_sentences(10), small_method()
    network = assemble.dnn(method, words, 2, None).network
    weights = network.weights() | {"kernel": -torch.ones_like(network.weights()["kernel"])}
    silent = assemble.dnn(method, words, 2, weights)
    with pytest.raises(SpikeTextError, match="silent"):
        find_thresholds(silent, texts, np.arange(10), method.conversion.rule, assemble.balanced(method))


def test_a_readout_that_never_fires_may_be_negative():
    """All scores below zero are fine for a potential; an output neuron could never fire."""
    words, texts, method = small_words(), small_sentences(10), small_method()
    torch.manual_seed(0)
    network = assemble.dnn(method, words, 2, None).network
    weights = network.weights() | {"readout": -torch.ones_like(network.readout)}
    negative = assemble.dnn(method, words, 2, weights)
    rule, layers = method.conversion.rule, assemble.balanced(method)
    assert layers == ["convolution", "pooled"]
    scales = find_thresholds(negative, texts, np.arange(10), rule, layers)
    # Nothing of the read-out's is needed, and its weights are only multiplied by those of the layer before.
    readout = assemble.converted(method, negative, scales, STEPS)["readout"]
    torch.testing.assert_close(readout, -torch.ones_like(readout) * scales["pooled"].float())
    counting = assemble.balanced(small_method(readout="spike-count"))
    with pytest.raises(SpikeTextError, match="readout is silent"):
        find_thresholds(negative, texts, np.arange(10), rule, counting)
