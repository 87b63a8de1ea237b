"""Operations of the DNN against networks small enough to count by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spiketext.config import Network
from spiketext.energy.account import energy_uj
from spiketext.energy.dnn import dnn_account
from spiketext.energy.shape import Shape
from spiketext.training.data import Sentences
from tests.energy_helpers import TABLE, TINY, WORDS, one_sentence, operations, tiny_dnn, traffic


def tiny_account(ids=(1, 2, 1), shape=TINY, values=WORDS, **network):
    """The operations of the DNN of `TINY` on a sentence; by default (a, b, a)."""
    batch = one_sentence(ids)
    return dnn_account(batch, shape, tiny_dnn(values, **network).features(batch))


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
    found = operations(tiny_account(shape=replace(TINY, bias=True, pooling="max"), bias=True).layers)
    assert found["bias", "AC"] == 4
    assert found["pooling", "compare"] == 2
    assert not {("pooling", "AC"), ("pooling", "multiply")} & set(found)


def test_dense_memory_by_hand():
    """Three words of D = 2 are fetched from V·D = 6 values, and written into a sentence of L·D = 6.

    Each of 8 products reads a weight (of S·C·D = 4) and an input (of 6); 2 outputs are written and read again
    (of (L − 1)·C = 2); the mean is written and read (of K·C = 1), 2 weights (of 2) read, 2 scores written.
    """
    account = tiny_account(shape=replace(TINY, vocabulary=50))
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
    account = tiny_account(kernel=[[-1.0, -1.0], [-1.0, -1.0]], positive=False)
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
        shape = Shape.of(Network(widths=[2], channels=1, levels=levels), (3, 2), 2, 3)
        assert shape.bits == bits
        counts = tiny_account(shape=shape).layers
        assert {c.bits for c in counts if c.operation == "MAC"} == {bits}
        assert {c.bits for c in counts if c.operation == "access" and c.words == shape.kernels} == {None}
    assert Shape.of(Network(), (3, 2), 2, 3).bits is None


def test_the_published_size_by_arithmetic():
    """L = 25, D = 300, 100 channels of widths 3, 4, 5: 300·100·(3·23 + 4·22 + 5·21) = 7.86 M MACs."""
    sentences = Sentences(np.arange(1, 26), np.array([0, 25]), np.array([0]), 64)
    batch = sentences.batch(np.array([0]), [3, 4, 5])
    shape = Shape([3, 4, 5], 100, 300, 2, vocabulary=26, longest=25)
    features = {
        "inputs": torch.ones(1, len(batch.words), 300),
        "convolution": torch.ones(1, 66, 100),
        "pooled": torch.ones(1, 1, 300),
    }
    account = dnn_account(batch, shape, features)
    assert (
        operations(account.layers)["convolution", "MAC"]
        == 300 * 100 * (3 * 23 + 4 * 22 + 5 * 21)
        == 7_860_000
    )
    assert operations(account.zero_skipping)["convolution", "MAC"] == 7_860_000


def test_sizes_of_the_memories():
    """Widths 2 and 3, C = 4, D = 5, 3 classes, 7 words, sentences of up to 6 tokens."""
    shape = Shape([2, 3], 4, 5, 3, vocabulary=7, longest=6)
    assert (shape.vectors, shape.sentence, shape.kernels) == (35, 30, 5 * 4 * 5)
    assert (shape.maps, shape.features, shape.readout) == ((5 + 4) * 4, 8, 24)
    assert Shape.of(Network(widths=[2, 3]), (7, 5), 3, longest=1).longest == 3  # padded to the widest window
