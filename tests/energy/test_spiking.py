"""Operations of the spiking network against networks small enough to count by hand."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from spiketext.energy.prices import energy_uj, terms
from spiketext.evaluation.counter import Counter
from spiketext.evaluation.measure import measure
from spiketext.inputs.batches import Texts
from spiketext.inputs.encoding import base, deterministic_rate
from spiketext.networks import assemble
from spiketext.networks.classifier import Classifier
from spiketext.networks.textcnn.spiking import SpikingTextCNN
from spiketext.networks.wiring import Step
from spiketext.neurons.integrate_and_fire import NeuronModel
from tests.energy_helpers import (
    LONGEST,
    TABLE,
    WORDS,
    account_of,
    method,
    one_sentence,
    operations,
    steps_of,
    tiny_spiking,
    traffic,
    word_table,
)

ABA = one_sentence([1, 2, 1])


def test_spiking_counts_by_hand():
    """Word a = (1, 0), word b = (1, 1): every value fires at each step or never, so both steps see the same.

    Input: the windows are (a, b) and (b, a); a and b stand in two places of windows each. a sends one
    spike a step, b two, so the convolution adds 2·1 + 2·2 = 6 times a step.
    Convolution: (a, b) gets 0.5 + 0.5 = 1.0 a step, which is not above θ = 1 at t = 1, and 2.0 at t = 2;
    (b, a) gets 1.0 + 0.5 = 1.5, fires, keeps 0.5, gets to 2.0 and fires: 1, then 2 spikes into the pool.
    Pool: mean 0.5 × gain 2 = 1.0 at t = 1, no spike; then 1.0 + 2.0 fires: 0, then 1 spike × 2 classes.
    The encoder adds and updates for each of 3 words × 2 values at each step; 2 neurons, then 1 are updated at
    each step; the mean is divided at each step.
    """
    account = account_of(tiny_spiking(), ABA)
    counts = account.layers
    assert steps_of(counts, "convolution", "AC") == [6, 6]
    assert steps_of(counts, "pooling", "AC") == [1, 2]
    assert steps_of(counts, "readout", "AC") == [0, 2]
    assert operations(counts) == {
        ("encoder", "AC"): 12, ("encoder", "update"): 12,
        ("convolution", "AC"): 12, ("convolution", "update"): 4,
        ("pooling", "AC"): 3, ("pooling", "multiply"): 2, ("pooling", "update"): 2,
        ("readout", "AC"): 2,
    }  # fmt: skip
    accumulates, updates = 12 + 12 + 3 + 2, 12 + 4 + 2
    assert energy_uj(counts, 2, 1, TABLE) == pytest.approx(
        (accumulates * 0.9 + updates * 1.8 + 2 * 3.7) * 1e-6
    )
    assert energy_uj(counts, 1, 1, TABLE) == pytest.approx(((6 + 6 + 1) * 0.9 + 9 * 1.8 + 3.7) * 1e-6)
    assert {name: sent.tolist() for name, sent in account.spikes.items()} == {
        "input": [4, 4],  # a, b, a: 1 + 2 + 1
        "convolution": [1, 2],
        "pooled": [0, 1],
    }
    assert account.padding == {"AC": 0}


def test_spiking_memory_by_hand():
    """The network above; memories for L = 3 tokens, V = 50 words.

    Words: 6 values looked up (of 100) and written (of 6), once. The encoder reads 6 values (of 6) at both
    steps, reads and writes their sums (of 6), and writes 4 spikes (of 6) at each. Convolution: 8 spikes read
    (of 6), 12 weights (of 4), 24 accesses to potentials (of 2) by accumulates, 2·2·2 by updates, and 3 spikes
    written (of 2). Pooling: 3 spikes read (of 2), the one gain 3 times, potentials (of 1) 6 times by
    accumulates and 2·2 by updates, 1 spike written (of 1). Read-out: 1 spike read (of 1), 2 weights (of 2),
    4 accesses to potentials (of 2).
    """
    counts = account_of(tiny_spiking([*WORDS, *[[0, 0]] * 47]), ABA).layers
    assert traffic(counts) == {
        ("embedding", 100): 6, ("embedding", 6): 6,
        ("encoder", 6): 12 + 24 + 8,
        ("convolution", 6): 8, ("convolution", 4): 12, ("convolution", 2): 24 + 8 + 3,
        ("pooling", 2): 3, ("pooling", 1): 3 + 6 + 4 + 1,
        ("readout", 1): 1, ("readout", 2): 2 + 4,
    }  # fmt: skip
    assert steps_of(counts, "embedding", "look-up") == [6, 0]


def test_draws_of_rate_coding():
    """One random number and one comparison a value and step, whatever fires."""
    found = operations(account_of(tiny_spiking(encoder={"kind": "rate"}), ABA).layers)
    assert found["encoder", "draw"] == found["encoder", "compare"] == 6 * 2


def test_weighted_spikes_are_multiplied_once_a_neuron_and_step():
    """Phase coding: two windows, one channel, two steps; the sum of a step's spikes gets its weight."""
    found = operations(account_of(tiny_spiking(encoder={"kind": "phase"}), ABA).layers)
    assert found["convolution", "MAC"] == 2 * 2
    assert found["encoder", "update"] == 6 * 2
    assert ("convolution", "MAC") not in operations(account_of(tiny_spiking(), ABA).layers)


def test_leaks_multiply():
    """β < 1: one multiplication a neuron and step: 2 · 2 of the convolution, 2 of the pool, and divisions."""
    found = operations(account_of(tiny_spiking(neuron={"beta": 0.9}), ABA).layers)
    assert found["convolution", "multiply"] == 4
    assert found["pooling", "multiply"] == 2 + 2


def test_a_readout_that_spikes_has_neurons():
    """Two classes, two steps; the potential that only integrates has none."""
    account = account_of(tiny_spiking(readout=[[3.0], [-1.0]]), ABA)
    assert ("readout", "update") not in operations(account.layers)
    counting = tiny_spiking(readout=[[3.0], [-1.0]])
    counting.network.spike_readout = True
    account = account_of(counting, ABA)
    assert operations(account.layers)["readout", "update"] == 4
    assert account.spikes["readout"].tolist() == [0, 1]
    # Two weights and one spike written of the two neurons; 2·2 accesses by accumulates, 2·4 by updates.
    assert traffic(account.layers)["readout", 2] == 2 + 1 + 4 + 8


def test_analog_input_multiplies_once():
    """No spikes go in: products once a sentence; the current of both windows is added at every step."""
    classifier = tiny_spiking(
        [[0, 0], [0.5, 0.2], [0.3, 1]], [[0.5, 0.5], [0.5, 0.1]], encoder={"kind": "analog"}, steps=4
    )
    account = account_of(classifier, ABA)
    assert steps_of(account.layers, "convolution", "MAC") == [8, 0, 0, 0]
    assert steps_of(account.layers, "convolution", "AC") == [2, 2, 2, 2]
    assert not [count for count in account.layers if count.layer == "encoder"]
    assert "input" not in account.spikes
    # Weights once; currents and potentials: written once, read 4 times, 4 updates of 2, and spikes.
    assert traffic(account.layers)["convolution", 4] == 8
    fired = account.spikes["convolution"].sum()
    assert traffic(account.layers)["convolution", 2] == 2 + 4 * 2 + 4 * 2 * 2 + fired


def counted(inputs, encoder=None, pooled=True, fired=0.0):
    """The account of one step of (a, b, a) with these input spikes, and `fired` spikes of the convolution."""
    encoder, settings = encoder or deterministic_rate.Encoder(), method(pooled_neurons=pooled)
    weights = {
        "kernel": torch.ones(2, inputs.shape[1]),
        "pool_gain": torch.tensor(1.0),
        "readout": torch.ones(2, 1),
    }
    network = SpikingTextCNN(
        settings.network, settings.inputs, settings.conversion, weights, encoder, NeuronModel()
    )
    classifier = Classifier(network, word_table(WORDS))
    layout = network.layout(ABA)
    spikes = torch.zeros(len(layout.words), inputs.shape[1], dtype=inputs.dtype)
    spikes[: len(inputs)] = inputs
    events = {"input": spikes, "convolution": torch.tensor([[fired]])}
    if pooled:
        events["pooled"] = torch.zeros(1, 1)
    counter = Counter(classifier.wiring(layout, LONGEST))
    counter.add(Step(torch.zeros(1, 2), events))
    return counter.account()


class Compared(base.Encoder):
    """ON and OFF neurons that compare at each step what was multiplied once."""

    polarities = 2
    each_step: ClassVar[base.Operations] = {"compare": 1}
    once: ClassVar[base.Operations] = {"MAC": 1}


def test_on_and_off_spikes_both_count():
    """Polarity 2: D = 2 values are 4 inputs. a = (+1, −1) sends an ON and an OFF spike, b = (0, −1) an OFF.

    a and b fill two places of windows each: 2·2 + 2·1 accumulates; a, b, a send 2 + 1 + 2 spikes. There are
    twice as many weights and lines, but not values for the encoder to look at.
    """
    words = tiny_spiking().network.layout(ABA).words.tolist()
    assert sorted(set(words)) == [0, 1, 2]  # padding, a, b
    on_off = {0: [0, 0, 0, 0], 1: [1, 0, 0, 1], 2: [0, 0, 0, 1]}
    account = counted(torch.tensor([on_off[word] for word in words], dtype=torch.uint8), Compared())
    (first,) = [c for c in account.layers if (c.layer, c.operation) == ("convolution", "AC")]
    assert (first.per_step.tolist(), first.possible) == ([6], 2 * 2 * 4)
    assert account.spikes["input"].tolist() == [5]
    assert operations(account.layers)["encoder", "compare"] == 6
    assert operations(account.layers)["encoder", "MAC"] == 6
    memory = traffic(account.layers)
    assert memory["convolution", 8] == 6  # weights
    assert memory["convolution", 12] == memory["encoder", 12] == 5  # spikes


def test_negative_spikes_count_like_positive_ones():
    """An encoder that sends −1 pays for it: signs must not cancel."""
    words = tiny_spiking().network.layout(ABA).words.tolist()
    signed = {0: [0, 0], 1: [1, -1], 2: [0, -1]}
    account = counted(torch.tensor([signed[word] for word in words], dtype=torch.int8))
    assert steps_of(account.layers, "convolution", "AC") == [6]
    assert account.spikes["input"].tolist() == [5]


def test_a_network_without_neurons_after_pooling():
    """Each spike reaches both classes; the one width's sums are divided and added up at every step."""
    account = counted(torch.ones(3, 2, dtype=torch.uint8), pooled=False, fired=2.0)
    found = operations(account.layers)
    assert found["readout", "AC"] == 2 * 2
    assert found["pooling", "multiply"] == found["pooling", "AC"] == 2
    assert ("pooling", "update") not in found
    assert "pooled" not in account.spikes
    # Spikes from the 2 neurons, weights of 2, sums of 2: 2 + 4 + 8 accesses, and 4 + 4 to divide.
    assert traffic(account.layers)["readout", 2] == 2 + 4 + 8
    assert traffic(account.layers)["pooling", 2] == 4 + 4


def test_thresholds_are_folded():
    """Whatever θ is, a spike is one accumulate a synapse: the network scaled with θ does the same."""
    doubled = tiny_spiking(kernel=[[1.0, 1.0], [1.0, 0.0]], neuron={"theta": 2.0})
    doubled.network.pool_gain.data *= 2
    assert doubled.network.neuron.theta == 2
    own, scaled = (account_of(network, ABA) for network in (tiny_spiking(), doubled))
    assert own.as_json() == scaled.as_json()


def test_padding_stands_apart():
    """A one-word sentence is padded to the widest window; what padding sends costs nothing, and is told."""
    short = one_sentence([1])
    account = account_of(tiny_spiking([[0, 0], [1, 1], [1, 1]]), short)
    assert steps_of(account.layers, "convolution", "AC") == [2, 2]
    assert operations(account.layers)["encoder", "AC"] == 2 * 2  # two values, two steps
    assert account.padding == {"AC": 0}
    # An encoder whose zero fires: padding stands in one place of a window and sends 2 spikes at each step.
    noisy = account_of(tiny_spiking([[1, 1], [1, 1], [1, 1]]), short)
    assert noisy.padding == {"AC": 4}
    assert noisy.spikes["input"].tolist() == [2, 2]
    assert steps_of(noisy.layers, "convolution", "AC") == [2, 2]
    analog = account_of(tiny_spiking(encoder={"kind": "analog"}), short)
    assert analog.padding == {"MAC": 2}


def test_counts_add_up_over_batches_and_match_a_dense_recount():
    """The input layer's accumulates equal those found by convolving the spikes with kernels of ones."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 12, 300)
    ids = rng.integers(1, 3, lengths.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    texts = Texts(ids, offsets, np.zeros(300, dtype=np.int64), 64)
    classifier = tiny_spiking([[0, 0], [0.3, 0.9], [0.7, 0.1]], [[0.5, 0.5], [0.5, 0.1]], steps=5)
    rows = np.arange(300)
    dnn = assemble.dnn(method(), classifier.words, 2, None)
    dense = measure(dnn, texts, rows, [1], 1).account
    spiking = measure(classifier, texts, rows, [5], 5).account
    spikes = classifier.network.encoder.encode(classifier.words.values, 5).sum(2)  # [T, 3]
    expected = torch.zeros(5)
    macs = padded_macs = 0
    for start, n in zip(offsets[:-1], lengths, strict=True):
        padded = np.zeros(max(n, 2), dtype=int)
        padded[:n] = ids[start : start + n]
        train = spikes[:, padded]  # [T, L]
        expected += train.unfold(1, 2, 1).sum((1, 2))
        macs += 2 * 2 * (max(n, 2) - 1) if n > 1 else 2
        padded_macs += 2 if n == 1 else 0
    assert steps_of(spiking.layers, "convolution", "AC") == pytest.approx(expected.tolist())
    assert operations(dense.layers)["convolution", "MAC"] == macs
    assert dense.padding == {"MAC": padded_macs}
    assert spiking.spikes["input"].sum() == spikes[:, ids].sum()
    found = {(row["layer"], row["operation"]): row for row in terms(spiking.layers, 5, 300, TABLE)}
    assert 0 < found["convolution", "AC"]["rate"] < 1
    assert found["convolution", "AC"]["by_value"] == pytest.approx(float(expected.sum()) / macs)
    assert found["pooling", "AC"]["rate"] > 0 and found["pooling", "AC"]["by_value"] is None
    assert found["convolution", "update"]["rate"] is None
    (own,) = (row for row in terms(dense.layers, 1, 300, TABLE) if row["by_value"] is not None)
    assert (own["layer"], own["operation"], own["by_value"]) == ("convolution", "MAC", 1)
