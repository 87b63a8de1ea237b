"""What a bias does, and what it costs."""

import torch
from torch import Tensor

from spiketext.networks.wiring import Work


def read_out(features: Tensor, readout: Tensor, bias: Tensor | None) -> Tensor:
    """Class scores `[..., classes]` of features `[..., K * C]`."""
    scores = features @ readout.T
    return scores if bias is None else scores + bias


def random_biases(widths: list[int], channels: int, width: int, classes: int) -> dict[str, Tensor]:
    """Biases of a network that is given some, from torch's global generator.

    They are uniform in ±1/√(fan in), as PyTorch's layers have them at first.

    Args:
        widths: of the convolutions, in tokens.
        channels: C of each.
        width: D of the word vectors.
        classes: of the read-out.
    """
    features = len(widths) * channels
    bounds = torch.tensor([float(k * width) for k in widths]).rsqrt().repeat_interleave(channels)
    return {
        "kernel_bias": (torch.rand(features) * 2 - 1) * bounds,
        "readout_bias": (torch.rand(classes) * 2 - 1) * features**-0.5,
    }


def with_bias_column(kernel: Tensor, bias: Tensor, widths: list[int]) -> Tensor:
    """A kernel `[S * C, D]` and a bias `[K * C]` as a kernel `[S * C, D + 1]` of inputs `with_ones`.

    Each window has one first word, so the first row of a width carries its bias.
    """
    channels = len(bias) // len(widths)
    column = [
        part
        for own, width in zip(bias.split(channels), widths, strict=True)
        for part in (own, own.new_zeros((width - 1) * channels))
    ]
    return torch.cat([kernel, torch.cat(column)[:, None]], 1)


def with_ones(inputs: Tensor) -> Tensor:
    """Inputs `[T, n, D]` with a dimension that is one at every step, `[T, n, D + 1]`."""
    return torch.cat([inputs, inputs.new_ones(*inputs.shape[:2], 1)], 2)


def bias_work(has_bias: bool, memory: int, once: bool = False) -> tuple[Work, ...]:
    """What a bias costs each neuron; `memory` values are biases; `once`: a text, not at each step."""
    if not has_bias:
        return ()
    return (
        Work("AC", once=once, layer="bias", role="bias"),
        Work("access", memory=memory, once=once, layer="bias", role="bias"),
    )
