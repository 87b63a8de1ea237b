"""A high percentile of a layer's activations (Rueckauer et al. 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from spiketext.conversion.rules import base

if TYPE_CHECKING:
    from torch import Tensor


class Rule(base.Rule):
    """A percentile of each layer's positive activations (Rueckauer et al. 2017)."""

    kind: Literal["percentile"] = "percentile"
    percentile: float = Field(99.9, gt=0, le=100, description="Of the positive activations.")
    scale: float = Field(
        1.0, gt=0, description="Times the percentile; Özdenizci and Legenstein 2024 take 0.3 of the 99.7th."
    )

    def threshold(self, activations: Tensor) -> Tensor:
        """The percentile times the scale, `[C]`; see `base.Rule`."""
        found = np.percentile(activations.numpy(), self.percentile, axis=0)
        return activations.double().new_tensor(found) * self.scale
