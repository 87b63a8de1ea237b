"""Integrate-and-fire neurons with soft reset, over many steps."""

from collections.abc import Callable
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


def surrogate_derivative(before: Tensor, neuron: NeuronModel) -> Tensor:
    """ds/du at the potential before the reset, any shape."""
    x = before.sub(neuron.theta).div_(neuron.theta)
    return SURROGATES[neuron.surrogate](x, neuron.slope).div_(neuron.theta)


def start(currents: Tensor, neuron: NeuronModel) -> Tensor:
    """Potentials before the first of the steps `[T, ...]`: `[...]`."""
    return torch.full_like(currents[0], neuron.initial * neuron.theta)


def steps(currents: Tensor, potential: Tensor, neuron: NeuronModel) -> tuple[Tensor, Tensor]:
    """T steps without derivatives: u[t] = β·v[t−1] + I[t];  s[t] = 1 if u[t] > θ;  v[t] = u[t] − θ·s[t].

    Args:
        currents: I, `[T, ...]`.
        potential: v after the last reset, `[...]`; overwritten with that after step T.
        neuron: parameters.

    Returns:
        Spikes s in {0, 1} and the potentials u before the reset, `[T, ...]` each.
    """
    before, spikes = torch.empty_like(currents), torch.empty_like(currents)
    for t in range(len(currents)):
        torch.add(currents[t], potential, alpha=neuron.beta, out=before[t])
        torch.gt(before[t], neuron.theta, out=spikes[t])
        torch.sub(before[t], spikes[t], alpha=neuron.theta, out=potential)
    return spikes, before


def steps_backward(grad: Tensor, before: Tensor, neuron: NeuronModel, carried: Tensor | None) -> Tensor:
    """Gradient of the currents of `steps`.

    The reset is not differentiated: du[t+1]/du[t] = β. The gradient thus runs backwards as
    δ[t] = β·δ[t+1] + (dL/ds[t])·σ'(u[t]), and dL/dI[t] = δ[t].

    Args:
        grad: of the spikes, `[T, ...]`.
        before: potentials before the reset, `[T, ...]`.
        neuron: parameters.
        carried: δ of the step that follows, `[...]`; None after the last.
    """
    out = surrogate_derivative(before, neuron).mul_(grad)
    if carried is not None:
        out[-1].add_(carried, alpha=neuron.beta)
    for t in range(len(out) - 2, -1, -1):
        out[t].add_(out[t + 1], alpha=neuron.beta)
    return out


class _MultiStep(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, currents: Tensor, potential: Tensor, neuron: NeuronModel) -> Tensor:
        spikes, before = steps(currents, potential, neuron)
        ctx.save_for_backward(before)
        ctx.neuron = neuron  # type: ignore[attr-defined]
        return spikes

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None, None]:
        (before,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return steps_backward(grad, before, ctx.neuron, None), None, None  # type: ignore[attr-defined]


def by_turns(neurons: Callable[[Tensor], Tensor], currents: Tensor, turns: int) -> Tensor:
    """Spikes of a layer of N neurons that is advanced several times at each step, for other inputs each time.

    Args:
        neurons: the layer, from `[T, ..., N]` to `[T, ..., N]`.
        currents: `[T, ..., turns * N]`, those of the first turn in front.
        turns: how often; 1: a layer as it always is.
    """
    if turns == 1:
        return neurons(currents)
    each = currents.unflatten(-1, (turns, -1)).movedim(-2, 1).flatten(0, 1)  # [T * turns, ..., N]
    return neurons(each).unflatten(0, (-1, turns)).movedim(1, -2).flatten(-2)


def multi_step(currents: Tensor, neuron: NeuronModel, potential: Tensor | None = None) -> Tensor:
    """Spikes of a layer over T steps: `steps` with derivatives.

    Args:
        currents: `[T, ...]`.
        neuron: parameters.
        potential: before the first of them, `[...]`; overwritten with that after the last, through which no
            gradient flows. None: the initial potential.

    Returns:
        Spikes in {0, 1}, `[T, ...]`. Their gradient uses the surrogate; the reset is not
        differentiated, as in Lv et al. 2023's own implementation.
    """
    potential = start(currents, neuron) if potential is None else potential
    spikes: Tensor = _MultiStep.apply(currents.contiguous(), potential, neuron)
    return spikes
