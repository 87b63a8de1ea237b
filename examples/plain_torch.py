"""A spiking classifier in plain PyTorch: the state is a tensor, the surrogate gradient a few lines.

Every word excites its own neurons, so that all words of a text are read at once; a convolution over two
neighbours looks at pairs of words.
"""

import torch
from torch import nn


class Spike(torch.autograd.Function):
    """1 above zero, else 0; backwards the derivative of a fast sigmoid."""

    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u > 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        (u,) = ctx.saved_tensors
        return grad / (1 + 5 * u.abs()) ** 2


class Fire(nn.Module):
    """A module, so that its outputs can be counted."""

    def forward(self, u: torch.Tensor) -> torch.Tensor:
        return Spike.apply(u)


class Network(nn.Module):
    """Pairs of words → integrate-and-fire neurons → mean over the text → read-out."""

    populations = {"pairs": "fire"}
    synapses = [("input", "look"), ("pairs", "readout")]

    def __init__(self, width: int, classes: int, neurons: int = 64) -> None:
        super().__init__()
        self.look = nn.Conv1d(width, neurons, kernel_size=2, padding=1)
        self.fire = Fire()
        self.readout = nn.Linear(neurons, classes, bias=False)
        self.potential: torch.Tensor | None = None

    def reset(self) -> None:
        """Before each batch."""
        self.potential = None

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """One step: the input's spikes `[B, L, D]` and the texts' lengths `[B]` → scores `[B, classes]`."""
        currents = self.look(x.transpose(1, 2)).transpose(1, 2)  # [B, L + 1, neurons]
        inside = torch.arange(currents.shape[1], device=x.device) <= lengths[:, None]
        potential = currents if self.potential is None else self.potential + currents
        spikes = self.fire((potential - 1) * inside[..., None])
        self.potential = potential - spikes.detach()
        return self.readout(spikes).sum(1) / lengths[:, None]
