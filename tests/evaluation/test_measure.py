"""Firing rates by hand, anytime predictions, metrics."""

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.config.schedules import Finetuning
from spiketext.evaluation.measure import curve, measure
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable
from spiketext.metrics import confusion, macro_f1
from spiketext.networks import assemble
from spiketext.networks.layers.spiking_convolution import make_layer
from spiketext.networks.predict import Places, Told, predict
from spiketext.networks.textcnn.backends import fused
from spiketext.networks.textcnn.twin import CHUNK
from spiketext.tasks.classes import Classes
from tests.training_helpers import small_method, small_sentences, small_words


def test_layer_rates_of_a_network_by_hand():
    """One sentence (a, b, a) of width-2 windows: see tests/energy for the spikes of this network.

    Input: a = (1, 0), b = (1, 1) → of 3 words × 2 dimensions × 2 steps, (2 + 1 + 1)·2 = 8 of 12 fire; the
    first dimension always does. Convolution: 1 + 2 spikes of 2 windows × 2 steps. Pool: 1 of 2.
    """
    method = Method(
        network=TextCNN(widths=[2], channels=1, dropout=0.0),
        conversion={"encoder": {"kind": "deterministic-rate"}, "steps": [2]},
        finetuning=Finetuning(steps=2),
    )
    values = np.array([[0, 0], [1, 0], [1, 1]], dtype=np.float32)
    words = WordTable.of(values, ["", "a", "b"], torch.device("cpu"))
    weights = {
        "kernel": torch.tensor([[0.5, 0.5], [0.5, 0.0]]),
        "pool_gain": torch.tensor(2.0),
        "readout": torch.tensor([[1.0], [-1.0]]),
    }
    classifier = assemble.spiking(method, words, weights, 2, seed=0)
    texts = Texts(np.array([1, 2, 1]), np.array([0, 3]), np.array([0]), 64)
    run = measure(classifier, texts, np.array([0]), [2], 2)
    found = {row["name"]: row for row in run.layers}
    assert found["input"]["rate"] == pytest.approx(8 / 12)
    assert found["input"]["saturated"] == 0.5
    assert found["convolution"]["rate"] == pytest.approx(3 / 4)
    assert found["pooled"]["rate"] == pytest.approx(1 / 2)
    assert found["pooled"]["dead"] == 0
    assert "readout" not in found  # it integrates


def small_spiking(steps):
    """A spiking network with the same weights each time."""
    words = small_words()
    torch.manual_seed(0)
    weights = assemble.dnn(small_method(), words, 2, None).network.weights()
    return assemble.spiking(small_method(), words, weights | {"pool_gain": torch.tensor(3.0)}, steps, seed=3)


def test_predictions_at_fewer_steps_are_those_of_a_shorter_run():
    """Anytime read-out: the curve at T' equals a run with T'."""
    sentences, rows = small_sentences(), np.arange(60)
    anytime = predict(small_spiking(12), sentences, rows, [2, 5, 12])
    for i, steps in enumerate((2, 5, 12)):
        assert (predict(small_spiking(steps), sentences, rows, [steps])[0] == anytime[i]).all()


def test_one_pass_finds_what_separate_ones_would():
    """Predictions as `predict` makes them; rates of the first steps only; operations of all."""
    sentences, rows = small_sentences(), np.array([5, 3, 77, 0, 12])
    run = measure(small_spiking(12), sentences, rows, [2, 5, 12], detailed_steps=5)
    assert (run.predictions == predict(small_spiking(12), sentences, rows, [2, 5, 12])).all()
    short = measure(small_spiking(5), sentences, rows, [5], detailed_steps=5)
    assert run.layers == short.layers
    assert {len(count.per_step) for count in run.account.layers} == {12}
    for longer, shorter in zip(run.account.layers, short.account.layers, strict=True):
        assert (longer.per_step[:5] == shorter.per_step).all()


def test_one_pass_runs_few_steps_at_once(monkeypatch):
    """Its memory must not grow with T."""
    seen = []

    def watched(*arguments, **named):
        layer = make_layer(*arguments, **named)
        forward = layer.forward
        layer.forward = lambda inputs: seen.append(len(inputs)) or forward(inputs)
        return layer

    monkeypatch.setattr(fused, "make_layer", watched)
    measure(small_spiking(40), small_sentences(), np.arange(20), [40], detailed_steps=40)
    assert sum(seen) == 40
    assert max(seen) <= CHUNK


def test_places_of_rows():
    """In any order."""
    assert Places(np.array([9, 2, 5]))(np.array([2, 5, 9])).tolist() == [1, 2, 0]


def test_what_batches_tell_stands_in_the_order_of_rows():
    """Two steps; values stay values."""
    told = Told(np.array([9, 2, 5]))
    told.add(np.array([5, 9]), np.array([[0.5, 1.5], [2.5, 3.5]]))
    told.add(np.array([2]), np.array([[-1.0], [-2.0]]))
    assert told.all().tolist() == [[1.5, -1.0, 0.5], [3.5, -2.0, 2.5]]


def test_settling_is_that_of_all_batches():
    """More texts than are run together: each of the 160 comes to rest once, and as it does alone."""
    sentences, rows = small_sentences(), np.arange(160)
    whole = measure(small_spiking(6), sentences, rows, [6], 6).settling
    parts = [measure(small_spiking(6), sentences, some, [6], 6).settling for some in np.split(rows, [70])]
    assert whole == {
        name: [a + b for a, b in zip(*(part[name] for part in parts), strict=True)] for name in whole
    }
    assert {sum(counts) for counts in whole.values()} == {160}


def test_predictions_keep_the_order_of_rows():
    """Batches are sorted by length; the answer is not."""
    words, sentences = small_words(), small_sentences()
    torch.manual_seed(0)
    classifier = assemble.dnn(small_method(), words, 2, None)
    rows = np.array([5, 3, 77, 0, 12])
    together = predict(classifier, sentences, rows, [1])[0]
    alone = [predict(classifier, sentences, rows[i : i + 1], [1])[0, 0] for i in range(5)]
    assert together.tolist() == alone


def test_metrics_by_hand():
    """Three classes, one of them never predicted."""
    labels, predictions = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1])
    assert confusion(labels, predictions, 3) == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert macro_f1(labels, predictions, 3) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    (row,) = curve(
        {"dev": labels, "test": labels},
        {"dev": labels[None, None], "test": predictions[None, None]},
        [None],
        Classes("accuracy", 3),
    )
    f1 = macro_f1(labels, predictions, 3)
    assert f1 == pytest.approx(f1_score(labels, predictions, labels=range(3), average="macro"))
    assert row == {
        "T": None,
        "dev_accuracy": 1.0,
        "dev_macro_f1": 1.0,
        "test_accuracy": 0.5,
        "test_accuracy_draws": [0.5],
        "macro_f1": f1,
        "macro_f1_draws": [f1],
    }


def test_accuracies_are_means_over_draws():
    """Two draws at two numbers of steps: 4 and 2 of 4 right, then 1 and 3."""
    labels = np.array([0, 1, 0, 1])
    right, half, one, three = (np.where(np.arange(4) < n, labels, 1 - labels) for n in (4, 2, 1, 3))
    drawn = np.array([[right, one], [half, three]])
    rows = curve(
        {"dev": labels, "test": labels}, {"dev": drawn, "test": drawn}, [1, 2], Classes("accuracy", 2)
    )
    assert [row["test_accuracy_draws"] for row in rows] == [[1.0, 0.5], [0.25, 0.75]]
    assert [row["test_accuracy"] for row in rows] == [row["dev_accuracy"] for row in rows] == [0.75, 0.5]
    f1 = [macro_f1(labels, predictions, 2) for predictions in (right, half)]
    assert rows[0]["macro_f1"] == pytest.approx(sum(f1) / 2)


def test_the_draws_that_score_are_not_those_that_choose():
    """Ten draws, all different, none that of the training loop; an encoder without draws is run once."""
    batch = small_sentences().batch(np.arange(30))
    chosen = small_spiking(6)
    drawn = chosen.evaluated()
    assert len(drawn) == 10
    spikes = [one.read(batch).inputs for one in (chosen, *drawn)]
    assert all(not torch.equal(a, b) for i, a in enumerate(spikes) for b in spikes[:i])
    again = [one.read(batch).inputs for one in drawn]
    assert all(torch.equal(one, two) for one, two in zip(again, spikes[1:], strict=True))
    assert all(one.network is chosen.network for one in drawn)
    weights = chosen.network.weights()
    method = small_method(encoder={"kind": "deterministic-rate"})
    even = assemble.spiking(method, small_words(), weights, 6, seed=3)
    assert even.evaluated() == [even]
    dnn = assemble.dnn(small_method(), small_words(), 2, None)
    assert dnn.evaluated() == [dnn]
