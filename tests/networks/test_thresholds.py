"""Thresholds that are trained: the same network as with folded ones, until they move."""

import numpy as np
import pytest
import torch

from spiketext.conversion.convert import find_thresholds
from spiketext.errors import SpikeTextError
from spiketext.networks import assemble
from spiketext.networks.layers.windows import convolve, mean_pool
from spiketext.networks.textcnn.thresholds import Thresholds
from tests.training_helpers import small_method, small_sentences, small_words

STEPS = 6
BATCH = small_sentences(40).batch(np.arange(8))
RULES = {"layer": {"kind": "percentile", "scale": 0.5}, "channel": {"kind": "local-threshold-balancing"}}


CASES = [("layer", "potential"), ("layer", "spike-count"), ("channel", "potential")]


def pair(
    encoder="deterministic-rate", rule="layer", backend="fused", pooling="mean", least=0.01, **conversion
):
    """The twin with folded thresholds, and with trained ones, from one DNN."""
    found = []
    for neuron in ({}, {"least_threshold": least}):
        neuron |= {"theta": 1.5, "initial": 0.25}
        method = small_method(
            encoder={"kind": encoder}, rule=RULES[rule], backend=backend, neuron=neuron, **conversion
        )
        if pooling == "max":
            network = method.network.model_copy(update={"pooling": "max", "bias": True})
            method = method.model_copy(update={"network": network})
        torch.manual_seed(0)
        words, texts = small_words(), small_sentences(40)
        dnn = assemble.dnn(method, words, 2, None)
        if pooling == "max":
            torch.nn.init.normal_(dnn.network.kernel_bias, std=0.1)
        scales = find_thresholds(dnn, texts, np.arange(40), method.conversion.rule, assemble.balanced(method))
        weights = assemble.converted(method, dnn, scales, STEPS)
        found.append(assemble.spiking(method, words, weights, STEPS, seed=1, classes=2))
    return found


@pytest.mark.parametrize("backend", ["fused", "spikingjelly"])
@pytest.mark.parametrize(("rule", "readout"), CASES)
@pytest.mark.parametrize("pooled", [True, False])
def test_before_training_they_are_the_folded_ones(backend, readout, rule, pooled):
    """Spikes of every layer, and scores; one threshold a layer or one a channel."""
    settings = {"backend": backend, "readout": readout, "rule": rule, "pooled_neurons": pooled}
    check_equal(*pair(**settings))


@pytest.mark.parametrize("backend", ["fused", "spikingjelly"])
@pytest.mark.parametrize(("rule", "readout"), CASES)
def test_they_are_so_behind_a_maximum_over_windows(backend, readout, rule):
    """With biases, which the thresholds divide too."""
    check_equal(*pair("analog", backend=backend, readout=readout, rule=rule, pooling="max"))


def check_equal(folded, trained):
    assert any(name.startswith("thresholds") for name, _ in trained.network.named_parameters())
    for (one, total), (other, their_total) in zip(
        folded.simulate(BATCH), trained.simulate(BATCH), strict=True
    ):
        for name in one.events:
            assert torch.equal(one.events[name], other.events[name]), name
        torch.testing.assert_close(total, their_total, rtol=1e-5, atol=1e-5)
    assert float(total.abs().sum()) > 0


def test_a_higher_threshold_is_smaller_weights_into_a_layer():
    """Twice the threshold of each layer against half of what reaches it."""
    _, trained = pair(readout="spike-count")
    weights = dict(trained.network.weights())
    halved = weights | {"kernel": weights["kernel"] / 2, "pool_gain": weights["pool_gain"] / 2}
    halved |= {"readout": weights["readout"] / 2}
    doubled = {name: tensor * (2 if name.startswith("threshold.") else 1) for name, tensor in weights.items()}
    method = small_method(
        encoder={"kind": "deterministic-rate"}, readout="spike-count", rule=RULES["layer"],
        neuron={"theta": 1.5, "initial": 0.25, "least_threshold": 0.01},
    )  # fmt: skip
    one, other = (
        assemble.spiking(method, trained.words, each, STEPS, seed=1, classes=2) for each in (halved, doubled)
    )
    before = [step.events["convolution"].sum() for step, _ in trained.simulate(BATCH)]
    after = [step.events["convolution"].sum() for step, _ in one.simulate(BATCH)]
    assert sum(after) < sum(before)
    for (first, total), (second, their_total) in zip(one.simulate(BATCH), other.simulate(BATCH), strict=True):
        assert all(torch.equal(first.events[name], second.events[name]) for name in first.events)
        assert torch.equal(total, their_total)


@pytest.mark.parametrize("backend", ["fused", "spikingjelly"])
def test_the_derivative_is_that_of_a_neuron_with_such_a_threshold(backend):
    """Against the equations written out: u[t] = v[t−1] + I[t], a spike where u > θ, v = u − θ·s."""
    _, trained = pair("analog", backend=backend)
    network = trained.network.eval()
    fed = trained.read(BATCH)
    mix = torch.randn(STEPS, 8, 2, generator=torch.Generator().manual_seed(2))
    parameters = dict(network.named_parameters())
    outputs = trained.forward(fed)
    names = [name for name in parameters if name.startswith("thresholds")]
    found = torch.autograd.grad((outputs * mix).sum(), [parameters[name] for name in names])
    by_hand = written_out(network, fed, network.convolution().detach())
    torch.testing.assert_close(by_hand, outputs, rtol=1e-4, atol=1e-5)
    expected = torch.autograd.grad((by_hand * mix).sum(), [parameters[name] for name in names])
    for name, one, other in zip(names, found, expected, strict=True):
        assert float(one.abs().sum()) > 0
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6, msg=name)


class Spike(torch.autograd.Function):
    """1 where x > 0, with the fast sigmoid's derivative of slope 5 (that of the small method)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).float()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad / (1 + 5 * x.abs()) ** 2


def fire(currents, theta, initial=0.25):
    """Neurons with a threshold of their own; what was sent is a constant in later steps."""
    potential, sent = initial * theta, []
    for current in currents:
        u = potential + current
        sent.append(Spike.apply((u - theta) / theta))
        potential = u - theta * sent[-1].detach()
    return torch.stack(sent)


def written_out(network, fed, kernel):
    """The twin of direct coding, with thresholds θ in the units of its weights."""
    windows = fed.layout.windows
    theta = {name: network.thresholds.of(name) for name in ("convolution", "pooled")}
    currents = convolve(fed.inputs[:1], kernel, windows, network.network.channels).expand(STEPS, -1, -1)
    means = mean_pool(fire(currents, theta["convolution"]), windows)
    return fire(means * network.pool_gain.detach(), theta["pooled"]) @ network.readout.detach().T


def test_none_is_below_the_least_and_one_that_is_may_rise():
    """By hand: forward 0.03, and a gradient that reaches the value below."""
    own = Thresholds({"threshold.pooled": torch.tensor([0.01, 0.5])}, 0.03, 1.0)
    assert own.of("pooled").tolist() == pytest.approx([0.03, 0.5])
    assert own.factor("pooled").tolist() == pytest.approx([1 / 0.03, 2.0])
    assert own.factor("readout") is None
    (-own.of("pooled").sum()).backward()
    assert own.values["pooled"].grad.tolist() == [-1.0, -1.0]
    torch.optim.SGD(own.parameters(), lr=0.1).step()
    assert own.of("pooled").tolist() == pytest.approx([0.11, 0.6])
    assert own.weights()["threshold.pooled"].tolist() == pytest.approx([0.11, 0.6])


def test_what_is_stored_is_held_at_the_least():
    """So are the weights that a report tells."""
    _, trained = pair(least=0.4)
    with torch.no_grad():
        trained.network.thresholds.values["convolution"].fill_(0.1)
    assert trained.network.weights()["threshold.convolution"].tolist() == [pytest.approx(0.4)]
    assert trained.network.learned()["thresholds"]["convolution"] == [pytest.approx(0.4)]
    folded, _ = pair()
    assert folded.network.learned() == {}


def test_weights_without_thresholds_do_not_fit_and_the_other_way_round():
    folded, trained = pair()
    plain = small_method(encoder={"kind": "deterministic-rate"})
    learned = small_method(encoder={"kind": "deterministic-rate"}, neuron={"least_threshold": 0.03})
    for method, other, verb in ((plain, trained, "has"), (learned, folded, "lacks")):
        with pytest.raises(SpikeTextError, match=rf"it {verb} threshold\.convolution, threshold\.pooled"):
            assemble.spiking(method, other.words, other.network.weights(), STEPS, seed=1, classes=2)
