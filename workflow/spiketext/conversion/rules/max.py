"""The largest activation of a layer (Diehl et al. 2015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spiketext.conversion.rules import base

if TYPE_CHECKING:
    from torch import Tensor


class Rule(base.Rule):
    """The largest activation of each layer (Diehl et al. 2015)."""

    kind: Literal["max"] = "max"

    def threshold(self, activations: Tensor) -> Tensor:
        """The maximum, `[C]`; see `base.Rule`."""
        return activations.amax(0)
