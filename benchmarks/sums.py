"""The arithmetic: how many operations each implementation needs, and how fast this machine multiplies.

One multiplication and one addition count as two operations (FLOP). Only the products of inputs with the
convolution's kernels are counted, forward and for the gradient of the kernels (spikes need none): the
read-out is a thousandth of them, and the rest multiplies no matrices.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from spiketext.config.networks import TextCNN
from spiketext.inputs.batches import PADDING
from spiketext.networks.layers.products import times_transposed
from spiketext.networks.textcnn.layout import TextLayout

TRAINING_PASSES = 2  # forward, gradient of the kernels
PEAK_SECONDS = 0.6  # that each product is repeated


def textbook_flop(layout: TextLayout, network: TextCNN, width: int) -> float:
    """A padded batch at one step: every window of width k, of every sentence as long as the longest."""
    longest = int(layout.lengths.max())
    windows = sum(k * (longest - k + 1) for k in network.widths)
    return 2.0 * len(layout.lengths) * windows * width * network.channels


def unpadded_flop(layout: TextLayout, network: TextCNN, width: int) -> float:
    """The same without padding."""
    windows = sum(k * int((layout.lengths - k + 1).sum()) for k in network.widths)
    return 2.0 * windows * width * network.channels


def distinct_flop(layout: TextLayout, network: TextCNN, width: int) -> float:
    """Every distinct word once through every row of the kernels; sums over windows are only additions."""
    words = int((layout.words != PADDING).sum())
    return 2.0 * words * sum(network.widths) * width * network.channels


def arithmetic(layout: TextLayout, network: TextCNN, width: int, steps: int) -> dict[str, float]:
    """Operations of one pass over a batch, and what they come from."""
    return {
        "longest": float(layout.lengths.max()),
        "tokens": float(layout.lengths.sum()),
        "distinct": float((layout.words != PADDING).sum()),
        "textbook_flop": steps * textbook_flop(layout, network, width),
        "unpadded_flop": steps * unpadded_flop(layout, network, width),
        "ours_flop": steps * distinct_flop(layout, network, width),
    }


def peak(words: int, network: TextCNN, width: int) -> dict[str, float]:
    """Float32 matrix products per second (GFLOP/s): at the core's shapes, and of large square matrices.

    Args:
        words: distinct words of a batch.
        network: for the shape of the kernels.
        width: D.
    """
    rows = sum(network.widths) * network.channels
    shapes = {
        "forward": (words, width, rows),
        "gradient": (rows, words, width),
        "square": (2048, 2048, 2048),
    }
    found = {}
    for name, (m, k, n) in shapes.items():
        a, b = torch.rand(m, k), torch.rand(n, k)
        across = b.T.contiguous()
        found[f"{name} mm"] = _rate(2.0 * m * k * n, torch.mm, a, across)
        found[f"{name} times_transposed"] = _rate(2.0 * m * k * n, times_transposed, a, b)
    return found


def _rate(flop: float, product: Callable[[Tensor, Tensor], Tensor], a: Tensor, b: Tensor) -> float:
    """The fastest of many runs: what the machine can do, not what it does beside other jobs."""
    times = []
    end = time.perf_counter() + PEAK_SECONDS
    while time.perf_counter() < end or len(times) < 3:
        began = time.perf_counter()
        product(a, b)
        times.append(time.perf_counter() - began)
    return flop / float(np.min(times)) / 1e9
