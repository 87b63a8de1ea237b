"""Our network against the textbook's on spikingjelly and against the plain loop over steps."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from benchmarks.peers import PEERS, installed
from benchmarks.textbook import SpikingJelly, Textbook, TextbookCNN
from spiketext.config.inputs import WordVectors
from spiketext.networks import assemble
from spiketext.networks.textcnn.backends.spikingjelly import padded, places
from spiketext.networks.textcnn.spiking import SpikingTextCNN
from tests.plain_neuron import step
from tests.training_helpers import WIDTH, WIDTHS, small_method, small_sentences, small_words

CHANNELS = 6
LENGTHS = {"equal lengths": [9, 9, 9, 9], "different lengths": [1, 4, 5, 7, 10, 10]}
READOUTS = ["potential", "spike-count"]
GAIN = 3.1415927  # no fraction of it lies on the threshold, where spikingjelly fires and we do not


def classifier_of(encoder, readout, transform, steps):
    """Our spiking network with random weights that make all layers fire."""
    method = small_method(encoder={"kind": encoder}, readout=readout)
    network = method.network.model_copy(update={"dropout": 0.0})
    inputs = method.inputs.model_copy(update={"transform": transform})
    method = method.model_copy(update={"network": network, "inputs": inputs})
    torch.manual_seed(0)
    weights = {
        "kernel": torch.randn(sum(WIDTHS) * CHANNELS, WIDTH) * 0.3 + 0.05,
        "pool_gain": torch.tensor(GAIN),
        "readout": torch.randn(2, len(WIDTHS) * CHANNELS) * 0.7 + 0.2,
    }
    return assemble.spiking(method, small_words(), weights, steps, seed=1)


def textbook_of(classifier, transform="positive", neurons=SpikingJelly):
    """The textbook's network with the same weights."""
    ours = classifier.network
    inputs = WordVectors(transform=transform)
    return Textbook(ours.network, inputs, ours.weights(), ours.neuron, ours.spike_readout, neurons)


def batch_of(lengths):
    """A batch of texts of exactly these lengths."""
    texts = small_sentences(200)
    rows = []
    for length in lengths:
        fitting = np.flatnonzero(texts.lengths >= length)
        rows.append(next(row for row in fitting if row not in rows))
    texts.lengths = texts.lengths.copy()
    texts.lengths[rows] = lengths
    return texts.batch(np.asarray(rows))


def plain_loop(network: SpikingTextCNN, spikes, layout):
    """The definition: one step after the other, one text, width and window after the other.

    Spikes are made differentiable by hand: ds/du is the fast sigmoid's derivative, the reset has none.
    """
    shape, neuron = network.network, network.neuron
    tables = network.kernel().split([k * shape.channels for k in shape.widths])
    tables = [table.reshape(k, shape.channels, -1) for table, k in zip(tables, shape.widths, strict=True)]
    texts = torch.from_numpy(layout.index).split(layout.lengths.tolist())
    potentials = {}

    def fire(name, current):
        potential = potentials.get(name, torch.zeros_like(current))
        fired, _, _ = step(current, potential.detach(), neuron)
        before = potential * neuron.beta + current
        slope = (1 + neuron.slope * (before - neuron.theta).abs() / neuron.theta) ** -2 / neuron.theta
        potentials[name] = before - neuron.theta * fired.detach()
        return fired.detach() + slope.detach() * (before - before.detach())

    outputs = []
    for words in spikes.to(torch.float32):
        means = []
        for b, text in enumerate(texts):
            for k, table in zip(shape.widths, tables, strict=True):
                windows = range(len(text) - k + 1)
                currents = [sum(table[j] @ words[text[place + j]] for j in range(k)) for place in windows]
                means.append(fire(("convolution", b, k), torch.stack(currents)).mean(0))
        pooled = torch.stack(means).reshape(len(texts), -1)
        output = fire("pooled", pooled * network.pool_gain) @ network.readout.T
        outputs.append(fire("output", output) if network.spike_readout else output)
    return torch.stack(outputs)


def gradients(module, outputs, labels):
    """Gradients of the fine-tuning loss, by parameter."""
    names, parameters = zip(*module.named_parameters(), strict=True)
    loss = F.cross_entropy(outputs.flatten(0, 1), labels.repeat(len(outputs)))
    found = torch.autograd.grad(loss, parameters, retain_graph=True)
    return {name.rpartition(".")[2]: gradient for name, gradient in zip(names, found, strict=True)}


@pytest.mark.parametrize("transform", ["positive", "standardised"])
@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("encoder", ["deterministic-rate", "rate"])
@pytest.mark.parametrize("steps", [1, 6])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_outputs_and_gradients_equal_textbook_and_plain_loop(lengths, steps, encoder, readout, transform):
    """From the same weights and spikes (Bernoulli draws: the same), by the C code and without it."""
    classifier, batch = classifier_of(encoder, readout, transform, steps), batch_of(LENGTHS[lengths])
    network, textbook = classifier.network, textbook_of(classifier, transform)
    fed = classifier.read(batch)
    lengths = torch.from_numpy(fed.layout.lengths)
    plain = plain_loop(network, fed.inputs, fed.layout)
    expected = gradients(network, plain, batch.labels)
    if steps > 1:
        assert plain.abs().sum() > 0
        assert all(gradient.abs().sum() > 0 for gradient in expected.values())
    inputs = padded(fed.inputs, torch.from_numpy(fed.layout.index), lengths)
    for one, outputs in (
        (network, network(fed.inputs, fed.layout)),
        (network, network(fed.inputs.float(), fed.layout)),  # PyTorch alone
        (textbook, textbook(inputs, lengths)),
    ):
        torch.testing.assert_close(outputs, plain, rtol=1e-5, atol=1e-6)
        found = gradients(one, outputs, batch.labels)
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("encoder", ["deterministic-rate", "rate"])
@pytest.mark.parametrize("readout", READOUTS)
def test_scores_without_gradients_are_the_summed_outputs(encoder, readout):
    classifier = classifier_of(encoder, readout, "positive", 6)
    batch, textbook = batch_of(LENGTHS["different lengths"]), textbook_of(classifier)
    fed = classifier.read(batch)
    lengths = torch.from_numpy(fed.layout.lengths)
    with torch.no_grad():
        inputs = padded(fed.inputs, torch.from_numpy(fed.layout.index), lengths)
        theirs = textbook.eval()(inputs, lengths).cumsum(0)
    torch.testing.assert_close(classifier.scores(batch), theirs, rtol=1e-5, atol=1e-5)


def test_steps_of_training_stay_together():
    """Four steps of the optimiser from the same state: the same losses and the same weights."""
    classifier = classifier_of("deterministic-rate", "potential", "positive", 6)
    batch, textbook = batch_of(LENGTHS["different lengths"]), textbook_of(classifier)
    network, fed = classifier.network, classifier.read(batch)
    lengths = torch.from_numpy(fed.layout.lengths)
    inputs = padded(fed.inputs, torch.from_numpy(fed.layout.index), lengths)
    losses = []
    for one, call in (
        (network, lambda: network(fed.inputs, fed.layout)),
        (textbook, lambda: textbook(inputs, lengths)),
    ):
        optimiser = torch.optim.AdamW(one.parameters(), lr=1e-3)
        for _ in range(4):
            optimiser.zero_grad()
            loss = F.cross_entropy(call().flatten(0, 1), batch.labels.repeat(6))
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
    np.testing.assert_allclose(losses[:4], losses[4:], rtol=1e-4)
    assert losses[3] < losses[0]


def test_dense_textbook_equals_our_dnn():
    method, words, batch = small_method(), small_words(), batch_of(LENGTHS["different lengths"])
    torch.manual_seed(0)
    ours = assemble.dnn(method, words, 2, None)
    textbook = TextbookCNN(method.network, method.inputs, ours.network.weights())
    layout = ours.network.layout(batch)
    lengths = torch.from_numpy(layout.lengths)
    ids = torch.cat([torch.from_numpy(layout.words), torch.zeros(1, dtype=torch.int64)])
    inside = ids[places(torch.from_numpy(layout.index), lengths, len(layout.words))]
    with torch.no_grad():
        theirs = textbook(words.values[inside].transpose(1, 2), lengths)
    torch.testing.assert_close(ours.scores(batch)[0], theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("peer", PEERS)
def test_other_packages_neurons_equal_the_plain_loop(peer, readout):
    """Outputs and gradients, at a threshold and a slope other than one."""
    if peer not in installed():
        pytest.skip(f"{peer} is not installed; `make bench` installs it beside the environment")
    classifier, batch = classifier_of("rate", readout, "positive", 6), batch_of(LENGTHS["different lengths"])
    network = classifier.network
    network.neuron = replace(network.neuron, theta=0.8, slope=3.0)
    book, fed = textbook_of(classifier, neurons=PEERS[peer]), classifier.read(batch)
    lengths = torch.from_numpy(fed.layout.lengths)
    plain = plain_loop(network, fed.inputs, fed.layout)
    outputs = book(padded(fed.inputs, torch.from_numpy(fed.layout.index), lengths), lengths)
    assert plain.abs().sum() > 0
    torch.testing.assert_close(outputs, plain, rtol=1e-5, atol=1e-6)
    found = gradients(book, outputs, batch.labels)
    for name, gradient in gradients(network, plain, batch.labels).items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-6)
