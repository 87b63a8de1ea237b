"""Operations of the DNN against networks small enough to count by hand."""

import numpy as np
import pytest
import torch

from spiketext.config.methods import Method
from spiketext.energy.prices import energy_uj
from spiketext.evaluation.counter import Counter
from spiketext.networks import assemble
from tests.energy_helpers import (
    TABLE,
    WORDS,
    account_of,
    one_sentence,
    operations,
    tiny_dnn,
    traffic,
    word_table,
)


def tiny_account(ids=(1, 2, 1), values=WORDS, **network):
    """The operations of the tiny DNN on a sentence; by default (a, b, a)."""
    return account_of(tiny_dnn(values, **network), one_sentence(ids))


def test_dense_counts_by_hand():
    """Two windows × two places × D = 2 → 8 MACs; ReLU of 2; 2 additions, 1 division; 1 feature × 2 scores."""
    account = tiny_account()
    assert operations(account.layers) == {
        ("convolution", "MAC"): 8,
        ("convolution", "compare"): 2,
        ("pooling", "AC"): 2,
        ("pooling", "multiply"): 1,
        ("readout", "MAC"): 2,
    }
    # Without memory, looking up words has no price.
    assert energy_uj(account.layers, 1, 1, TABLE) == pytest.approx(
        (10 * 4.6 + 2 * 0.9 + 2 * 0.9 + 3.7) * 1e-6
    )
    assert account.padding == {"MAC": 0}


def test_biases_and_max_pooling_by_hand():
    """A bias for each of 2 windows and of 2 classes; the maximum compares and divides nothing."""
    found = operations(tiny_account(bias=True, pooling="max").layers)
    assert found["bias", "AC"] == 4
    assert found["pooling", "compare"] == 2
    assert not {("pooling", "AC"), ("pooling", "multiply")} & set(found)


def test_dense_memory_by_hand():
    """Three words of D = 2 are fetched from V·D = 100 values, and written into a sentence of L·D = 6.

    Each of 8 products reads a weight (of S·C·D = 4) and an input (of 6); 2 outputs are written and read again
    (of (L − 1)·C = 2); the mean is written and read (of K·C = 1), 2 weights (of 2) read, 2 scores written.
    """
    account = tiny_account(values=[*WORDS, *[[0, 0]] * 47])
    assert traffic(account.layers) == {
        ("embedding", 100): 6,
        ("embedding", 6): 6,
        ("convolution", 4): 8,
        ("convolution", 6): 8,
        ("convolution", 2): 2,
        ("pooling", 2): 2,
        ("pooling", 1): 1,
        ("readout", 2): 2 + 2,  # weights and scores
        ("readout", 1): 1,
    }


def test_products_with_zero_are_skipped():
    """a = (1, 0), b = (1, 1): of the places a, b and b, a there are 1 + 2 + 2 + 1 = 6 values above zero.

    All 6 values of the sentence are tested, and the 1 feature. Both windows are above zero, the mean too.
    """
    account = tiny_account()
    found = operations(account.zero_skipping)
    assert found["convolution", "MAC"] == 6
    assert found["pooling", "AC"] == 2
    assert found["readout", "MAC"] == 2
    assert found["convolution", "compare"] == 2 + 6  # ReLU, and the values
    assert found["readout", "compare"] == 1
    assert traffic(account.zero_skipping)["convolution", 4] == 6


def test_silent_activations_cost_no_products():
    """With kernels below zero ReLU silences all: no additions in the pool, no products in the read-out."""
    account = tiny_account(kernel=[[-1.0, -1.0], [-1.0, -1.0]], transform="standardised")
    found = operations(account.zero_skipping)
    assert found["convolution", "MAC"] == 6
    assert found["pooling", "AC"] == 0
    assert found["readout", "MAC"] == 0
    assert operations(account.layers)["readout", "MAC"] == 2


def test_padding_stands_apart():
    """One word in a window of two: its 2 products count, the 2 with padding stand apart."""
    account = tiny_account(ids=[1])
    assert operations(account.layers)["convolution", "MAC"] == 2
    assert operations(account.zero_skipping)["convolution", "MAC"] == 1
    assert account.padding == {"MAC": 2}
    assert traffic(account.layers)["embedding", 6] == 2 + 2  # looked up and written: one word


def test_a_quantised_network_has_narrow_products():
    """7 levels are 3 bits, 8 are 4; weights stay as wide as they were."""
    for levels, bits in ((1, 1), (7, 3), (8, 4)):
        classifier = tiny_dnn(levels=levels)
        counts = account_of(classifier, one_sentence([1, 2, 1])).layers
        assert {c.layer: c.bits for c in counts if c.operation == "MAC"} == {
            "convolution": bits,
            "readout": None,  # means are not rounded
        }
        kernels = classifier.network.kernel().numel()
        assert {c.bits for c in counts if c.operation == "access" and c.words == kernels} == {None}
        # Maps are as narrow as what is multiplied; vectors have a sign too, which a memory keeps.
        signed = {(c.layer, c.operation) for c in counts if c.bits == bits + 1}
        assert signed == {("embedding", "look-up"), ("embedding", "access"), ("convolution", "access")}
        narrow = {(c.layer, c.operation) for c in counts if c.bits == bits}
        assert narrow == {
            ("convolution", "MAC"),
            ("convolution", "access"),
            ("pooling", "access"),
        }
    assert {c.bits for c in tiny_account().layers} == {None}


def test_a_maximum_of_levels_is_a_level():
    """The read-out multiplies it as such; it is written and read in as many bits."""
    for pooling, bits in (("max", 3), ("mean", None)):
        counts = account_of(tiny_dnn(levels=7, pooling=pooling), one_sentence([1, 2, 1])).layers
        assert [c.bits for c in counts if (c.layer, c.operation) == ("readout", "MAC")] == [bits]
        written = [c for c in counts if (c.layer, c.operation) == ("pooling", "access")]
        assert bits is None or {c.bits for c in written} == {bits}


def network(widths, channels, width, classes, vocabulary):
    """A DNN whose weights and values, but for padding, are all above zero."""
    settings = Method(network={"widths": widths, "channels": channels})
    weights = {
        "kernel": torch.ones(sum(widths) * channels, width),
        "readout": torch.ones(classes, len(widths) * channels),
    }
    values = np.ones((vocabulary, width))
    values[0] = 0
    return assemble.dnn(settings, word_table(values), classes, weights)


def test_the_published_size_by_arithmetic():
    """L = 25, D = 300, 100 channels of widths 3, 4, 5: 300·100·(3·23 + 4·22 + 5·21) = 7.86 M MACs."""
    batch = one_sentence(np.arange(1, 26))
    account = account_of(network([3, 4, 5], 100, 300, 2, vocabulary=26), batch, longest=25)
    assert (
        operations(account.layers)["convolution", "MAC"]
        == 300 * 100 * (3 * 23 + 4 * 22 + 5 * 21)
        == 7_860_000
    )
    assert operations(account.zero_skipping)["convolution", "MAC"] == 7_860_000


def test_sizes_of_the_memories():
    """Widths 2 and 3, C = 4, D = 5, 3 classes, 7 words, sentences of up to 6 tokens."""
    classifier = network([2, 3], 4, 5, 3, vocabulary=7)
    layout = classifier.network.layout(one_sentence([1, 2]))

    def sizes(longest):
        wiring = classifier.wiring(layout, longest)
        (looked_up,) = wiring.populations[0].work
        values = {population.name: population.memory for population in wiring.populations}
        weights = {one.layer: one.weights for one in wiring.synapses if one.weights is not None}
        return looked_up.memory, values, weights

    vectors, values, weights = sizes(longest=6)
    assert (vectors, values["vectors"], weights["convolution"]) == (35, 30, 5 * 4 * 5)
    assert (values["convolution"], values["pooled"], weights["readout"]) == ((5 + 4) * 4, 8, 24)
    assert values["readout"] == 3
    _, values, _ = sizes(longest=1)  # padded to the widest window
    assert values["vectors"] == 3 * 5
    assert values["convolution"] == (2 + 1) * 4


def test_all_but_events_is_declared():
    """A DNN's dense operations are those of its declarations: without events nothing is skipped but zeros."""
    classifier, batch = tiny_dnn(), one_sentence([1, 2, 1])
    silent = Counter(classifier.wiring(classifier.network.layout(batch), 3)).account()
    assert operations(silent.layers) == operations(account_of(classifier, batch).layers)
    assert operations(silent.zero_skipping)["convolution", "MAC"] == 0
