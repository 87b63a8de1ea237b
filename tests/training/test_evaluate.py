"""Firing rates by hand, anytime predictions, metrics."""

import numpy as np
import pytest
import torch

from spiketext.config import Finetuning, Method, Network
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.evaluate import LayerActivity, curve, layer_activity
from spiketext.training.metrics import confusion, macro_f1, predict
from tests.training_helpers import WIDTHS, small_method, small_sentences, small_words


def test_rates_dead_and_saturated_by_hand():
    """Four neurons over ten chances each: silent, always on, half, and one spike."""
    layer = LayerActivity()
    for _ in range(2):
        layer.add(torch.tensor([0.0, 5.0, 2.5, 0.5]), torch.full((4,), 5.0))
    assert layer.summary("x") == {"name": "x", "rate": 0.4, "dead": 0.25, "saturated": 0.25, "neurons": 4}


def test_layer_rates_of_a_network_by_hand():
    """One sentence (a, b, a) of width-2 windows: see tests/energy for the spikes of this network.

    Input: a = (1, 0), b = (1, 1) → of 3 words × 2 dimensions × 2 steps, (2 + 1 + 1)·2 = 8 of 12 fire; the
    first dimension always does. Convolution: 1 + 2 spikes of 2 windows × 2 steps. Pool: 1 of 2.
    """
    method = Method(
        network=Network(widths=[2], channels=1, dropout=0.0),
        conversion={"coding": "deterministic-rate", "steps": [2]},
        finetuning=Finetuning(steps=2),
    )
    values = np.array([[0, 0], [1, 0], [1, 1]], dtype=np.float32)
    words = assemble.make_words(values, [0, 1, 2], torch.device("cpu"))
    weights = {
        "kernel": torch.tensor([[0.5, 0.5], [0.5, 0.0]]),
        "pool_gain": torch.tensor(2.0),
        "readout": torch.tensor([[1.0], [-1.0]]),
    }
    classifier = assemble.spiking(method, words, weights, 2, seed=0)
    sentences = Sentences(np.array([1, 2, 1]), np.array([0, 3]), np.array([0]), 64)
    found = {row["name"]: row for row in layer_activity(classifier, sentences, np.array([0]), [2])}
    assert found["input"]["rate"] == pytest.approx(8 / 12)
    assert found["input"]["saturated"] == 0.5
    assert found["convolution"]["rate"] == pytest.approx(3 / 4)
    assert found["pooled"]["rate"] == pytest.approx(1 / 2)
    assert found["pooled"]["dead"] == 0
    assert "readout" not in found  # it integrates


def test_predictions_at_fewer_steps_are_those_of_a_shorter_run():
    """Anytime read-out: the curve at T' equals a run with T'."""
    words, sentences = small_words(), small_sentences()
    torch.manual_seed(0)
    network = assemble.dnn(small_method(), words, 2, None).module
    weights = network.weights() | {"pool_gain": torch.tensor(3.0)}
    rows = np.arange(60)
    long = assemble.spiking(small_method(), words, weights, 12, seed=3)
    anytime = predict(long, sentences, rows, WIDTHS, [2, 5, 12])
    for i, steps in enumerate((2, 5, 12)):
        short = assemble.spiking(small_method(), words, weights, steps, seed=3)
        assert (predict(short, sentences, rows, WIDTHS, [steps])[0] == anytime[i]).all()


def test_predictions_keep_the_order_of_rows():
    """Batches are sorted by length; the answer is not."""
    words, sentences = small_words(), small_sentences()
    torch.manual_seed(0)
    classifier = assemble.dnn(small_method(), words, 2, None)
    rows = np.array([5, 3, 77, 0, 12])
    together = predict(classifier, sentences, rows, WIDTHS, [1])[0]
    alone = [predict(classifier, sentences, rows[i : i + 1], WIDTHS, [1])[0, 0] for i in range(5)]
    assert together.tolist() == alone


def test_metrics_by_hand():
    """Three classes, one of them never predicted."""
    labels, predictions = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1])
    assert confusion(labels, predictions, 3) == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert macro_f1(labels, predictions, 3) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    (row,) = curve(
        {"dev": labels, "test": labels}, {"dev": labels[None], "test": predictions[None]}, [None], 3
    )
    f1 = macro_f1(labels, predictions, 3)
    assert row == {"T": None, "dev_accuracy": 1.0, "test_accuracy": 0.5, "macro_f1": f1}
