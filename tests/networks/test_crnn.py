"""The CRNN and its bipolar twin: nothing is lost in conversion, and no sequence knows those beside it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from spiketext.config.load import load_config
from spiketext.config.methods import Method
from spiketext.config.networks import CRNN as Settings
from spiketext.evaluation.measure import measure
from spiketext.inputs.batches import Texts
from spiketext.inputs.encoding.analog_once import Encoder
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import Classifier
from spiketext.networks.crnn.bipolar import BipolarCRNN
from spiketext.networks.crnn.dnn import CRNN, RECURRENT, begun, layers
from spiketext.networks.crnn.sizes import Sizes

WORDS, WIDTH, CLASSES = 12, 3, 4
LENGTHS = [1, 9, 4, 14]


def convolution(channels, width, stride=1):
    """Settings of a convolution."""
    return {"channels": channels, "width": width, "stride": stride}


NETWORKS = {
    "recurrent alone": [],
    "one": [convolution(5, 3)],
    "two with strides": [convolution(5, 4, 2), convolution(6, 3, 2)],
}


def texts(lengths, seed=0):
    """Texts of so many random words."""
    ids = np.random.default_rng(seed).integers(1, WORDS, sum(lengths))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Texts(ids, offsets, np.zeros(len(lengths), dtype=np.int64), 64)


def table(seed=0):
    """A word table of random vectors."""
    values = np.random.default_rng(seed).normal(size=(WORDS, WIDTH)).astype(np.float32)
    values[0] = 0
    return WordTable.of(values, ["", *map(str, range(1, WORDS))], torch.device("cpu"))


def trained(seed, **settings):
    """A CRNN with random weights, whose steps one batch has set."""
    torch.manual_seed(seed)
    network = CRNN(Settings(**{"dropout": 0.0, "recurrent": 6, **settings}), WIDTH, CLASSES)
    with torch.no_grad():
        for weight in network.parts.values():
            weight.copy_(torch.randn_like(weight) / math.sqrt(max(1, weight[0].numel())))
    batch = texts(LENGTHS, seed).batch(np.arange(len(LENGTHS)))
    layout = network.layout(batch)
    network(table(seed).values[torch.from_numpy(layout.words)][None], layout)
    return network.eval()


def scores(network, lengths=LENGTHS, steps=1, seed=0):
    """Last scores of texts of these lengths."""
    some = texts(lengths, seed)
    return Classifier(network, table(seed), steps).last_scores(some.batch(np.arange(len(lengths))))


@settings(max_examples=60, deadline=None)
@given(
    convolutions=st.lists(
        st.builds(convolution, st.integers(1, 6), st.integers(1, 4), st.integers(1, 3)), max_size=2
    ),
    levels=st.integers(1, 9),
    bits=st.sampled_from([None, 2, 8]),
    reads=st.sampled_from(["last", "mean"]),
    seed=st.integers(0, 1000),
    more=st.integers(0, 3),
)
def test_nothing_is_lost(convolutions, levels, bits, reads, seed, more):
    """After as many steps as there are levels, or more, scores are those of the quantised DNN to the bit."""
    dnn = trained(seed, convolutions=convolutions, levels=levels, weight_bits=bits, reads=reads)
    expected = scores(dnn, seed=seed)
    found = scores(BipolarCRNN(dnn, Encoder()), steps=levels + more, seed=seed)
    assert torch.equal(found, expected)


def test_the_twin_has_the_derivative_of_its_dnn():
    """Straight through the rounding, and the same over all steps: what attacks by gradients climb."""
    dnn = trained(5, levels=4, convolutions=[convolution(5, 3)])
    layout = dnn.layout(texts(LENGTHS).batch(np.arange(len(LENGTHS))))
    values = table().values[torch.from_numpy(layout.words)]
    found = []
    for network, steps in ((dnn, 1), (BipolarCRNN(dnn, Encoder()), 4)):
        own = values.clone().requires_grad_(True)
        inputs = Encoder().encode(own, steps)
        network(inputs, layout).sum(0)[:, 0].sum().backward()
        found.append(own.grad)
    assert found[0].any()
    torch.testing.assert_close(found[0], found[1])


@pytest.mark.parametrize("convolutions", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("steps", range(1, 6))
def test_fewer_steps_cut_sums_off(convolutions, steps):
    """After T steps no sum is beyond ±T, so that a run is the DNN with as many levels; one spike a step."""
    dnn = trained(1, levels=5, convolutions=convolutions)
    twin = BipolarCRNN(dnn, Encoder())
    found = scores(twin, steps=steps)
    some = texts(LENGTHS).batch(np.arange(len(LENGTHS)))
    for step, _ in Classifier(twin, table(), steps).simulate(some):
        assert all(set(sent.unique().tolist()) <= {-1, 0, 1} for sent in step.events.values())
    assert torch.equal(found, scores(dnn)) == (steps == 5)
    for quantiser in dnn.quantisers.values():
        quantiser.low, quantiser.high = max(quantiser.low, -steps), min(quantiser.high, steps)
    assert torch.equal(found, scores(dnn))


@pytest.mark.parametrize("convolutions", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("reads", ["last", "mean"])
def test_a_sequence_is_read_as_if_alone(convolutions, reads):
    """Its scores do not depend on those beside it, up to the order in which products are added."""
    dnn = trained(2, convolutions=convolutions, reads=reads)
    together = scores(dnn)
    some = texts(LENGTHS)
    for place in range(len(LENGTHS)):
        alone = Classifier(dnn, table()).last_scores(some.batch(np.array([place])))
        assert torch.allclose(alone[0], together[place], atol=1e-5)


def test_states_by_hand():
    """h[e] = clip(x[e] + h[e−1] / 2) with one neuron: 0.5, 1 (clipped), 0.25."""
    network = CRNN(Settings(convolutions=[], recurrent=1, dropout=0.0, reads="mean"), 1, 1).eval()
    with torch.no_grad():
        for name, value in (("input", 1.0), ("hidden", 0.5)):
            network.parts[f"{RECURRENT}_{name}"].fill_(value)
        network.parts["readout"].fill_(1.0)
    words = WordTable.of(
        np.array([[0.0], [0.5], [0.9], [-0.25]], dtype=np.float32), ["", "a", "b", "c"], torch.device("cpu")
    )
    batch = Texts(np.array([1, 2, 3]), np.array([0, 3]), np.zeros(1, dtype=np.int64), 64).batch(np.arange(1))
    assert Classifier(network, words).last_scores(batch).item() == pytest.approx((0.5 + 1.0 + 0.25) / 3)


@pytest.mark.parametrize("convolutions", NETWORKS.values(), ids=NETWORKS)
def test_windows_of_each_element(convolutions):
    """Windows that read an element are those that a list of all windows gives."""
    configured = Settings(convolutions=convolutions)
    sizes = Sizes.of(configured, torch.tensor(LENGTHS))
    for layer, one in enumerate(configured.convolutions):
        expected = torch.zeros(len(LENGTHS), sizes.padded[layer], dtype=torch.int64)
        for text in range(len(LENGTHS)):
            for window in range(int(sizes.elements[layer + 1][text])):
                expected[text, window * one.stride : window * one.stride + one.width] += 1
        assert torch.equal(sizes.windows(layer), expected)


def test_operations_of_a_run_by_hand():
    """One neuron, levels 0 and ±1, x = (1, 0, −1): two spikes, one of which reaches the next state."""
    network = CRNN(Settings(convolutions=[], recurrent=1, dropout=0.0, reads="last", levels=1), 1, 2).eval()
    with torch.no_grad():
        network.parts[f"{RECURRENT}_input"].fill_(1.0)
        network.parts[f"{RECURRENT}_hidden"].fill_(0.25)
    words = WordTable.of(
        np.array([[0.0], [1.0], [0.0], [-1.0]], dtype=np.float32),
        ["", "up", "rest", "down"],
        torch.device("cpu"),
    )
    some = Texts(np.array([1, 2, 3]), np.array([0, 3]), np.zeros(1, dtype=np.int64), 64)
    found = measure(Classifier(BipolarCRNN(network, Encoder()), words, 2), some, np.arange(1), [1, 2], 2)
    assert found.account.spikes[RECURRENT].tolist() == [2, 0]
    done = {
        (one.layer, one.operation): one.per_step.sum()
        for one in found.account.layers
        if one.operation in ("AC", "MAC")
    }
    # One spike to the next state; the last one to both classes. Biases: three elements, and two scores.
    assert done[(RECURRENT, "AC")] == 1
    assert done[("readout", "AC")] == 2
    assert done[(RECURRENT, "MAC")] == 3
    read = [one for one in found.account.layers if (one.layer, one.words) == ("readout", 1)]
    assert [one.per_step.tolist() for one in read] == [[1, 0]]  # the spike of the last state


@pytest.mark.parametrize(("reads", "read"), [("last", 1), ("mean", 3)])
def test_the_readout_reads_the_states_that_it_needs(reads, read):
    """Of three states of 6 neurons; each is compared with zero once, though the next state reads it too."""
    dnn = trained(5, convolutions=[], reads=reads, levels=3)
    some, rows = texts([3]), np.arange(1)
    account = measure(Classifier(dnn, table(), 1), some, rows, [1], 1).account
    after = {"last": "readout", "mean": "pooling"}[reads]
    states = [c for c in account.layers if (c.layer, c.operation, c.words) == (after, "access", 6)]
    assert sum(c.per_step.sum() for c in states if c.bits == 3) == 6 * read
    tested = [c for c in account.zero_skipping if c.operation == "compare" and c.role == "layer"]
    means = {"last": 0, "mean": 6}[reads]
    assert sum(c.per_step.sum() for c in tested) == 3 * WIDTH + 3 * 6 + means
    products = {(c.layer, c.bits) for c in account.layers if c.operation == "MAC"}
    assert products == {(RECURRENT, None), (RECURRENT, 2), ("readout", {"last": 2, "mean": None}[reads])}
    twin = measure(Classifier(BipolarCRNN(dnn, Encoder()), table(), 3), some, rows, [3], 3)
    spikes = [
        c
        for c in twin.account.layers
        if (c.layer, c.operation, c.words) == ("readout", "access", 6) and not c.weights
    ]
    assert sum(c.possible for c in spikes) == 6 * read
    sums = [c for c in twin.account.layers if (c.layer, c.operation, c.bits) == (RECURRENT, "access", 3)]
    assert sum(c.possible for c in sums) == 2 * 3 * 6  # S has a sign


def test_each_number_of_steps_is_a_run_of_its_own():
    """Predictions and operations at T are those of a run of T steps, as states are handed on at its end."""
    dnn, some = trained(3, levels=8, reads="last"), texts(LENGTHS)
    rows = np.arange(len(LENGTHS))
    whole = measure(Classifier(BipolarCRNN(dnn, Encoder()), table(), 8), some, rows, [2, 8], 8)
    for place, steps in enumerate((2, 8)):
        run = Classifier(BipolarCRNN(dnn, Encoder()), table(), steps)
        alone = measure(run, some, rows, [steps], steps)
        assert np.array_equal(whole.predictions[place], alone.predictions[0])
        for one, other in zip(whole.account.layers, alone.account.layers, strict=True):
            assert one.per_step[:steps].sum() == pytest.approx(other.per_step.sum())


CATALOGUE = {
    name: {
        **method.network.model_dump(exclude={"kind"}),
        "recurrent": 6,
        "convolutions": [one.model_dump() | {"channels": 5} for one in method.network.convolutions],
    }
    for name, method in load_config({}).define.methods.items()
    if method.network.kind == "crnn"
}
CASES = CATALOGUE | {
    f"{name}, {reads}": {"convolutions": convolutions, "reads": reads, "levels": 3}
    for name, convolutions in NETWORKS.items()
    for reads in ("last", "mean")
}


@pytest.mark.parametrize("settings", CASES.values(), ids=CASES)
@torch.no_grad()
def test_declared_products_are_those_that_are_computed(settings):
    """As torch counts them in a text alone, save those of the first state, before which there is none."""
    dnn, some = trained(4, **settings), texts([1, 9, 14, 60])
    classifier, settings = Classifier(dnn, table(), 1), dnn.network
    for row in range(4):
        batch = some.batch(np.array([row]))
        padding = max(0, settings.field - len(batch.ids))
        with FlopCounterMode(display=False) as counter:
            classifier.scores(batch)
        counts = measure(classifier, some, np.array([row]), [1], 1).account.layers
        declared = sum(one.per_step.sum() for one in counts if one.operation == "MAC")
        first = settings.convolutions[0] if settings.convolutions else None
        reads = torch.nn.functional.conv1d(
            (torch.arange(len(batch.ids) + padding) >= len(batch.ids)).float()[None, None],
            torch.ones(1, 1, first.width if first else 1), stride=first.stride if first else 1,
        )  # fmt: skip
        on_padding = float(reads.sum()) * WIDTH * (first.channels if first else settings.recurrent)
        assert declared + on_padding == counter.get_total_flops() / 2 - settings.recurrent**2


@pytest.mark.parametrize("settings", CASES.values(), ids=CASES)
@torch.no_grad()
def test_declared_operations_are_those_of_modules(settings):
    """Modules whose weights are all 1, fed with ones where an event is, give the number of operations."""
    dnn, some = trained(4, **settings | {"levels": settings["levels"] or 3}), texts(LENGTHS)
    convolutions, reads = dnn.network.convolutions, dnn.network.reads
    twin, rows = Classifier(BipolarCRNN(dnn, Encoder()), table(), 3), np.arange(len(LENGTHS))
    expected = dict.fromkeys([*layers(dnn.network), "readout"], 0.0)
    for row in rows:
        layout = twin.layout(some.batch(rows[row : row + 1]))
        names = list(layers(dnn.network))
        for step, _ in twin.simulate(some.batch(rows[row : row + 1]), layout):
            sent = {name: step.events[name].abs().float() for name in names}  # [E, N]
            for source, name, one in zip(names, names[1:-1], dnn.network.convolutions[1:], strict=False):
                ones = torch.ones(one.channels, sent[source].shape[1], one.width)
                reached = torch.nn.functional.conv1d(sent[source].T, ones, stride=one.stride)
                expected[name] += float(reached.sum())
            states = sent[RECURRENT]
            below = sent[names[-2]].sum() if convolutions else 0.0
            expected[RECURRENT] += dnn.network.recurrent * float(states[:-1].sum() + below)
            expected["readout"] += CLASSES * float(states[-1].sum() if reads == "last" else states.sum())
    found = dict.fromkeys(expected, 0.0)
    products = 0.0
    for one in measure(twin, some, rows, [3], 3).account.layers:
        if one.operation == "AC" and one.spikes:
            found[one.layer] += float(one.per_step.sum())
        if one.operation == "MAC":
            products += float(one.per_step.sum())
    assert found == expected
    first, *_ = [*dnn.network.convolutions, None]
    ones = torch.ones(1, WIDTH, 1 if first is None else first.width)
    stride = 1 if first is None else first.stride
    width = dnn.network.recurrent if first is None else first.channels
    lengths = [max(length, dnn.network.field) for length in LENGTHS]
    real = [
        torch.nn.functional.conv1d(
            (torch.arange(padded) < length).float().expand(WIDTH, -1), ones, stride=stride
        ).sum()
        for padded, length in zip(lengths, LENGTHS, strict=True)
    ]
    assert products == width * float(sum(real))


def test_training_may_begin_with_the_weights_of_another():
    """Its weights and biases; the step of the states is that of a new network."""
    shape = {"convolutions": [convolution(5, 3)], "recurrent": 6}
    first = trained(0, **shape).weights()
    method = Method(network={"kind": "crnn", **shape, "levels": 4}, inputs={"transform": "as-is"})
    network = begun(method, WIDTH, CLASSES, first)
    assert {name for name in first if torch.equal(network.weights()[name], first[name])} == set(first)
    assert network.quantiser(RECURRENT).log_step.item() == pytest.approx(-math.log(4))
    assert network.quantiser("convolution1").log_step.isnan()
