"""Spike codes: how values in [0, 1] become the input of a spiking network over T steps.

A code is a function `(values [n, D], steps, draws [T, n, D] or None) → [T, n, D]`: spikes as bytes,
currents as floats. New codes go into `CODES`; nothing else in the package asks for a code's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from spiketext.coding.draws import BITS


def rate(values: Tensor, steps: int, draws: Tensor | None) -> Tensor:
    """Bernoulli draws: the value is the probability of a spike at every step (Lv et al. 2023, section 3.1).

    The probability is rounded to a multiple of 2⁻¹⁵. Zero never fires, one always does.
    """
    if draws is None:
        raise ValueError("the rate code needs random numbers")
    highest = (values * 2**BITS).round_().sub_(1).to(torch.int16)  # the largest draw that fires
    return (draws <= highest).view(torch.uint8)


def deterministic_rate(values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
    """Evenly spaced spikes: after t steps, round(t·value) spikes have been sent, no random numbers."""
    # Step by step: the arrays of one step stay in the processor's cache.
    spikes = torch.empty(steps, *values.shape, dtype=torch.uint8, device=values.device)
    sent = torch.zeros(values.shape, dtype=torch.int16, device=values.device)
    for t in range(steps):
        due = (values * (t + 1)).add_(0.5).floor_().to(torch.int16)
        spikes[t] = due - sent
        sent = due
    return spikes


def analog(values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
    """The value itself as a current at every step: no spikes, the first layer multiplies."""
    return values.expand(steps, *values.shape)


@dataclass(frozen=True)
class Code:
    """A spike code and what energy accounting and evaluation must know of it.

    Attributes:
        encode: the function.
        stochastic: whether it needs random numbers (`coding.draws`).
        spiking: whether its output is spikes in {0, 1} (else the first layer multiplies).
        operations: what the encoder does for one value at one step, by operation (`energy.account.PRICES`).
        polarities: input neurons a value; D values make `polarities` · D inputs.
    """

    encode: Callable[[Tensor, int, Tensor | None], Tensor]
    stochastic: bool
    spiking: bool
    operations: Mapping[str, float] = field(default_factory=dict)
    polarities: int = 1


CODES = {
    "rate": Code(rate, stochastic=True, spiking=True, operations={"draw": 1, "compare": 1}),
    # The value is added to what is due, which is compared with one spike and reduced by it.
    "deterministic-rate": Code(
        deterministic_rate, stochastic=False, spiking=True, operations={"AC": 1, "update": 1}
    ),
    "analog": Code(analog, stochastic=False, spiking=False),
}
