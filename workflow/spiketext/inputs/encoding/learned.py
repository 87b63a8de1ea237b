"""A learned sparse encoder: ON and OFF neurons whose thresholds are trained with the network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from spiketext.arrays import Layout
from spiketext.config.encodings import Learned
from spiketext.errors import SpikeTextError
from spiketext.inputs.encoding import base
from spiketext.neurons.surrogates import SURROGATES

SLOPE = 2.0  # of the fast sigmoid that stands in for a spike's derivative; values are in units of σ


class Encoder(nn.Module, base.Encoder):
    """ON neuron d fires at step t if x_d + a(x) > on[t, d], OFF neuron d if −x_d + a(x) > off[t, d].

    x is a word's vector, and a(x) = ⟨gate, x⟩ / √D + bias the attention that it gets: one number, so that
    words that do not matter can be silent altogether. All are trained by the surrogate gradient; a spike
    budget (`objectives.spike_budget`) makes them sparse. Words without a vector (all zero) stay silent.
    """

    polarities = 2
    once: ClassVar[base.Operations] = {"MAC": 1, "AC": 2, "access": 2}  # ⟨gate, x⟩, then x + a and −x + a
    # Memory: gate, value again; then two thresholds.
    each_step: ClassVar[base.Operations] = {"compare": 2, "access": 2}

    def __init__(self, full_scale: float, on: Tensor, off: Tensor, gate: Tensor, bias: Tensor) -> None:
        """`on` and `off` `[T, D]`, `gate` `[D]`, `bias` `[1]`; all in units of σ."""
        super().__init__()
        self.full_scale = full_scale
        self.on, self.off, self.gate, self.bias = (
            nn.Parameter(tensor.clone()) for tensor in (on, off, gate, bias)
        )

    @classmethod
    def make(cls, settings: Learned, width: int, steps: int, weights: Mapping[str, Tensor]) -> Encoder:
        """See `base.Encoder`."""
        if weights:
            return cls(settings.full_scale, **weights)
        return cls.before_training(width, steps, settings.full_scale, settings.dead_zone)

    @classmethod
    def before_training(cls, width: int, steps: int, full_scale: float, dead_zone: float) -> Encoder:
        """Thresholds of `steps` evenly spaced levels, none below `dead_zone`; no gate."""
        levels = (torch.arange(steps) + 0.5) / steps * full_scale
        thresholds = levels.clamp_min(dead_zone)[:, None].expand(steps, width)
        return cls(full_scale, thresholds, thresholds, torch.zeros(width), torch.zeros(1))

    @classmethod
    def layout(cls, width: int) -> dict[str, Layout]:
        """What thresholds, gate and bias must be for vectors of `width` D."""
        shapes: dict[str, tuple[int | str, ...]] = {
            "on": ("T", width),
            "off": ("T", width),
            "gate": (width,),
            "bias": (1,),
        }
        return {name: Layout("float32", shape) for name, shape in shapes.items()}

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """Values `[n, D]` → spikes `[T, n, 2 * D]`: bytes, or floats that carry gradients.

        Raises:
            SpikeTextError: more steps than there are thresholds.
        """
        if steps > len(self.on):
            raise SpikeTextError(
                f"the learned encoder's weights have thresholds for {len(self.on)} steps, not for {steps}; "
                "delete the converted weights and run again"
            )
        attention = (values @ self.gate)[:, None] / math.sqrt(values.shape[1]) + self.bias
        both = torch.cat([values, -values], 1) + attention
        known = values.ne(0).any(1, keepdim=True)
        thresholds = torch.cat([self.on, self.off], 1)[:steps, None]  # [T, 1, 2 * D]
        spikes: Tensor = _Fire.apply(both - thresholds) * known
        return spikes if spikes.requires_grad else spikes.to(torch.uint8)

    def weights(self) -> dict[str, Tensor]:
        """Thresholds, gate and bias."""
        return dict(self.named_parameters())


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, above: Tensor) -> Tensor:
        ctx.save_for_backward(above)
        return (above > 0).to(above.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (above,) = ctx.saved_tensors
        return SURROGATES["fast-sigmoid"](above, SLOPE).mul_(grad)
