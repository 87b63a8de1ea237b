"""A pretrained encoder with levels and its bipolar twin: what is rounded, what spikes, what is counted."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.arrays import write_arrays
from spiketext.attack.white_box.target import Target
from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.evaluation.counter import Counter
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble
from spiketext.networks.layers.quantisation import least_error_step
from spiketext.networks.pretrained.network import entries
from spiketext.networks.weights import load_weights
from spiketext.objectives.base import make_objective
from tests.pretrained_helpers import INNER, SIZES, WIDTH, write_minilm, write_use

NAMES = ["", "good", "bad", "film", "a", "is", "plot", "房间", "很", "大"]
LENGTHS = [1, 7, 3, 5, 2]
LEVELS = 5
LANGUAGES = {"en": "minilm", "zh": "use-multilingual"}


@pytest.fixture(scope="module")
def manifests(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resources")
    return [write_minilm(folder, NAMES[1:7]), write_use(folder, ["房间很大", "房间吵闹", "a good room"])]


def words():
    return WordTable.of(np.zeros((len(NAMES), 3), np.float32), NAMES, torch.device("cpu"))


def texts(lengths, seed=0):
    ids = np.random.default_rng(seed).integers(1, len(NAMES), sum(lengths)).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Texts(ids, offsets, np.arange(len(lengths)) % 2, max_length=8)


def method(levels=LEVELS, **settings):
    return Method(
        network={"kind": "pretrained", "levels": levels, "dropout": 0.0},
        training={"start": "tuned"},
        conversion={
            "rule": {"kind": "lossless"},
            "encoder": {"kind": "analog-once"},
            "steps": sorted({1, levels, levels + 2}),
        },
        **settings,
    )


TUNED = Method(network={"kind": "pretrained", "dropout": 0.0})


def tuned(manifests, language, seed=1):
    torch.manual_seed(seed)
    return assemble.pretrained(TUNED, language, manifests, words(), 2)


def quantised(manifests, language, levels=LEVELS, seed=1):
    """The DNN with levels, whose steps one batch has set."""
    start = tuned(manifests, language, seed).network.weights()
    classifier = assemble.untrained(method(levels), words(), 2, start)
    objective = make_objective(method(levels).training.objective)
    objective.loss(classifier, texts(LENGTHS, seed).batch(np.arange(5)), torch.Generator()).backward()
    return classifier


def spiking(dnn, steps, levels=LEVELS):
    own = method(levels)
    weights = assemble.converted(own, dnn, {}, steps)
    return assemble.classifier(own, "converted", words(), 2, weights, steps, seed=1)


@pytest.mark.parametrize("language", LANGUAGES)
@given(levels=st.integers(1, 9), seed=st.integers(0, 2**16), more=st.integers(0, 3))
@settings(max_examples=15)
def test_nothing_is_lost_in_conversion(manifests, language, levels, seed, more):
    """After as many steps as there are levels, and after more, the scores are those of the DNN to the bit."""
    dnn = quantised(manifests, language, levels, seed)
    batch = texts(LENGTHS, seed + 1).batch(np.arange(5))
    found = spiking(dnn, levels + more, levels).scores(batch)
    assert torch.equal(found[-1], dnn.scores(batch)[-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_fewer_steps_lose_something(manifests, language):
    dnn = quantised(manifests, language, levels=9)
    batch = texts(LENGTHS).batch(np.arange(5))
    one = spiking(dnn, 1, levels=9).scores(batch)
    assert not torch.allclose(one[-1], dnn.scores(batch)[-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_spikes_add_up_to_what_the_dnn_reads(manifests, language):
    """Everywhere: the sum of spikes is the level of each value that a layer reads, of every piece."""
    dnn, steps = quantised(manifests, language), LEVELS
    batch = texts(LENGTHS).batch(np.arange(5))
    layout, read = dnn.layout(batch), {}
    entering = dnn.network.entering()

    def noting(name, values):
        rounded = entering(name, values)
        read[name] = rounded
        return rounded

    with torch.no_grad():
        dnn.network.eval().scored(layout, noting)
    (step,) = dnn.network.simulate(torch.zeros(1, 0, 0), layout)
    assert all(torch.equal(step.events[name], layout.items(values != 0)) for name, values in read.items())
    twin = spiking(dnn, steps)
    sent = [step.events for step, _ in twin.simulate(batch)]
    assert list(read) == list(entries(dnn.network.model)) == list(sent[0])
    pieces = int(layout.lengths.sum())
    for name, values in read.items():
        total = sum(events[name].int() for events in sent)
        assert torch.equal(dnn.network.quantiser(name).value(total), layout.items(values))
        assert len(total) == (pieces if values.dim() == 3 else len(LENGTHS))
        assert set(torch.cat([events[name].flatten() for events in sent]).tolist()) <= {-1, 0, 1}
        if (values < 0).any():
            assert any((events[name] < 0).any() for events in sent)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_knows_those_beside_it(manifests, language):
    """Nor padding: alone, a text has the same scores, up to the order of sums."""
    twin = spiking(quantised(manifests, language), LEVELS)
    every = texts(LENGTHS)
    together = twin.scores(every.batch(np.arange(5)))[-1]
    for row in range(5):
        alone = twin.scores(every.batch(np.array([row])))[-1]
        assert torch.allclose(alone[0], together[row], atol=1e-4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_training_goes_on_from_the_encoder(manifests, language):
    """With many levels the DNN says what the encoder says; steps and weights then learn."""
    start = tuned(manifests, language)
    batch = texts(LENGTHS).batch(np.arange(5))
    fine = assemble.untrained(method(100), words(), 2, start.network.weights())
    assert all(fine.network.quantiser(name).log_step.isnan().all() for name in entries(fine.network.model))
    assert torch.allclose(fine.scores(batch), start.scores(batch), atol=0.1)
    dnn = quantised(manifests, language)
    for name in entries(dnn.network.model):
        step = dnn.network.quantiser(name).log_step
        assert step.isfinite().all() and step.grad is not None, name
    before = start.network.weights()
    torch.optim.AdamW(dnn.network.parameters(), lr=0.01).step()
    after = dnn.network.weights()
    assert not torch.equal(after["readout.weight"], before["readout.weight"])
    table = {"en": "model.embeddings.word_embeddings.weight", "zh": "model.table"}[language]
    assert torch.equal(after[table], before[table])


def test_padding_sets_no_first_step(manifests):
    """Each first step is that of the pieces alone, which the longest text of the batch does not change."""
    start = tuned(manifests, "en").network.weights()
    own = method()
    own = own.model_copy(update={"network": own.network.model_copy(update={"dropout": 0.5})})
    alone, beside = (assemble.untrained(own, words(), 2, start) for _ in range(2))
    every = texts([2, 2, 8])
    short = alone.layout(every.batch(np.array([0, 1])))
    alone.network.train()(torch.zeros(1, 0, 0), short)  # nor has dropout
    layout = beside.layout(every.batch(np.array([0, 1, 2])))
    shorter = type(layout)(layout.ids[:2], layout.lengths[:2])
    with torch.no_grad():
        beside.network.eval()(torch.zeros(1, 0, 0), shorter)
    for name in entries(alone.network.model):
        one, other = (each.network.quantiser(name).log_step for each in (alone, beside))
        assert torch.allclose(one, other, atol=1e-3), name


def test_steps_of_the_least_squared_error():
    """Of each feature: none of a fine grid does better by a hundredth; far values do not stretch it."""
    torch.manual_seed(3)
    values = torch.randn(4000, 2) * torch.tensor([1.0, 20.0])
    values[0, 0] = 30.0

    def error(column, step):
        return float(((column / step).clamp(-7, 7).round() * step - column).square().mean())

    for column, step in zip(values.T, least_error_step(values, -7, 7), strict=True):
        widest = float(column.abs().max()) / 7
        least = min(error(column, share * widest) for share in torch.linspace(0.02, 1, 400))
        assert error(column, step) <= 1.01 * least
        assert step < widest
    silent = least_error_step(torch.tensor([[0.0, 3.0], [0.0, -7.0]]), -7, 7)
    assert (silent > 0).all()


def test_stored_weights_are_all_that_the_network_needs(manifests, tmp_path):
    dnn = quantised(manifests, "en")
    path = tmp_path / "dnn.safetensors"
    weights = {name: one.detach().numpy() for name, one in dnn.network.weights().items()}
    write_arrays(path, weights)
    again = assemble.classifier(method(), "dnn", words(), 2, load_weights(path), 1, seed=1)
    batch = texts(LENGTHS).batch(np.arange(5))
    assert torch.equal(again.scores(batch), dnn.scores(batch))
    for change, said in (
        ({"text vector.log_step": np.zeros(2, np.float32)}, "text vector.log_step has the shape"),
        ({"text vector.log_step": np.full(SIZES["hidden_size"], np.nan, np.float32)}, "not finite"),
        ({"readout.bias": np.zeros(3, np.float32)}, "readout.bias has the shape"),
    ):
        write_arrays(path, {**weights, **change})
        with pytest.raises(SpikeTextError, match=said):
            assemble.classifier(method(), "converted", words(), 2, load_weights(path), LEVELS, seed=1)
    with pytest.raises(SpikeTextError):  # one in full precision has no steps
        write_arrays(path, {k: v.numpy() for k, v in tuned(manifests, "en").network.weights().items()})
        assemble.classifier(method(), "dnn", words(), 2, load_weights(path), 1, seed=1)


def test_operations_by_hand(manifests):
    """Two texts of one word and of three: 3 and 5 pieces. Attention's own products stay products."""
    batch = Texts(np.array([1, 2, 3, 4], np.int32), np.array([0, 1, 4]), np.zeros(2, np.int64), 8).batch(
        np.arange(2)
    )
    dnn = quantised(manifests, "en")
    width, inner, layers, pieces, pairs = 16, 24, SIZES["num_hidden_layers"], 8, 9 + 25
    dense = layers * pieces * (4 * width**2 + 2 * width * inner) + 2 * width * 2
    attention = layers * 2 * pairs * width

    def counted(classifier, kind="layers"):
        layout = classifier.layout(batch)
        counter, sent = Counter(classifier.wiring(layout, longest=8)), {}
        for step, _ in classifier.simulate(batch, layout):
            counter.add(step)
            for name, events in step.events.items():
                sent[name] = sent.get(name, 0) + int((events != 0).sum())
        account = counter.account()
        of = {}
        for count in getattr(account, kind):
            if not count.weights:
                of[count.operation] = of.get(count.operation, 0) + float(count.per_step.sum())
        return of, sent

    of, _ = counted(dnn)
    assert of["MAC"] == pytest.approx(dense + attention)
    ends = {"attention input": 3 * width, "attention heads": width, "text vector": 2}
    ends |= {"inner layer input": inner, "inner layer hidden": width}

    def fan_out(name):
        return ends[re.sub(r" \d+,", "", name)]

    for classifier, kind in ((dnn, "zero_skipping"), (spiking(dnn, LEVELS), "layers")):
        of, sent = counted(classifier, kind)
        expected = sum(count * fan_out(name) for name, count in sent.items())
        neurons = layers * pieces * (3 * width + inner) + 2 * width
        if kind == "layers":
            assert of["MAC"] == pytest.approx(attention)
            assert of["update"] == pytest.approx(neurons * LEVELS)
            # Besides synapses: a neuron's own move of S at every step, and the read-out's biases.
            assert of["AC"] == pytest.approx(expected + neurons * LEVELS + 2 * 2)
            # Sums stand in memories for the longest text, of 8 pieces, and each is read and written.
            layout = classifier.layout(batch)
            wiring = classifier.wiring(layout, longest=8)
            potentials = {one.source: one.potentials for one in wiring.synapses if one.operation == "AC"}
            once = sum(
                one.neurons * work.times
                for one in wiring.populations
                for work in one.work
                if one.emits == "spikes" and work.operation == "access" and work.once
            )
            # Potentials of neurons are written first, sums that spikes are added to are written and read.
            assert once == neurons + 2 * (layers * pieces * (5 * width + inner) + 2 * 2)
            assert potentials == {name: fan_out(name) * 8 for name in sent} | {"text vector": 2}
        else:
            assert of["MAC"] == pytest.approx(expected + attention)
    assert sum(sent.values()) > 0


def test_sums_of_convolutions_and_dense_layers(manifests):
    """As many as are kept of a text of 8 pieces; what two layers read is one population."""
    twin = spiking(quantised(manifests, "zh"), LEVELS)
    wiring = twin.wiring(twin.layout(texts([3]).batch(np.array([0]))), longest=8)
    kept = {}
    for one in wiring.synapses:
        kept.setdefault(one.source, []).append(one.potentials)
    names = [one.name for one in wiring.populations]
    assert len(names) == len(set(names)) and set(kept) < set(names)
    assert kept["embeddings"] == [8 * 3 * INNER]
    assert [kept[f"convolution {n} of width {width}"] for n in (1, 2) for width in (2, 3, 5)] == 6 * [
        [8 * INNER]
    ]
    assert (kept["summed features"], kept["text"], kept["denser text"]) == ([WIDTH], [7, 7], [WIDTH, WIDTH])


def test_vectors_that_it_does_not_read_cannot_be_moved(manifests):
    predictor = SimpleNamespace(classifier=quantised(manifests, "en"))
    with pytest.raises(SpikeTextError, match="no gradient by word vectors"):
        Target(predictor, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"network": {"kind": "pretrained"}, "training": {}}, "levels, such as `levels: 7`"),
        ({"training": {"start": "tuned", "objective": {"kind": "trades"}}}, "no word vectors to move"),
        ({"finetuning": {}}, "leaves no error to train away"),
        ({"conversion": {"encoder": {"kind": "rate"}}}, "lossless"),
    ],
)
def test_what_does_not_fit_is_refused(change, said):
    settings = method().model_dump(exclude_unset=True) | change
    with pytest.raises(ValueError, match=said):
        Method(**settings)
