"""Integrate-and-fire neurons as modules of spikingjelly's."""

from typing import Any

import torch
from spikingjelly.activation_based import neuron, surrogate
from torch import Tensor

from spiketext.neurons.integrate_and_fire import NeuronModel


class FastSigmoid(surrogate.SuperSpike):
    """1 / (1 + slope·|x|)² of spikingjelly's α / (1 + |x|)²: that of slope·x, with α = 1/slope."""

    def __init__(self, slope: float) -> None:
        """`slope` as of `neurons.surrogates.fast_sigmoid`."""
        super().__init__(alpha=1 / slope)
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        """1 where x ≥ 0, else 0."""
        return super().forward(self.slope * x)


SURROGATES = {
    "fast-sigmoid": FastSigmoid,
    "atan": surrogate.ATan,
    "sigmoid": surrogate.Sigmoid,
    "piecewise-quadratic": surrogate.PiecewiseQuadratic,
    "rectangle": surrogate.Rect,
}


class IntegrateAndFire(neuron.SimpleBaseNode):
    """spikingjelly's neuron with soft reset, save that it fires above its threshold, not at it.

    The equations are those of `integrate_and_fire.steps` (Lv et al. 2023, section 3.2); `reset` goes back to
    the initial potential. Step modes `s` (`[...]`) and `m` (`[T, ...]`), as spikingjelly has them.
    """

    v: Any  # spikingjelly's: a number until the first step, a tensor from then on

    def __init__(self, model: NeuronModel, step_mode: str = "m") -> None:
        """`model`: parameters."""
        surrogate_function: Any = SURROGATES[model.surrogate](model.slope)
        super().__init__(model.theta, None, surrogate_function, detach_reset=True, step_mode=step_mode)
        self.beta = model.beta
        self.set_reset_value("v", model.initial * model.theta)
        self.reset()

    def neuronal_charge(self, x: Tensor) -> None:
        """u[t] = β·v[t−1] + I[t]."""
        self.v = torch.add(x, torch.as_tensor(self.v, dtype=x.dtype, device=x.device), alpha=self.beta)

    def neuronal_fire(self) -> Tensor:
        """s[t] = 1 if u[t] > θ: spikingjelly fires where x ≥ 0, so not where (θ − u) / θ ≥ 0.

        All surrogates are even functions, so that the derivative is the same.
        """
        return 1 - self.surrogate_function((self.v_threshold - self.v) / self.v_threshold)
