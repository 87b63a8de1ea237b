"""Integrate-and-fire neurons with soft reset: the step, and the same over many steps at once."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from spiketext.neurons.surrogates import SURROGATES


@dataclass(frozen=True)
class NeuronModel:
    """Parameters of a layer of neurons (Lv et al. 2023, section 3.2).

    Attributes:
        beta: share of the potential that is kept a step (1: no leak).
        theta: firing threshold.
        initial: initial potential, as a share of the threshold.
        surrogate: name of the surrogate derivative.
        slope: its slope.
    """

    beta: float = 1.0
    theta: float = 1.0
    initial: float = 0.0
    surrogate: str = "fast-sigmoid"
    slope: float = 25.0


def step(current: Tensor, potential: Tensor, neuron: NeuronModel) -> tuple[Tensor, Tensor, Tensor]:
    """One step: u[t] = β·v[t−1] + I[t];  s[t] = 1 if u[t] > θ;  v[t] = u[t] − θ·s[t].

    Args:
        current: I[t], any shape.
        potential: v[t−1] after the last reset, same shape.
        neuron: parameters.

    Returns:
        Spikes s[t] in {0, 1}, the potential u[t] before the reset, and v[t] after it.
    """
    before = potential * neuron.beta + current
    spikes = (before > neuron.theta).to(current.dtype)
    return spikes, before, before - neuron.theta * spikes


def surrogate_derivative(before: Tensor, neuron: NeuronModel) -> Tensor:
    """ds/du at the potential before the reset, any shape."""
    x = before.sub(neuron.theta).div_(neuron.theta)
    return SURROGATES[neuron.surrogate](x, neuron.slope).div_(neuron.theta)


class _MultiStep(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, currents: Tensor, neuron: NeuronModel) -> Tensor:
        before = torch.empty_like(currents)
        spikes = torch.empty_like(currents)
        after = torch.full_like(currents[0], neuron.initial * neuron.theta)
        for t in range(currents.shape[0]):
            torch.add(currents[t], after, alpha=neuron.beta, out=before[t])
            torch.gt(before[t], neuron.theta, out=spikes[t])
            torch.sub(before[t], spikes[t], alpha=neuron.theta, out=after)
        ctx.save_for_backward(before)
        ctx.neuron = neuron  # type: ignore[attr-defined]
        return spikes

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None]:
        (before,) = ctx.saved_tensors  # type: ignore[attr-defined]
        neuron: NeuronModel = ctx.neuron  # type: ignore[attr-defined]
        # The reset is not differentiated: du[t+1]/du[t] = β. The gradient thus runs backwards as
        # δ[t] = β·δ[t+1] + (dL/ds[t])·σ'(u[t]), and dL/dI[t] = δ[t].
        out = surrogate_derivative(before, neuron).mul_(grad)
        for t in range(out.shape[0] - 2, -1, -1):
            out[t].add_(out[t + 1], alpha=neuron.beta)
        return out, None


def multi_step(currents: Tensor, neuron: NeuronModel) -> Tensor:
    """Spikes of a layer over all steps, the same as `step` called T times.

    Args:
        currents: `[T, ...]`.
        neuron: parameters.

    Returns:
        Spikes in {0, 1}, `[T, ...]`. Their gradient uses the surrogate; the reset is not
        differentiated, as in Lv et al. 2023's own implementation.
    """
    spikes: Tensor = _MultiStep.apply(currents.contiguous(), neuron)
    return spikes
