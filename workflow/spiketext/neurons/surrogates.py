"""Surrogate derivatives of the spike function, of x = (potential − threshold) / threshold."""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def fast_sigmoid(x: Tensor, slope: float) -> Tensor:
    """1 / (1 + slope·|x|)², the derivative of x / (1 + slope·|x|) (Zenke and Ganguli 2018)."""
    return x.abs().mul_(slope).add_(1.0).square_().reciprocal_()


def atan(x: Tensor, slope: float) -> Tensor:
    """(slope/2) / (1 + (π/2·slope·x)²) (Fang et al. 2021)."""
    return x.mul(math.pi / 2 * slope).square_().add_(1.0).reciprocal_().mul_(slope / 2)


def sigmoid(x: Tensor, slope: float) -> Tensor:
    """slope·σ(slope·x)·(1 − σ(slope·x))."""
    y = torch.sigmoid(x * slope)
    return y.mul(1.0 - y).mul_(slope)


def piecewise_quadratic(x: Tensor, slope: float) -> Tensor:
    """max(0, slope − slope²·|x|), a triangle of height `slope` (Esser et al. 2016)."""
    return x.abs().mul_(-(slope**2)).add_(slope).clamp_(min=0)


def rectangle(x: Tensor, slope: float) -> Tensor:
    """`slope` where |x| < 1 / (2·slope), else 0 (Wu et al. 2018)."""
    return (x.abs() < 0.5 / slope).to(x.dtype).mul_(slope)


SURROGATES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "fast-sigmoid": fast_sigmoid,
    "atan": atan,
    "sigmoid": sigmoid,
    "piecewise-quadratic": piecewise_quadratic,
    "rectangle": rectangle,
}
