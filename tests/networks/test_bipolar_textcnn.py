"""The lossless twin: after settling, every count and every score is the quantised DNN's, exactly."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.errors import SpikeTextError
from spiketext.networks import assemble
from spiketext.networks.layers.windows import convolve, max_pool, mean_pool
from spiketext.networks.textcnn import dnn as dnn_module
from spiketext.networks.textcnn.bipolar import Run
from spiketext.networks.textcnn.nir import graph
from spiketext.networks.textcnn.readout import evidence, most_added
from tests.training_helpers import small_sentences, small_words

CLASSES = 3
CONVERSION = {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}}
TEXTS = small_sentences(40)


def method(transform="standardised", steps=8, **network):
    """A lossless method."""
    settings = {"channels": 5, "dropout": 0.0, "quantised_inputs": False, **network}
    return Method(
        inputs={"transform": transform}, network=settings, conversion={**CONVERSION, "steps": [steps]}
    )


def pair(definition, seed=0, steps=None):
    """A DNN as random as `seed`, its steps set by a batch, and the twin that conversion makes of it."""
    torch.manual_seed(seed)
    words = small_words(seed, transform=definition.inputs.transform)
    dnn = assemble.dnn(definition, words, CLASSES, None)
    with torch.no_grad():
        for parameter in dnn.network.parameters():  # biases too
            parameter.add_(torch.randn_like(parameter) * 0.3)
    dnn.scores(TEXTS.batch(np.arange(20)))
    steps = definition.network.levels if steps is None else steps
    weights = assemble.converted(definition, dnn, {}, steps)
    stored = assemble.dnn(definition, words, CLASSES, weights)
    return stored, assemble.spiking(definition, words, weights, steps, seed=0, classes=CLASSES)


def settled(twin, batch, steps):
    """S of each neuron after so many steps, and the DNN's features to compare them with."""
    fed = twin.read(batch)
    run = Run(twin.network, fed.inputs, fed.layout)
    for _ in range(steps):
        run.step()
    features = twin.network.dnn.features(fed.inputs[:1], fed.layout.windows)
    assert torch.equal(run.arrived, features["vectors"]) or steps < twin.steps
    return run, features["convolution" if twin.network.mean else "pooled"]


@settings(max_examples=60)
@given(
    st.integers(0, 2**16),
    st.sampled_from([1, 2, 3, 7, 15, 31]),
    st.sampled_from([None, 2, 4, 8, 16]),
    st.sampled_from(["mean", "max"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["positive", "standardised"]),
    st.lists(st.integers(0, 39), min_size=1, max_size=8, unique=True),
)
@torch.no_grad()
def test_every_count_and_score_is_the_dnns(seed, levels, bits, pooling, bias, quantised, transform, rows):
    """Random networks, levels, bits and texts; once each layer has had as many steps as levels, for ever."""
    definition = method(
        transform, levels=levels, weight_bits=bits, pooling=pooling, bias=bias, quantised_inputs=quantised
    )
    steps = 2 * levels - 1 if quantised else levels
    dnn, twin = pair(definition, seed, steps + 3)
    batch = TEXTS.batch(np.array(rows))
    expected = dnn.scores(batch)[0].double()
    scores = twin.scores(batch)
    for t in range(steps, steps + 3):
        assert torch.equal(scores[t], expected)
    run, features = settled(twin, batch, steps + 3)
    counts = run.neurons.counts
    assert torch.equal(run.values, features)
    assert counts.min() >= 0 and counts.max() <= levels
    events = [step.events for step, _ in twin.simulate(batch)]
    assert not any(one.any() for sent in events[steps:] for one in sent.values())


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_spikes_come_one_after_the_other(pooling):
    """At step t, min(t, level) of each neuron's spikes have been sent: no more than one a step."""
    _, twin = pair(method(levels=7, pooling=pooling))
    batch = TEXTS.batch(np.arange(6))
    name = "convolution" if pooling == "mean" else "pooled"
    sent = 0
    for t, (step, _) in enumerate(twin.simulate(batch), 1):
        sent = sent + step.events[name]
        counts = settled(twin, batch, t)[0].neurons.counts
        if pooling == "max":
            assert torch.equal(sent, counts[0].float())
        assert sent.sum() == counts.sum() > 0
    assert counts.max() == 7


@torch.no_grad()
def test_inputs_with_levels_are_neurons_of_either_sign():
    """What they send adds up to the DNN's levels; neurons behind them take back what came too early."""
    _, twin = pair(method(levels=3, quantised_inputs=True), steps=7)
    batch = TEXTS.batch(np.arange(20))
    fed = twin.read(batch)
    run = Run(twin.network, fed.inputs, fed.layout)
    signs = {"input": set(), "neurons": set()}
    sent, size = 0, 0
    for _ in range(7):
        spikes = run.step()
        for name, seen in signs.items():
            seen |= set(spikes[name].unique().tolist())
        sent, size = sent + spikes["input"].int(), size + spikes["input"].abs().int()
    assert signs == {"input": {-1, 0, 1}, "neurons": {-1, 0, 1}}
    quantiser = twin.network.quantiser("inputs")
    vectors = twin.network.dnn.features(fed.inputs[:1], fed.layout.windows)["vectors"]
    assert torch.equal(quantiser.value(sent), vectors)
    assert torch.equal(sent.abs(), size)  # the input's charge does not change: nothing is taken back
    counted = sum(step.events["convolution"].sum() for step, _ in twin.simulate(batch))
    assert counted > run.neurons.counts.sum()  # a spike of −1 is one more, not one less


@pytest.mark.parametrize("pooling", ["mean", "max"])
@pytest.mark.parametrize("levels", [1, 3, 7])
@torch.no_grad()
def test_whole_numbers_that_are_added_spike_by_spike_give_the_same(pooling, levels):
    """As a chip does: weights of 8 bits, potentials that are never computed anew.

    Doubles hold these sums exactly. A neuron whose charge lies beside a threshold may count one more or less,
    as the DNN's own sums are rounded.
    """
    steps = 2 * levels - 1
    dnn, twin = pair(method(levels=levels, weight_bits=8, quantised_inputs=True, pooling=pooling), 1, steps)
    batch = TEXTS.batch(np.arange(40))
    fed, network = twin.read(batch), dnn.network
    windows, step = fed.layout.windows, {n: q.log_step.exp().double() for n, q in network.quantisers.items()}
    kernel, readout = (
        (w.double() / step[n]).round()
        for n, w in (("kernel", network.kernel()), ("readout", network.readout))
    )
    inputs = BipolarSum(-levels, levels, fed.inputs[0].double() / step["inputs"])
    arrived, fired, sent = 0.0, None, 0.0
    for _ in range(steps):
        arrived = arrived + convolve(inputs.spikes()[None], kernel, windows, network.network.channels)
        charge = arrived * (step["inputs"] * step["kernel"] / step["convolution"])
        charge = charge if pooling == "mean" else max_pool(charge, windows)
        fired = fired or BipolarSum(0, levels, charge)
        fired.charge = charge
        sent = sent + fired.spikes()
    run, _ = settled(twin, batch, steps)
    clear = ((charge + 0.5) - (charge + 0.5).round()).abs() > 1e-4
    assert clear.double().mean() > 0.95
    counts = run.neurons.counts.double()
    assert torch.equal(sent[clear], counts[clear])
    sent = torch.where(clear, sent, counts)
    sent = mean_pool(sent, windows) if pooling == "mean" else sent
    scores = sent[0] @ readout.T * (step["convolution"] * step["readout"])
    torch.testing.assert_close(scores, dnn.scores(batch)[0].double(), rtol=1e-4, atol=1e-4)


class BipolarSum:
    """The neuron's rule as it is written in docs/lossless.md, one step after the other."""

    def __init__(self, low, high, charge):
        self.low, self.high, self.charge, self.sent = low, high, charge, torch.zeros_like(charge)

    def spikes(self):
        potential = self.charge + 0.5 - self.sent
        up, down = (potential >= 1) & (self.sent < self.high), (potential < 0) & (self.sent > self.low)
        self.sent = self.sent + up.double() - down.double()
        return up.double() - down.double()


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_the_derivative_is_the_quantised_dnns(pooling):
    """Straight through the rounding; the values are those of the spikes."""
    dnn, twin = pair(method(levels=3, pooling=pooling, bias=True))
    batch = TEXTS.batch(np.arange(5))
    fed = twin.read(batch)
    gradients = []
    for network, steps in ((twin.network, 3), (dnn.network.eval(), 1)):
        values = fed.inputs[:1].clone().requires_grad_()
        silent = torch.zeros(steps - 1, *values.shape[1:])
        scores = network(torch.cat([values, silent]), fed.layout).sum(0)
        scores[:, 1].sum().backward()
        gradients.append(values.grad)
        torch.testing.assert_close(scores.double().detach(), twin.scores(batch)[-1], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(gradients[0], gradients[1])
    assert gradients[0].any()


@pytest.mark.parametrize("quantised", [False, True])
@pytest.mark.parametrize("pooling", ["mean", "max"])
@torch.no_grad()
def test_what_windows_give_adds_up_to_the_scores(pooling, quantised):
    """Biases aside; spikes of a window are those of its neuron; no step adds more than is said."""
    _, twin = pair(method(levels=4, pooling=pooling, quantised_inputs=quantised))
    batch = TEXTS.batch(np.array([3]))
    fed = twin.read(batch)
    network = twin.network.eval()
    found = evidence(network, fed.inputs, fed.layout)
    given_by_windows = (found.amounts @ found.weights.T).sum(0)
    torch.testing.assert_close(given_by_windows.double(), found.scores.double(), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found.scores.double(), twin.scores(batch)[-1, 0])
    assert found.fired.sum() == settled(twin, batch, 4)[0].neurons.counts.sum()
    most = most_added(network)
    for step in network.simulate(fed.inputs, fed.layout):
        gained = step.output[0][:, None] - step.output[0][None]
        assert (gained <= most + 1e-6).all()
    raster = network.activity(fed.inputs, fed.layout)
    name = "convolution" if pooling == "mean" else "pooled"
    spikes = {**raster.placed, **raster.others}[name]
    assert spikes.sum() == sum(step.events[name].sum() for step, _ in twin.simulate(batch))


def test_weights_lie_on_their_grids_and_stay_there():
    """Whole numbers of the stored step, no more than the bits say; the twin has the same, to the bit."""
    definition = method(levels=3, weight_bits=3, transform="positive")
    dnn, twin = pair(definition)
    stored = dnn.network.weights()
    assert set(stored) == {"kernel", "readout", "convolution.log_step", "kernel.log_step", "readout.log_step"}
    for name in dnn_module.WEIGHTS:
        levels = stored[name] / stored[f"{name}.log_step"].exp()
        torch.testing.assert_close(levels, levels.round(), rtol=0, atol=1e-5)
        assert levels.abs().max() <= 3.00001 and len(levels.round().unique()) > 3
        assert torch.equal(stored[name], twin.network.weights()[name])


def test_a_loss_moves_weights_and_their_steps():
    """Through the rounding of weights that do not lie on their levels yet."""
    torch.manual_seed(0)
    definition = method(levels=3, weight_bits=4)
    dnn = assemble.dnn(definition, small_words(transform="standardised"), CLASSES, None)
    network, fed = dnn.network, dnn.read(TEXTS.batch(np.arange(30)))
    network(fed.inputs, fed.layout).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name
    assert {"convolution", "kernel", "readout"} == set(network.quantisers)


def test_twelve_bits_are_nearly_full_precision():
    """The same draws, rounded: scores differ by little."""
    scores = []
    for bits in (None, 12):
        torch.manual_seed(0)
        network = TextCNN(channels=5, weight_bits=bits)
        definition = Method(inputs={"transform": "standardised"}, network=network)
        one = assemble.dnn(definition, small_words(transform="standardised"), CLASSES, None)
        scores.append(one.scores(TEXTS.batch(np.arange(10))))
    assert 0 < (scores[0] - scores[1]).abs().max() < 0.02 * scores[0].abs().max()


def test_nir_refuses_in_one_line():
    """Its neurons have no sign and no bounds."""
    _, twin = pair(method(levels=3))
    with pytest.raises(SpikeTextError, match="NIR has no neuron that sends spikes of either sign"):
        graph(twin.network, 6)


REFUSED = [
    ({"network": {"levels": None}}, "`conversion` needs a network with levels, such as `levels: 15` "),
    ({"network": {"kind": "tf-idf"}}, "`conversion` needs a network with kind: textcnn "),
    (
        {"conversion": {**CONVERSION, "encoder": {"kind": "analog"}}},
        "`kind: lossless` needs `encoder: {kind: ",
    ),
    (
        {"conversion": {**CONVERSION, "rule": {"kind": "max"}}},
        "`kind: analog-once` needs `rule: {kind: lossless}` beside it",
    ),
    ({"conversion": {**CONVERSION, "delay": 1}}, "the rule `lossless` decides what `delay` would: remove it"),
    ({"conversion": {**CONVERSION, "readout": "spike-count"}}, "decides what `readout` would"),
    ({"conversion": {**CONVERSION, "neuron": {"beta": 0.5}}}, "decides what `neuron` would"),
    ({"conversion": {**CONVERSION, "backend": "spikingjelly"}}, "decides what `backend` would"),
    ({"conversion": {**CONVERSION, "pooled_neurons": False}}, "decides what `pooled_neurons` would"),
    ({"finetuning": {}}, "the rule `lossless` leaves no error to train away: remove `finetuning`"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_does_not_fit_is_refused_in_one_line(change, message):
    with pytest.raises(ValueError, match=message):
        Method(**{"network": {"levels": 3}, "conversion": CONVERSION, **change})


def test_settings_that_a_job_reads_back_are_taken():
    """Defaults written out, as rules hand them to jobs."""
    definition = method(levels=3)
    assert Method(**definition.model_dump(mode="json")) == definition


def test_ordinary_neurons_take_no_quantised_weights():
    with pytest.raises(ValueError, match="needs a network with weight_bits: null"):
        Method(network={"weight_bits": 8}, conversion={})
