"""Phase coding: weighted spikes (Kim et al. 2018)."""

from typing import ClassVar

import torch
from torch import Tensor

from spiketext.inputs.encoding import base


class Encoder(base.Encoder):
    """Step t sends the binary digit 2^−(t+1) of the value."""

    each_step: ClassVar[base.Operations] = {"update": 1, "access": 2}

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """See `base.Encoder`; the value is rounded to T digits, one itself is all digits."""
        spikes = torch.empty(steps, *values.shape, dtype=torch.uint8, device=values.device)
        rest = values.double() + 0.5 ** (steps + 1)
        for t in range(steps):
            spikes[t] = rest >= 0.5 ** (t + 1)
            rest -= spikes[t] * 0.5 ** (t + 1)
        return spikes

    def step_weights(self, steps: int) -> Tensor:
        """T·2^−(t+1): what a digit weighs, so that the mean over steps is the value."""
        return steps * 0.5 ** torch.arange(1, steps + 1)
