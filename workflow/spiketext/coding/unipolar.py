"""Codes for values in [0, 1]: functions `(values [n, D], T, draws [T, n, D]) → [T, n, D]`."""

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


def latency(values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
    """Time to first spike: one spike, the earlier the larger the value (Thorpe et al. 2001).

    A value in ((T − t − 1) / T, (T − t) / T] fires at step t = 0 … T − 1; zero never fires.
    """
    first = steps - torch.ceil(values * steps)
    times = torch.arange(steps, device=values.device)[:, None, None]
    return (first == times).to(torch.uint8)


def latency_weights(steps: int) -> Tensor:
    """The middle of the values that fire at each step, times T: a spike tells its value by its time."""
    return steps - torch.arange(steps) - 0.5


def phase(values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
    """Weighted spikes (Kim et al. 2018): step t sends the binary digit 2^−(t+1) of the value.

    The value is rounded to T digits; one itself is all digits.
    """
    spikes = torch.empty(steps, *values.shape, dtype=torch.uint8, device=values.device)
    rest = values.double() + 0.5 ** (steps + 1)
    for t in range(steps):
        spikes[t] = rest >= 0.5 ** (t + 1)
        rest -= spikes[t] * 0.5 ** (t + 1)
    return spikes


def phase_weights(steps: int) -> Tensor:
    """T·2^−(t+1): what a digit weighs, so that the mean over steps is the value."""
    return steps * 0.5 ** torch.arange(1, steps + 1)


def analog(values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
    """The value itself as a current at every step: no spikes, the first layer multiplies."""
    return values.expand(steps, *values.shape)
