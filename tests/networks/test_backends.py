"""The fused form against the plain one of spikingjelly's modules: the same spikes, scores and gradients."""

import numpy as np
import pytest
import torch
from spikingjelly.activation_based import functional

from spiketext.config.conversions import Conversion
from spiketext.config.networks import TextCNN
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble
from spiketext.networks.textcnn import twin as twins
from spiketext.networks.textcnn.backends.spikingjelly import MaxNetwork, MeanNetwork
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.neurons.nodes import IntegrateAndFire
from tests.training_helpers import VOCABULARY, WIDTH, WIDTHS, small_method, small_sentences

BACKENDS = ("fused", "spikingjelly")
STEPS, CHANNELS, CLASSES = 7, 6, 3
FEATURES = CHANNELS * len(WIDTHS)
BIASED, SHARED = {"biases": "random"}, {"pooled_neurons": "shared"}
SIGNED = ("on-off", "learned")
ENCODERS = ["rate", "deterministic-rate", "latency", "phase", "analog", *SIGNED]
NEURONS = {
    "plain": {},
    # Quarters, so that no potential is ever rounded.
    "leak, threshold, initial potential": {"beta": 0.75, "theta": 1.25, "initial": 0.5},
}


def dyadic(shape, highest, unit, generator):
    """Random multiples of `unit`, of at most `highest` units: their sums and products are exact."""
    return torch.randint(-highest, highest + 1, shape, generator=generator) * unit


def classifiers(pooling, encoder, gains=1, bias=False, surrogate="fast-sigmoid", **conversion):
    """A classifier by each backend, from the same weights, whose sums before the pooling are exact."""
    generator = torch.Generator().manual_seed(1)
    polarities = 2 if encoder in SIGNED else 1
    # On average somewhat above zero, so that all layers fire.
    weights = {
        "kernel": dyadic((sum(WIDTHS) * CHANNELS, polarities * WIDTH), 8, 1 / 16, generator) + 1 / 32,
        "readout": dyadic((CLASSES, FEATURES), 8, 1 / 8, generator) + 1 / 8,
    }
    if pooling == "mean":
        gain = torch.full((), 3.0) if gains == 1 else 2 + dyadic((FEATURES,), 8, 1 / 8, generator)
        weights["pool_gain"] = gain
    if bias or conversion.get("biases") == "random":
        weights["kernel_bias"] = dyadic((FEATURES,), 8, 1 / 8, generator)
        weights["readout_bias"] = dyadic((CLASSES,), 8, 1 / 8, generator)
    if encoder == "learned":
        shapes = {"on": (STEPS, WIDTH), "off": (STEPS, WIDTH), "gate": (WIDTH,), "bias": (1,)}
        drawn = {name: torch.randn(shape, generator=generator) / 2 for name, shape in shapes.items()}
        weights |= {f"encoder.{name}": tensor for name, tensor in drawn.items()}
    values = (dyadic((VOCABULARY, WIDTH), 16, 1 / 8, generator)).float()
    values = values if encoder in SIGNED else values.abs() / 2
    values[0] = 0
    words = WordTable.of(values.numpy(), [f"w{i}" for i in range(VOCABULARY)], torch.device("cpu"))
    found = []
    for backend in BACKENDS:
        rule = {"kind": "local-threshold-balancing" if gains > 1 else "max"}
        method = small_method()
        made = Conversion(encoder={"kind": encoder}, backend=backend, rule=rule, **conversion)
        network = TextCNN(channels=CHANNELS, pooling=pooling, bias=bias, dropout=0.3)
        finetuning = method.finetuning.model_copy(update={"surrogate": surrogate, "slope": 3.0})
        inputs = method.inputs.model_copy(update={"transform": "standardised"})  # the kernel as it is
        updated = {"conversion": made, "network": network, "finetuning": finetuning, "inputs": inputs}
        found.append(
            assemble.spiking(
                method.model_copy(update=updated), words, weights, STEPS, seed=1, classes=CLASSES
            )
        )
    return found


def batch_of(texts=8):
    """Texts of different lengths, some shorter than the widest window."""
    sentences = small_sentences(40)
    return sentences.batch(np.argsort(sentences.lengths, kind="stable")[:: 40 // texts])


def gradients(classifier, batch):
    """Outputs in training, and gradients of a random sum of them by parameter, under one dropout mask."""
    classifier.network.train()
    fed = classifier.read(batch, torch.Generator().manual_seed(3))
    torch.manual_seed(4)
    outputs = classifier.forward(fed)
    loss = (outputs * torch.randn(outputs.shape)).sum()
    names, parameters = zip(*classifier.network.named_parameters(), strict=True)
    return outputs.detach(), dict(zip(names, torch.autograd.grad(loss, parameters), strict=True))


def check_equal(one, other, exact=True):
    """Spikes, scores and gradients: spikes are equal bit by bit, outputs too where their sums are exact."""
    batch = batch_of()
    fused, plain = (list(each.simulate(batch)) for each in (one, other))
    same = {"rtol": 0, "atol": 0} if exact else {"rtol": 1e-5, "atol": 1e-5}
    assert fused[0][0].events.keys() == plain[0][0].events.keys()
    for name in fused[0][0].events:
        spikes = [torch.stack([step.events[name] for step, _ in run]) for run in (fused, plain)]
        assert spikes[0].count_nonzero() > 0, name
        assert torch.equal(*spikes), name
    for (ours, total), (theirs, their_total) in zip(fused, plain, strict=True):
        torch.testing.assert_close(ours.output, theirs.output, **same)
        torch.testing.assert_close(total, their_total, **same)
    assert fused[-1][1].abs().sum() > 0
    (outputs, grads), (expected, wanted) = (gradients(each, batch) for each in (one, other))
    torch.testing.assert_close(outputs, expected, rtol=1e-5, atol=1e-5)
    assert grads.keys() == wanted.keys()
    for name, gradient in wanted.items():
        assert gradient.abs().sum() > 0, name
        torch.testing.assert_close(grads[name], gradient, rtol=1e-4, atol=1e-5 * float(gradient.abs().max()))


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("readout", ["potential", "spike-count"])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_both_give_the_same_behind_every_encoder(encoder, readout, neuron):
    """By all steps at once and step by step; with neurons after the mean over windows."""
    check_equal(*classifiers("mean", encoder, readout=readout, neuron=NEURONS[neuron]))


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("readout", ["potential", "spike-count"])
@pytest.mark.parametrize("bias", [False, True])
def test_both_give_the_same_with_a_maximum_over_windows(bias, readout, neuron):
    """Of currents that are the same at every step."""
    check_equal(*classifiers("max", "analog", bias=bias, readout=readout, neuron=NEURONS[neuron]))


@pytest.mark.parametrize("encoder", ["rate", "analog", "learned"])
@pytest.mark.parametrize("readout", ["potential", "spike-count"])
def test_both_give_the_same_without_neurons_after_pooling(readout, encoder):
    """Means are no multiples of anything, so that outputs are equal to rounding."""
    check_equal(*classifiers("mean", encoder, readout=readout, pooled_neurons=False), exact=False)


@pytest.mark.parametrize("pooled", [True, False])
def test_both_give_the_same_with_a_gain_for_each_channel(pooled):
    """As rules that are channelwise leave it."""
    check_equal(*classifiers("mean", "rate", gains=FEATURES, pooled_neurons=pooled), exact=pooled)


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("readout", ["potential", "spike-count"])
@pytest.mark.parametrize("quirk", [BIASED, SHARED, BIASED | SHARED])
@pytest.mark.parametrize("encoder", ["rate", "analog", "learned"])
def test_both_give_the_same_with_biases_and_neurons_that_widths_share(encoder, quirk, readout, neuron):
    """What the code of Lv et al. 2023 has (docs/paper.md); some texts are shorter than the widest window."""
    check_equal(*classifiers("mean", encoder, readout=readout, neuron=NEURONS[neuron], **quirk))


@pytest.mark.parametrize("surrogate", ["fast-sigmoid", "atan", "sigmoid"])
def test_both_have_the_same_surrogates(surrogate):
    """Spikes do not depend on them; gradients do."""
    check_equal(*classifiers("mean", "rate", surrogate=surrogate, neuron={"theta": 1.25}))


@pytest.mark.parametrize(("pooling", "encoder"), [("mean", "rate"), ("max", "analog")])
def test_potentials_go_on_from_chunk_to_chunk(pooling, encoder, monkeypatch):
    """Of whatever number of steps."""
    batch, whole = batch_of(), [one.scores(batch_of()) for one in classifiers(pooling, encoder)]
    monkeypatch.setattr(twins, "CHUNK", 3)
    for one, expected in zip(classifiers(pooling, encoder), whole, strict=True):
        assert torch.equal(one.scores(batch), expected)


def test_both_show_the_same_activity():
    """The spikes of the first text, where they stand."""
    (_, fused), (_, plain) = (one.activity(batch_of()) for one in classifiers("mean", "rate"))
    assert 0 < fused.placed["convolution"].mean() < 1
    assert torch.equal(fused.placed["convolution"], plain.placed["convolution"])
    assert torch.equal(fused.others["pooled"], plain.others["pooled"])
    assert torch.equal(fused.output, plain.output)


def arguments(pooling):
    """Inputs `[T, B, D, L]` and weights of a plain network with two widths."""
    torch.manual_seed(5)
    inputs = (torch.rand(STEPS, 3, 4, 6) < 0.5).float()
    inputs = inputs[:1].expand_as(inputs) if pooling == "max" else inputs
    kernels, readout = [torch.randn(CHANNELS, 4, k) for k in (2, 3)], torch.randn(CLASSES, 2 * CHANNELS)
    others = (torch.tensor(2.0), readout) if pooling == "mean" else (torch.randn(12), readout, None)
    return inputs, torch.tensor([6, 3, 4]), kernels, *others


@pytest.mark.parametrize(("pooling", "pooled"), [("mean", True), ("mean", "shared"), ("max", True)])
def test_the_plain_form_has_spikingjelly_s_step_modes_and_reset(pooling, pooled):
    """Step by step (`s`) as all steps at once (`m`); after `reset_net` from the beginning."""
    model = NeuronModel(beta=0.9, initial=0.5)

    def neurons():
        return IntegrateAndFire(model)

    mean = pooling != "max"
    plain = MeanNetwork(2, pooled, True, neurons) if mean else MaxNetwork(True, neurons)
    inputs, *others = arguments(pooling)
    whole, events = plain(inputs, *others)
    assert 0 < whole.mean() < 1
    functional.reset_net(plain)
    functional.set_step_mode(plain, "s")
    steps = [plain(step, *others) for step in inputs]
    assert torch.equal(torch.stack([output for output, _ in steps]), whole)
    for name, spikes in events.items():
        assert torch.equal(torch.stack([step[name] for _, step in steps]), spikes)
    functional.reset_net(plain)
    assert torch.equal(plain(inputs[0], *others)[0], whole[0])
