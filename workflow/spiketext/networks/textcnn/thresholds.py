"""Thresholds that are trained: a parameter θ of each layer that fires, or of each of its channels.

With I the currents and θ₀ the neuron model's threshold, a layer fires where u[t] = β·v[t−1] + I[t] > θ. In
units of θ / θ₀ that is a layer of threshold θ₀ whose currents are I · θ₀ / θ: so both backends, the C core
and NIR graphs compute it as they are. The derivative by θ is that of u[t] / θ at the spikes that were sent,
the reset by θ·s[t] included.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from spiketext.arrays import Layout
from spiketext.config.conversions import Conversion

PREFIX = "threshold."  # of their names among a network's weights


class Thresholds(nn.Module):
    """θ of each layer, `[1]` or one for each channel, in units of the currents that reach it."""

    def __init__(self, weights: Mapping[str, Tensor], least: float, unit: float) -> None:
        """Take over weights.

        Args:
            weights: a network's, those of other names among them.
            least: no threshold is below it.
            unit: θ₀ of the neuron model.
        """
        super().__init__()
        own = {name.removeprefix(PREFIX): w for name, w in weights.items() if name.startswith(PREFIX)}
        self.values = nn.ParameterDict({name: nn.Parameter(w.clone()) for name, w in own.items()})
        self.least, self.unit = least, unit

    def of(self, layer: str) -> Tensor:
        """θ of a layer; gradients reach one that is held at its least value too: it may rise again."""
        held: Tensor = _AtLeast.apply(self.values[layer], self.least)
        return held

    def factor(self, layer: str) -> Tensor | None:
        """θ₀ / θ: what a layer's currents are multiplied by; None: by nothing, its threshold is θ₀."""
        return self.unit / self.of(layer) if layer in self.values else None

    def weights(self) -> dict[str, Tensor]:
        """All of them, by the names that they are stored under."""
        return {PREFIX + name: self.of(name).detach() for name in self.values}


class _AtLeast(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor, least: float) -> Tensor:
        return values.clamp_min(least)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None


def split(
    conversion: Conversion, factors: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What balancing multiplies the currents of each layer by: in the weights, or as thresholds.

    Args:
        conversion: says whether thresholds are trained.
        factors: float64 `[1]` or one a channel, of the layers that fire.

    Returns:
        Factors to be folded into weights, all one where thresholds are trained; and these thresholds by the
        names that they are stored under, none where they are not.
    """
    if conversion.neuron.least_threshold is None:
        return dict(factors), {}
    ones = {name: torch.ones_like(factor) for name, factor in factors.items()}
    unit = conversion.neuron.theta
    return ones, {PREFIX + name: (unit / factor).float() for name, factor in factors.items()}


def layout(conversion: Conversion, channels: Mapping[str, int | str]) -> dict[str, Layout]:
    """What stored thresholds must be, by name; `channels` are those of the layers that fire."""
    if conversion.neuron.least_threshold is None:
        return {}
    return {
        PREFIX + name: Layout("float32", (size if conversion.rule.channelwise else 1,), low=0)
        for name, size in channels.items()
    }
