"""Climbing a loss within a ball around each word's vector: PGD and APGD."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from spiketext.inputs.perturbations import Ball, direction_of

Climb = Callable[[Tensor], tuple[Tensor, Tensor]]  # values [B, L, D] → loss [B], gradient [B, L, D]
MOMENTUM = 0.75  # α of Croce and Hein 2020
INCREASES = 0.75  # their ρ: the share of steps that must have climbed


def pgd(climb: Climb, ball: Ball, start: Tensor, steps: int) -> Iterator[Tensor]:
    """The points of projected gradient ascent (Madry et al. 2018), `[B, L, D]` each, the start first."""
    at, size = start, ball.step_size(steps)
    yield at
    for _ in range(steps):
        _, gradient = climb(at)
        at = ball.project(at + size * direction_of(gradient))
        yield at


def apgd(climb: Climb, ball: Ball, start: Tensor, steps: int) -> Iterator[Tensor]:
    """Likewise by Auto-PGD (Croce and Hein 2020, algorithm 1): step sizes that halve where they stall.

    The step begins at twice the radius. At each checkpoint a text whose loss rose in too few steps since
    the last, or whose best loss and step are as they were, goes back to its best point with half the step.
    """
    at = before = best = start
    yield at
    loss, gradient = climb(at)
    top, steepest, at_check = loss, gradient, loss
    size = torch.full((len(start), 1, 1), 2 * ball.radius, device=start.device)
    rises, halved, last = torch.zeros_like(loss), torch.zeros_like(loss, dtype=torch.bool), 0
    for step in range(1, steps + 1):
        share = MOMENTUM if step > 1 else 1.0
        ahead = ball.project(at + size * direction_of(gradient))
        before, at = at, ball.project(at + share * (ahead - at) + (1 - share) * (at - before))
        yield at
        risen, gradient = climb(at)
        rises += risen > loss
        loss, better = risen, risen > top
        top, best, steepest = (
            _where(better, new, old) for new, old in ((loss, top), (at, best), (gradient, steepest))
        )
        if step in checkpoints(steps):
            halved = (rises < INCREASES * (step - last)) | (~halved & (top == at_check))
            size = _where(halved, size / 2, size)
            at, gradient, loss = (
                _where(halved, new, old) for new, old in ((best, at), (steepest, gradient), (top, loss))
            )
            before = _where(halved, best, before)
            rises, at_check, last = torch.zeros_like(rises), top, step


def _where(which: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Rows of `new` where `which` `[B]`, else of `old`."""
    return torch.where(which.reshape(-1, *[1] * (new.dim() - 1)), new, old)


def checkpoints(steps: int) -> list[int]:
    """Steps after which APGD looks back, as its section 3.2 has them: ever more often."""
    shares = [0.0, 0.22]
    while shares[-1] < 1:
        shares.append(shares[-1] + max(shares[-1] - shares[-2] - 0.03, 0.06))
    return [math.ceil(round(share * steps, 6)) for share in shares[1:] if share <= 1]


RULES = {"pgd": pgd, "apgd": apgd}
