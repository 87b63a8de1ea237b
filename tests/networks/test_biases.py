"""Biases of the TextCNN against PyTorch's own layers."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spiketext.config.inputs import WordVectors
from spiketext.config.networks import TextCNN
from spiketext.inputs.batches import Texts
from spiketext.networks.textcnn import dnn

WIDTHS, CHANNELS, WIDTH, CLASSES = [2, 3], 4, 5, 3


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_each_width_and_class_has_its_own_bias(pooling):
    """Two sentences of different lengths; every bias differs from every other."""
    torch.manual_seed(0)
    features = len(WIDTHS) * CHANNELS
    weights = {
        "kernel": torch.randn(sum(WIDTHS) * CHANNELS, WIDTH) * 0.3,
        "kernel_bias": torch.linspace(0.1, 1.5, features),
        "readout": torch.randn(CLASSES, features),
        "readout_bias": torch.tensor([-2.0, 1.0, 3.0]),
    }
    shape = TextCNN(widths=WIDTHS, channels=CHANNELS, pooling=pooling, bias=True)
    network = dnn.TextCNN(shape, WordVectors(transform="standardised"), WIDTH, CLASSES, weights).eval()
    lengths = [4, 6]
    texts = Texts(np.arange(1, 11), np.array([0, 4, 10]), np.zeros(2, np.int64), 10)
    layout = network.layout(texts.batch(np.arange(2)))
    inputs = torch.randn(1, len(layout.words), WIDTH)
    expected = []
    for sentence in inputs[0, layout.index].split(lengths):
        pooled, first = [], 0
        for place, width in enumerate(WIDTHS):
            rows = weights["kernel"][first * CHANNELS : (first + width) * CHANNELS]
            first += width
            kernel = rows.reshape(width, CHANNELS, WIDTH).permute(1, 2, 0)
            bias = weights["kernel_bias"][place * CHANNELS : (place + 1) * CHANNELS]
            hidden = F.relu(F.conv1d(sentence.T[None], kernel, bias))[0]
            pooled.append(hidden.amax(1) if pooling == "max" else hidden.mean(1))
        expected.append(F.linear(torch.cat(pooled), weights["readout"], weights["readout_bias"]))
    with torch.no_grad():
        torch.testing.assert_close(network(inputs, layout)[0], torch.stack(expected), rtol=1e-5, atol=1e-5)
