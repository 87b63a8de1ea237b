"""Deterministic rate coding: evenly spaced spikes."""

from typing import ClassVar

import torch
from torch import Tensor

from spiketext.inputs.encoding import base


def spread(rates: Tensor, steps: int) -> Tensor:
    """Rates in [0, 1] → bytes `[T, ...]`: after t steps, round(t · rate) spikes have been sent."""
    # Step by step: the arrays of one step stay in the processor's cache.
    spikes = torch.empty(steps, *rates.shape, dtype=torch.uint8, device=rates.device)
    sent = torch.zeros(rates.shape, dtype=torch.int16, device=rates.device)
    for t in range(steps):
        due = (rates * (t + 1)).add_(0.5).floor_().to(torch.int16)
        spikes[t] = due - sent
        sent = due
    return spikes


class Encoder(base.Encoder):
    """The value, in [0, 1], is the rate of evenly spaced spikes; no random numbers."""

    # The value is added to what is due, which is compared with one spike, reduced by it and stored.
    each_step: ClassVar[base.Operations] = {"AC": 1, "update": 1, "access": 2}

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """See `base.Encoder`."""
        return spread(values, steps)
