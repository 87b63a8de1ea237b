"""Operation counts against a network small enough to count by hand, and against independent recounts."""

import json

import numpy as np
import pytest
import torch
from spikingjelly.activation_based import op_counter

from spiketext.config import CostTable, Finetuning, Method, Network
from spiketext.energy.account import Count, energy_uj, terms
from spiketext.energy.counters import Shape, SpikeCounter, dnn_counts
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.evaluate import measure

TABLE = CostTable(mac_pj=4.6, ac_pj=0.9, citation="test")


def by_hand(values, kernel, readout, coding="deterministic-rate", steps=2):
    """Width 2 only, one sentence of three words (a, b, a), D = 2, C = 1, two classes."""
    method = Method(
        network=Network(widths=[2], channels=1, dropout=0.0),
        conversion={"coding": coding, "steps": [steps]},
        finetuning=Finetuning(steps=steps),
    )
    words = assemble.make_words(np.array(values, dtype=np.float32), [0, 1, 2], torch.device("cpu"))
    weights = {
        "kernel": torch.tensor(kernel),
        "pool_gain": torch.tensor(2.0),
        "readout": torch.tensor(readout),
    }
    classifier = assemble.spiking(method, words, weights, steps, seed=0)
    sentences = Sentences(np.array([1, 2, 1]), np.array([0, 3]), np.array([0]), 64)
    return classifier, sentences.batch(np.array([0]), [2])


def snn_counts(classifier, batch, shape):
    """Operations over all steps."""
    counter = SpikeCounter(batch, shape, classifier.code.spiking)
    for inputs, activity, _ in classifier.simulate(batch):
        counter.add(inputs, activity)
    return counter.counts()


def test_spiking_counts_by_hand():
    """Word a = (1, 0), word b = (1, 1): every value fires at each step or never, so both steps see the same.

    Input: the windows are (a, b) and (b, a); a and b stand in two places of windows each. a sends one
    spike a step, b two, so the convolution adds 2·1 + 2·2 = 6 times a step.
    Convolution: (a, b) gets 0.5 + 0.5 = 1.0 a step, which is not above θ = 1 at t = 1, and 2.0 at t = 2;
    (b, a) gets 1.0 + 0.5 = 1.5, fires, keeps 0.5, gets to 2.0 and fires: 1, then 2 spikes into the pool.
    Pool: mean 0.5 × gain 2 = 1.0 at t = 1, no spike; then 1.0 + 2.0 fires: 0, then 1 spike × 2 classes.
    """
    kernel = [[0.5, 0.5], [0.5, 0.0]]  # row 0: first place, row 1: second place
    classifier, batch = by_hand([[0, 0], [1, 0], [1, 1]], kernel, [[1.0], [-1.0]])
    shape = Shape([2], 1, 2, 2, bias=False)
    first, pooling, readout = snn_counts(classifier, batch, shape)
    assert first.per_step.tolist() == [6.0, 6.0]
    assert pooling.per_step.tolist() == [1.0, 2.0]
    assert readout.per_step.tolist() == [0.0, 2.0]
    assert energy_uj([first, pooling, readout], 2, 1, TABLE) == pytest.approx((12 + 3 + 2) * 0.9e-6)
    assert energy_uj([first, pooling, readout], 1, 1, TABLE) == pytest.approx((6 + 1) * 0.9e-6)


def test_dense_counts_by_hand():
    """Two windows × two places × D = 2 → 8 MACs; 2 additions in the pool; 1 feature × 2 classes."""
    _, batch = by_hand([[0, 0], [1, 0], [1, 1]], [[0.5, 0.5], [0.5, 0.0]], [[1.0], [-1.0]])
    counts = dnn_counts(batch, Shape([2], 1, 2, 2, bias=True))
    found = {(c.layer, c.operation): c.per_step.sum() for c in counts}
    assert found == {
        ("convolution", "MAC"): 8,
        ("pooling", "AC"): 2,
        ("readout", "MAC"): 2,
        ("bias", "AC"): 4,
    }
    assert energy_uj(counts, 1, 1, TABLE) == pytest.approx((10 * 4.6 + 6 * 0.9) * 1e-6)


def test_analog_input_multiplies_once():
    """No spikes go in: the first layer's products are MACs, done once a sentence whatever T is."""
    classifier, batch = by_hand(
        [[0, 0], [0.5, 0.2], [0.3, 1]], [[0.5, 0.5], [0.5, 0.1]], [[1.0], [-1.0]], "analog", 4
    )
    first = snn_counts(classifier, batch, Shape([2], 1, 2, 2, bias=False))[0]
    assert first.operation == "MAC"
    assert first.per_step.tolist() == [8.0, 0.0, 0.0, 0.0]


def test_padding_is_not_counted():
    """A two-word sentence is padded to the widest window: its padding costs nothing in either network."""
    classifier, _ = by_hand([[0, 0], [1, 1], [1, 1]], [[0.5, 0.5], [0.5, 0.0]], [[1.0], [-1.0]])
    short = Sentences(np.array([1]), np.array([0, 1]), np.array([0]), 64).batch(np.array([0]), [2])
    shape = Shape([2], 1, 2, 2, bias=False)
    assert dnn_counts(short, shape)[0].per_step.sum() == 2  # one word in one window, D = 2
    assert snn_counts(classifier, short, shape)[0].per_step.tolist() == [2.0, 2.0]


def test_counts_add_up_over_batches_and_match_a_dense_recount():
    """The input layer's accumulates equal those found by convolving the spikes with kernels of ones."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 12, 300)
    ids = rng.integers(1, 3, lengths.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    sentences = Sentences(ids, offsets, np.zeros(300, dtype=np.int64), 64)
    classifier, _ = by_hand(
        [[0, 0], [0.3, 0.9], [0.7, 0.1]], [[0.5, 0.5], [0.5, 0.1]], [[1.0], [-1.0]], steps=5
    )
    shape = Shape([2], 1, 2, 2, bias=False)
    rows = np.arange(300)
    dnn = assemble.dnn(Method(network=classifier.module.network), classifier.words, 2, None)
    dense = measure(dnn, sentences, rows, shape, [1], 1).counts
    spiking = measure(classifier, sentences, rows, shape, [5], 5).counts
    spikes = classifier.encode(np.array([0, 1, 2])).sum(2)  # [T, 3]
    expected = torch.zeros(5)
    macs = 0
    for start, n in zip(offsets[:-1], lengths, strict=True):
        padded = np.zeros(max(n, 2), dtype=int)
        padded[:n] = ids[start : start + n]
        train = spikes[:, padded]  # [T, L]
        expected += train.unfold(1, 2, 1).sum((1, 2))
        macs += 2 * 2 * (max(n, 2) - 1) if n > 1 else 2
    assert spiking[0].per_step.tolist() == pytest.approx(expected.tolist())
    assert dense[0].per_step.sum() == macs
    rates = {term["layer"]: term["rate"] for term in terms(spiking, 5, 300, TABLE)}
    assert 0 < rates["convolution"] < 1


def test_the_published_size_by_arithmetic():
    """L = 25, D = 300, 100 channels of widths 3, 4, 5: 300·100·(3·23 + 4·22 + 5·21) = 7.86 M MACs."""
    sentences = Sentences(np.arange(1, 26), np.array([0, 25]), np.array([0]), 64)
    batch = sentences.batch(np.array([0]), [3, 4, 5])
    counts = dnn_counts(batch, Shape([3, 4, 5], 100, 300, 2, bias=False))
    assert counts[0].per_step.sum() == 300 * 100 * (3 * 23 + 4 * 22 + 5 * 21) == 7_860_000


def test_accumulates_agree_with_the_synaptic_operations_that_spikingjelly_counts():
    """Its counter on a padded conv1d of several widths and channels, fed with the same spikes."""
    torch.manual_seed(0)
    widths, channels, width, steps = [2, 3], 4, 6, 5
    method = Method(
        network=Network(widths=widths, channels=channels),
        conversion={"coding": "deterministic-rate", "steps": [steps]},
        finetuning=Finetuning(steps=steps),
    )
    values = np.random.default_rng(0).random((9, width), dtype=np.float32)
    values[0] = 0
    words = assemble.make_words(values, list(range(9)), torch.device("cpu"))
    weights = {
        "kernel": torch.randn(sum(widths) * channels, width),
        "pool_gain": torch.tensor(2.0),
        "readout": torch.randn(3, len(widths) * channels),
    }
    classifier = assemble.spiking(method, words, weights, steps, seed=0)
    sentences = Sentences(np.array([1, 5, 8, 2, 2, 7, 3]), np.array([0, 7]), np.array([0]), 64)
    batch = sentences.batch(np.array([0]), widths)
    first, _, readout = snn_counts(classifier, batch, Shape(widths, channels, width, 3, bias=False))
    spikes = classifier.encode(batch.words)[:, batch.index].transpose(1, 2).float()  # [T, D, L]
    pooled = classifier.activity(batch)[1].pooled[:, 0]
    theirs = 0
    for k in widths:
        theirs += synops(torch.nn.Conv1d(width, channels, k, bias=False), spikes)
    assert first.per_step.sum() == theirs
    assert readout.per_step.sum() == synops(torch.nn.Linear(pooled.shape[1], 3, bias=False), pooled)
    assert readout.per_step.sum() > 0


def test_counts_survive_their_file():
    """The estimate is made of what another rule has written."""
    counts = [Count("convolution", "AC", np.array([1.0, 2**53 - 1]), 3.0)]
    read = [Count.of(values) for values in json.loads(json.dumps([count.as_json() for count in counts]))]
    assert terms(read, 2, 7, TABLE) == terms(counts, 2, 7, TABLE)


def synops(layer, spikes):
    """Synaptic operations of a layer by spikingjelly's counter."""
    counter = op_counter.SynOpCounter()
    with op_counter.DispatchCounterMode([counter]), torch.no_grad():
        layer(spikes)
    return counter.get_total()
