"""Pretrained encoders: their arithmetic against transformers, what is stored and counted, a kill."""

import numpy as np
import pytest
import torch

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.methods import Method
from spiketext.config.schedules import Training
from spiketext.errors import SpikeTextError
from spiketext.evaluation.counter import Counter
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.networks import assemble
from spiketext.networks.pretrained.models.minilm import Model
from spiketext.networks.weights import load_weights
from spiketext.objectives.base import make_objective
from spiketext.tasks.classes import Classes
from spiketext.training import checkpoint
from spiketext.training.loop import Split, fit
from tests.pretrained_helpers import INNER, SIZES, WIDTH, write_minilm, write_use

WORDS = ["good", "bad", "film", "a", "is", "plot"]
METHOD = Method(network={"kind": "pretrained", "dropout": 0.2})


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return write_minilm(tmp_path_factory.mktemp("resources"), WORDS)


def words():
    return WordTable.of(np.zeros((len(WORDS) + 1, 3), np.float32), ["", *WORDS], torch.device("cpu"))


def texts(count=120, seed=0):
    """The first or the second word tells the class."""
    rng = np.random.default_rng(seed)
    labels, lengths = rng.integers(0, 2, count), rng.integers(1, 9, count)
    ids = [
        np.concatenate([[label + 1], rng.integers(3, 7, n - 1)])
        for label, n in zip(labels, lengths, strict=True)
    ]
    return Texts(
        np.concatenate(ids).astype(np.int32), np.concatenate([[0], np.cumsum(lengths)]), labels, max_length=8
    )


def started(manifest, seed=1):
    torch.manual_seed(seed)
    return assemble.pretrained(METHOD, "en", [manifest], words(), 2)


def test_the_encoder_computes_what_transformers_does(manifest):
    """Texts of several lengths side by side, an unknown word among them; padding changes nothing."""
    from transformers import BertConfig, BertModel

    theirs = BertModel(BertConfig(vocab_size=5 + len(WORDS), **SIZES)).eval()
    from safetensors.torch import load_file

    theirs.load_state_dict(load_file(manifest.parent / "model.safetensors"))
    ours = Model(Model.fetched([manifest]), dropout=0.1).eval()
    ids = ours.pieces(["good film", "a bad plot is strange", "films"])
    assert ids == [[2, 5, 7, 3], [2, 8, 6, 10, 9, 1, 3], [2, 7, 4, 3]]
    lengths = torch.tensor([len(one) for one in ids])
    padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(one) for one in ids], batch_first=True)
    with torch.no_grad():
        found = ours(padded, lengths)
        for one, vector in zip(ids, found, strict=True):
            expected = theirs(torch.tensor([one])).last_hidden_state[0].mean(0)
            assert torch.allclose(vector, expected, atol=1e-5)
            alone = ours(torch.tensor([one]), torch.tensor([len(one)]))[0]
            assert torch.allclose(vector, alone, atol=1e-5)


def test_a_text_longer_than_the_encoder_reads_is_cut(manifest):
    ours = Model(Model.fetched([manifest]), dropout=0.0)
    (ids,) = ours.pieces(["good " * 100])
    assert len(ids) == SIZES["max_position_embeddings"] and ids[-1] == 3


def test_stored_weights_are_all_that_the_classifier_needs(manifest, tmp_path):
    classifier, batch = started(manifest), texts().batch(np.arange(20))
    path = tmp_path / "tuned.safetensors"
    write_arrays(path, {name: one.numpy() for name, one in classifier.network.weights().items()})
    again = assemble.classifier(METHOD, "tuned", words(), 2, load_weights(path), 1, seed=1)
    assert torch.equal(again.scores(batch), classifier.scores(batch))
    assert torch.equal(again.last_scores(batch), classifier.scores(batch)[-1])
    arrays = read_arrays(path)
    for change, said in (
        ({"pretrained": np.frombuffer(b"nobody", np.uint8)}, "no encoder 'nobody'"),
        ({"readout.bias": np.zeros(3, np.float32)}, "readout.bias has the shape"),
        ({"model.heads": np.zeros(1, np.int64)}, "heads holds values beyond"),
    ):
        write_arrays(path, {**arrays, **change})
        with pytest.raises(SpikeTextError, match=said):
            assemble.classifier(METHOD, "tuned", words(), 2, load_weights(path), 1, seed=1)


def test_products_by_hand(manifest):
    """Two texts of one word and of three: with their ends 3 and 5 word pieces."""
    classifier = started(manifest)
    batch = Texts(np.array([1, 2, 3, 4], np.int32), np.array([0, 1, 4]), np.zeros(2, np.int64), 8).batch(
        np.arange(2)
    )
    layout = classifier.layout(batch)
    assert layout.lengths.tolist() == [3, 5]
    counter = Counter(classifier.wiring(layout, longest=8))
    for step, _ in classifier.simulate(batch, layout):
        counter.add(step)
    counts = counter.account().layers
    width, inner, layers = 16, 24, 2
    pieces, pairs = 8, 9 + 25
    dense = layers * pieces * (4 * width**2 + 2 * width * inner)
    attention = layers * 2 * pairs * width
    readout = 2 * width * 2
    products = sum(count.per_step.sum() for count in counts if count.operation == "MAC")
    assert products == pytest.approx(dense + attention + readout)
    assert sum(count.per_step.sum() for count in counts if count.operation == "look-up") == pieces * width


def test_each_language_has_its_encoder(tmp_path):
    """The table of word pieces is the same after a step; the convolutions and the read-out are not."""
    names = ["", "房间", "很", "大", "吵闹", "good"]
    table = WordTable.of(np.zeros((6, 3), np.float32), names, torch.device("cpu"))
    manifest = write_use(tmp_path, ["房间很大", "房间吵闹", "a good room"])
    classifier = assemble.pretrained(METHOD, "zh", [manifest], table, 3)
    ids = np.array([1, 2, 3, 1, 4, 5], np.int32)
    batch = Texts(ids, np.array([0, 3, 6]), np.array([0, 2]), 8).batch(np.arange(2))
    layout, model = classifier.layout(batch), classifier.network.model
    assert layout.ids.tolist()[0] == model.pieces(["房间很大"])[0] + [0] * int(
        layout.lengths[1] - layout.lengths[0]
    )
    before = {name: one.clone() for name, one in classifier.network.weights().items()}
    make_objective(Training().objective).loss(classifier, batch, torch.Generator()).backward()
    torch.optim.AdamW(classifier.network.parameters(), lr=0.01).step()
    after = classifier.network.weights()
    moved = {name for name, one in after.items() if not torch.equal(one, before[name])}
    assert {"model.w1_2", "model.cnn_W", "readout.weight"} <= moved
    assert not moved & {
        "model.table",
        "model.scale",
        "model.lo",
        "model.eps",
        "model.tokenizer",
        "pretrained",
    }
    again = assemble.classifier(METHOD, "tuned", table, 3, after, 1, seed=1)
    assert torch.equal(again.scores(batch), classifier.scores(batch))
    counter = Counter(classifier.wiring(layout, longest=8))
    counter.add(next(iter(classifier.simulate(batch, layout)))[0])
    pieces, texts = int(layout.lengths.sum()), 2
    convolved = pieces * (WIDTH * 3 * INNER + 2 * (2 + 3 + 5) * INNER**2)
    dense = texts * (
        (WIDTH + 3 * INNER) * WIDTH + 2 * WIDTH * 7 + 7 * 7 + 2 * 7 * WIDTH + WIDTH**2 + WIDTH * 3
    )
    done = sum(one.per_step.sum() for one in counter.account().layers if one.operation == "MAC")
    assert done == pytest.approx(convolved + dense)


def test_a_killed_fine_tuning_goes_on_where_it_was(manifest, tmp_path, monkeypatch):
    """And it learns: the class is told by one word."""
    split = Split(np.arange(80), np.arange(80, 120))

    def trained(path):
        settings = Training(epochs=6, batch_size=16, learning_rate=0.01)
        return fit(
            started(manifest), texts(), split, make_objective(settings.objective), settings,
            Classes("accuracy", 2), 7, path, "own", keep_start=False,
        )  # fmt: skip

    whole = trained(tmp_path / "whole")
    assert whole.dev["dev_accuracy"] > 0.95
    save, killed = checkpoint.save, []

    def kill(path, state, fingerprint):
        save(path, state, fingerprint)
        if state.epoch == 2:
            killed.append(state.epoch)
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", kill)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "part")
    monkeypatch.setattr(checkpoint, "save", save)
    rest = trained(tmp_path / "part")
    assert killed == [2] and rest.history == whole.history
    assert all(torch.equal(rest.weights[name], one) for name, one in whole.weights.items())
    assert whole.report()["parameters"] == sum(
        one.numel() for name, one in whole.weights.items() if one.is_floating_point()
    )


def test_a_damaged_resource_is_one_line(manifest, tmp_path):
    with pytest.raises(SpikeTextError, match="minilm is not among"):
        assemble.pretrained(METHOD, "en", [], words(), 2)
