"""What all threshold rules have, and those that look at activations."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from spiketext.config.types import Strict

if TYPE_CHECKING:
    from torch import Tensor


class AnyRule(Strict):
    """A threshold rule.

    Attributes:
        kind: its name.
        channelwise: whether each channel has a threshold of its own, or each layer one.
        scaled: whether weights are scaled to the neurons' θ; else they are taken over as they are.
        bipolar: whether it makes bipolar neurons (`neurons.bipolar`) of a DNN with levels, whose thresholds
            are the steps between the levels; else they are those of `neurons.integrate_and_fire`.
    """

    channelwise: ClassVar[bool] = False
    scaled: ClassVar[bool] = True
    bipolar: ClassVar[bool] = False
    kind: str

    @property
    def texts(self) -> int:
        """How many training texts it looks at."""
        return 0

    def threshold(self, activations: Tensor) -> Tensor:
        """The activation that becomes a rate of one.

        Args:
            activations: `[N, C]` of a layer's channels on the calibration texts, none negative. For a rule
                that is not channelwise, the layer's positive ones as `[N, 1]`: how many neurons are silent
                must not move it.

        Returns:
            `[C]`.
        """
        raise NotImplementedError


class Rule(AnyRule):
    """A threshold rule that looks at activations."""

    calibration: int = Field(512, ge=1, description="Training texts that the rule looks at; no labels.")

    @property
    def texts(self) -> int:
        """See `AnyRule`."""
        return self.calibration
