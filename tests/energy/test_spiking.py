"""Operations of the spiking network against networks small enough to count by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spiketext.coding.codes import DETERMINISTIC_RATE
from spiketext.energy.account import energy_uj, terms
from spiketext.energy.spiking import SpikeCounter
from spiketext.models.spiking_textcnn import StepActivity
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.evaluate import measure
from tests.energy_helpers import (
    TABLE,
    TINY,
    account_of,
    method,
    one_sentence,
    operations,
    steps_of,
    tiny_spiking,
    traffic,
)

ABA = one_sentence([1, 2, 1])


def test_spiking_counts_by_hand():
    """Word a = (1, 0), word b = (1, 1): every value fires at each step or never, so both steps see the same.

    Input: the windows are (a, b) and (b, a); a and b stand in two places of windows each. a sends one
    spike a step, b two, so the convolution adds 2·1 + 2·2 = 6 times a step.
    Convolution: (a, b) gets 0.5 + 0.5 = 1.0 a step, which is not above θ = 1 at t = 1, and 2.0 at t = 2;
    (b, a) gets 1.0 + 0.5 = 1.5, fires, keeps 0.5, gets to 2.0 and fires: 1, then 2 spikes into the pool.
    Pool: mean 0.5 × gain 2 = 1.0 at t = 1, no spike; then 1.0 + 2.0 fires: 0, then 1 spike × 2 classes.
    The code adds and updates for each of 3 words × 2 values at each step; 2 neurons, then 1 are updated at
    each step; the mean is divided at each step.
    """
    account = account_of(tiny_spiking(), ABA, TINY)
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

    Words: 6 values looked up (of 100) and written (of 6), once. The code reads 6 values (of 6) at both steps,
    reads and writes their sums (of 6), and writes 4 spikes (of 6) at each. Convolution: 8 spikes read (of 6),
    12 weights (of 4), 24 accesses to potentials (of 2) by accumulates, 2·2·2 by updates, and 3 spikes written
    (of 2). Pooling: 3 spikes read (of 2), the one gain 3 times, potentials (of 1) 6 times by accumulates and
    2·2 by updates, 1 spike written (of 1). Read-out: 1 spike read (of 1), 2 weights (of 2), 4 accesses to
    potentials (of 2).
    """
    counts = account_of(tiny_spiking(), ABA, replace(TINY, vocabulary=50)).layers
    assert traffic(counts) == {
        ("embedding", 100): 6, ("embedding", 6): 6,
        ("encoder", 6): 12 + 24 + 8,
        ("convolution", 6): 8, ("convolution", 4): 12, ("convolution", 2): 24 + 8 + 3,
        ("pooling", 2): 3, ("pooling", 1): 3 + 6 + 4 + 1,
        ("readout", 1): 1, ("readout", 2): 2 + 4,
    }  # fmt: skip
    assert steps_of(counts, "embedding", "look-up") == [6, 0]


def test_draws_of_the_rate_code():
    """One random number and one comparison a value and step, whatever fires."""
    found = operations(account_of(tiny_spiking(coding="rate"), ABA, TINY).layers)
    assert found["encoder", "draw"] == found["encoder", "compare"] == 6 * 2


def test_weighted_spikes_are_multiplied_once_a_neuron_and_step():
    """Phase code: two windows, one channel, two steps; the sum of a step's spikes gets the step's weight."""
    found = operations(account_of(tiny_spiking(coding="phase"), ABA, TINY).layers)
    assert found["convolution", "MAC"] == 2 * 2
    assert found["encoder", "update"] == 6 * 2
    assert ("convolution", "MAC") not in operations(account_of(tiny_spiking(), ABA, TINY).layers)


def test_leaks_multiply():
    """β < 1: one multiplication a neuron and step: 2 · 2 of the convolution, 2 of the pool, and divisions."""
    found = operations(account_of(tiny_spiking(neuron={"beta": 0.9}), ABA, TINY).layers)
    assert found["convolution", "multiply"] == 4
    assert found["pooling", "multiply"] == 2 + 2


def test_a_readout_that_spikes_has_neurons():
    """Two classes, two steps; the potential that only integrates has none."""
    account = account_of(tiny_spiking(readout=[[3.0], [-1.0]]), ABA, TINY)
    assert ("readout", "update") not in operations(account.layers)
    counting = tiny_spiking(readout=[[3.0], [-1.0]])
    counting.module.spike_readout = True
    account = account_of(counting, ABA, TINY)
    assert operations(account.layers)["readout", "update"] == 4
    assert account.spikes["readout"].tolist() == [0, 1]
    # Two weights and one spike written of the two neurons; 2·2 accesses by accumulates, 2·4 by updates.
    assert traffic(account.layers)["readout", 2] == 2 + 1 + 4 + 8


def test_analog_input_multiplies_once():
    """No spikes go in: products once a sentence; the current of both windows is added at every step."""
    classifier = tiny_spiking(
        [[0, 0], [0.5, 0.2], [0.3, 1]], [[0.5, 0.5], [0.5, 0.1]], coding="analog", steps=4
    )
    account = account_of(classifier, ABA, TINY)
    assert steps_of(account.layers, "convolution", "MAC") == [8, 0, 0, 0]
    assert steps_of(account.layers, "convolution", "AC") == [2, 2, 2, 2]
    assert not [count for count in account.layers if count.layer == "encoder"]
    assert "input" not in account.spikes
    # Weights once; currents and potentials: written once, read 4 times, 4 updates of 2, and spikes.
    assert traffic(account.layers)["convolution", 4] == 8
    fired = account.spikes["convolution"].sum()
    assert traffic(account.layers)["convolution", 2] == 2 + 4 * 2 + 4 * 2 * 2 + fired


def counted(inputs, batch=ABA, shape=TINY, code=None, pooled=True, fired=0.0):
    """The account of one step with these input spikes, and `fired` spikes of the convolution."""
    code = code or DETERMINISTIC_RATE
    counter = SpikeCounter(batch, shape, code, NeuronModel(), spike_readout=False)
    spikes = torch.zeros(len(batch.words), inputs.shape[1], dtype=inputs.dtype)
    spikes[: len(inputs)] = inputs
    features = torch.zeros(len(batch.lengths), shape.features)
    convolution = features.clone()
    convolution[0, 0] = fired
    scores = torch.zeros(len(batch.lengths), shape.classes)
    counter.add(spikes, StepActivity(convolution, features if pooled else None, scores))
    return counter.account()


def test_on_and_off_spikes_both_count():
    """Polarity 2: D = 2 values are 4 inputs. a = (+1, −1) sends an ON and an OFF spike, b = (0, −1) an OFF.

    a and b fill two places of windows each: 2·2 + 2·1 accumulates; a, b, a send 2 + 1 + 2 spikes. There are
    twice as many weights and lines, but not values for the code to look at.
    """
    words = sorted(set(ABA.words.tolist()))
    assert words == [0, 1, 2]  # padding, a, b
    order = ABA.words.tolist()
    on_off = {0: [0, 0, 0, 0], 1: [1, 0, 0, 1], 2: [0, 0, 0, 1]}
    inputs = torch.tensor([on_off[word] for word in order], dtype=torch.uint8)
    code = replace(DETERMINISTIC_RATE, polarities=2, each_step={"compare": 1}, once={"MAC": 1})
    account = counted(inputs, code=code)
    (first,) = [c for c in account.layers if (c.layer, c.operation) == ("convolution", "AC")]
    assert (first.per_step.tolist(), first.possible) == ([6], 2 * 2 * 4)
    assert account.spikes["input"].tolist() == [5]
    assert operations(account.layers)["encoder", "compare"] == 6
    assert operations(account.layers)["encoder", "MAC"] == 6
    memory = traffic(account.layers)
    assert memory["convolution", 8] == 6  # weights
    assert memory["convolution", 12] == memory["encoder", 12] == 5  # spikes


def test_negative_spikes_count_like_positive_ones():
    """A code that sends −1 pays for it: signs must not cancel."""
    order = ABA.words.tolist()
    signed = {0: [0, 0], 1: [1, -1], 2: [0, -1]}
    inputs = torch.tensor([signed[word] for word in order], dtype=torch.int8)
    account = counted(inputs)
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
    doubled.module.pool_gain.data *= 2
    assert doubled.neuron.theta == 2
    own, scaled = (account_of(network, ABA, TINY) for network in (tiny_spiking(), doubled))
    assert own.as_json() == scaled.as_json()


def test_padding_stands_apart():
    """A one-word sentence is padded to the widest window; what padding sends costs nothing, and is told."""
    short = one_sentence([1])
    account = account_of(tiny_spiking([[0, 0], [1, 1], [1, 1]]), short, TINY)
    assert steps_of(account.layers, "convolution", "AC") == [2, 2]
    assert operations(account.layers)["encoder", "AC"] == 2 * 2  # two values, two steps
    assert account.padding == {"AC": 0}
    # A code whose zero fires: padding stands in one place of a window and sends 2 spikes at each step.
    noisy = account_of(tiny_spiking([[1, 1], [1, 1], [1, 1]]), short, TINY)
    assert noisy.padding == {"AC": 4}
    assert noisy.spikes["input"].tolist() == [2, 2]
    assert steps_of(noisy.layers, "convolution", "AC") == [2, 2]
    analog = account_of(tiny_spiking(coding="analog"), short, TINY)
    assert analog.padding == {"MAC": 2}


def test_counts_add_up_over_batches_and_match_a_dense_recount():
    """The input layer's accumulates equal those found by convolving the spikes with kernels of ones."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 12, 300)
    ids = rng.integers(1, 3, lengths.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    sentences = Sentences(ids, offsets, np.zeros(300, dtype=np.int64), 64)
    classifier = tiny_spiking([[0, 0], [0.3, 0.9], [0.7, 0.1]], [[0.5, 0.5], [0.5, 0.1]], steps=5)
    shape = replace(TINY, longest=11)
    rows = np.arange(300)
    dnn = assemble.dnn(method(), classifier.words, 2, None)
    dense = measure(dnn, sentences, rows, shape, [1], 1).account
    spiking = measure(classifier, sentences, rows, shape, [5], 5).account
    spikes = classifier.encode(np.array([0, 1, 2])).sum(2)  # [T, 3]
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
    found = {(row["layer"], row["operation"]): row["rate"] for row in terms(spiking.layers, 5, 300, TABLE)}
    assert 0 < found["convolution", "AC"] < 1
    assert found["convolution", "update"] == 1
