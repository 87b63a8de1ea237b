"""Channel-wise local threshold balancing (Bu, Li, Yu 2024, arXiv 2409.03368)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from spiketext.conversion.rules import base

if TYPE_CHECKING:
    from torch import Tensor


class Rule(base.Rule):
    """Channel-wise local threshold balancing: no label, no gradient (Bu, Li, Yu 2024).

    A neuron that fires at most once a step passes on min(x, θ) of an activation x; the threshold climbs by
    twice the mean of what it cuts off, 2 · E[(x − θ)⁺], which is the step that lowers E[(x − min(x, θ))²].
    """

    channelwise: ClassVar[bool] = True
    kind: Literal["local-threshold-balancing"] = "local-threshold-balancing"
    iterations: int = Field(32, ge=1, description="Times that the thresholds climb.")

    def threshold(self, activations: Tensor) -> Tensor:
        """From θ = 0 up, `[C]`; see `base.Rule`. A channel that is silent gets 1."""
        threshold = activations.new_zeros(activations.shape[1])
        for _ in range(self.iterations):
            threshold = threshold + 2 * (activations - threshold).clamp_min(0).mean(0)
        return threshold.where(threshold > 0, 1.0)
