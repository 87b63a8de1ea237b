"""Biases of the TextCNN against PyTorch's own layers."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spiketext.config import Network
from spiketext.models.textcnn import TextCNN
from spiketext.models.windows import make_windows

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
    network = Network(widths=WIDTHS, channels=CHANNELS, pooling=pooling, bias=True, positive=False)
    module = TextCNN(network, WIDTH, CLASSES, weights).eval()
    lengths = [4, 6]
    windows = make_windows(np.arange(10), np.array(lengths), WIDTHS, 10)
    inputs = torch.randn(1, 10, WIDTH)
    expected = []
    for sentence in inputs[0].split(lengths):
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
        torch.testing.assert_close(module(inputs, windows)[0], torch.stack(expected), rtol=1e-5, atol=1e-5)
