"""Latency coding: time to first spike (Thorpe et al. 2001)."""

from typing import ClassVar

import torch
from torch import Tensor

from spiketext.inputs.encoding import base


class Encoder(base.Encoder):
    """One spike a value, the earlier the larger the value."""

    once: ClassVar[base.Operations] = {"multiply": 1}
    each_step: ClassVar[base.Operations] = {"compare": 1}

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """See `base.Encoder`.

        A value in ((T − t − 1) / T, (T − t) / T] fires at step t = 0 … T − 1; zero never fires.
        """
        first = steps - torch.ceil(values * steps)
        times = torch.arange(steps, device=values.device)[:, None, None]
        return (first == times).to(torch.uint8)

    def step_weights(self, steps: int) -> Tensor:
        """The middle of the values that fire at each step, times T: a spike tells its value by its time."""
        return steps - torch.arange(steps) - 0.5
