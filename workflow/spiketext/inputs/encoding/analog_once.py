"""The analog value as one current (s-analog): no spikes."""

import torch
from torch import Tensor

from spiketext.inputs.encoding import base


class Encoder(base.Encoder):
    """The value itself as a current at the first step, none later; the first layer multiplies once.

    An integrate-and-fire neuron keeps the charge and sends it off in spikes (Su et al. 2024).
    """

    spiking = False

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """Values `[n, D]` → `[T, n, D]`."""
        return torch.cat([values[None], values.new_zeros(steps - 1, *values.shape)])
