"""No balancing: weights as the DNN has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spiketext.conversion.rules import base

if TYPE_CHECKING:
    from torch import Tensor


class Rule(base.Rule):
    """No balancing: the DNN's weights as they are, for whatever θ is (Lv et al. 2023's own code)."""

    scaled: ClassVar[bool] = False
    kind: Literal["none"] = "none"

    def threshold(self, activations: Tensor) -> Tensor:
        """One, `[C]`; see `base.Rule`."""
        return activations.new_ones(activations.shape[1])
