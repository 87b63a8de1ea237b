"""ON and OFF neurons: values around zero as spikes of two populations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from spiketext.config.encodings import OnOff
from spiketext.inputs.encoding import base
from spiketext.inputs.encoding.deterministic_rate import spread


class Encoder(base.Encoder):
    """Evenly spaced spikes of the ON neurons for positive values, of the OFF neurons for negative ones."""

    polarities = 2
    once: ClassVar[base.Operations] = {"compare": 1}
    each_step: ClassVar[base.Operations] = {"AC": 1, "update": 1, "access": 2}

    def __init__(self, full_scale: float, dead_zone: float) -> None:
        """`full_scale`: size of a value that fires at every step; below `dead_zone` none does. Both in σ."""
        self.full_scale, self.dead_zone = full_scale, dead_zone

    @classmethod
    def make(cls, settings: OnOff, width: int, steps: int, weights: Mapping[str, Tensor]) -> Encoder:
        """See `base.Encoder`."""
        return cls(settings.full_scale, settings.dead_zone)

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """Standardised values `[n, D]` → `[T, n, 2 * D]`: ON, then OFF."""
        size = torch.cat([values, -values], 1)
        rates = torch.where(size < self.dead_zone, 0.0, (size / self.full_scale).clamp_max(1))
        return spread(rates, steps)
