"""What an attacker may make of a text's word vectors: a ball around each, or the hull of its synonyms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from spiketext.inputs.synonyms import Synonyms

TINY = 1e-12  # a gradient below this goes nowhere


class Perturbation(Protocol):
    """Vectors `[L, D]` that tokens may have instead of their own, and how to climb among them."""

    def climb(self, slope: Callable[[Tensor], Tensor], steps: int, generator: torch.Generator) -> Tensor:
        """Vectors `[L, D]` of a large loss, from a random start.

        Args:
            slope: gradient of the loss, `[L, D]` → `[L, D]`.
            steps: how often it is asked.
            generator: of the start.
        """


@dataclass(frozen=True)
class Ball:
    """Each word's vector stays within a Euclidean distance.

    Attributes:
        centre: `[L, D]`, the vectors.
        radius: the distance.
        low: least value that an input may have, −∞ where it may be any.
        high: largest.
        free: `[L, 1]`, which words can be moved at all.
    """

    centre: Tensor
    radius: float
    low: float
    high: float
    free: Tensor

    def project(self, values: Tensor) -> Tensor:
        """The nearest points within the ball, then within the range, no further away: `[B, L, D]`."""
        away = values - self.centre
        share = (self.radius / away.norm(dim=-1, keepdim=True).clamp_min(TINY)).clamp_max(1)
        inside = (self.centre + away * share).clamp(self.low, self.high)
        return torch.where(self.free, inside, self.centre)

    def random(self, number: int, generator: torch.Generator) -> Tensor:
        """Points of the ball, `[number, L, D]`: any direction of each word, any distance up to the radius."""
        shape, device = (number, *self.centre.shape), generator.device
        direction = direction_of(torch.randn(shape, generator=generator, device=device))
        distance = self.radius * torch.rand((*shape[:-1], 1), generator=generator, device=device)
        return self.project(self.centre + (direction * distance).to(self.centre))

    def surface(self, number: int, generator: torch.Generator) -> Tensor:
        """Points as far away as may be, in any direction."""
        shape = (number, *self.centre.shape)
        direction = direction_of(torch.randn(shape, generator=generator, device=generator.device))
        return self.project(self.centre + self.radius * direction.to(self.centre))

    def step_size(self, steps: int) -> float:
        """Of projected gradient ascent in so many steps (Madry et al. 2018)."""
        return 2.5 * self.radius / steps

    def climb(self, slope: Callable[[Tensor], Tensor], steps: int, generator: torch.Generator) -> Tensor:
        """By projected gradient ascent; see `Perturbation`."""
        at = self.random(1, generator)[0]
        for _ in range(steps):
            at = self.project(at + self.step_size(steps) * direction_of(slope(at)))
        return at


def direction_of(gradient: Tensor) -> Tensor:
    """Steepest ascent `[..., D]` in a product of Euclidean balls: each word's gradient with length one."""
    return gradient / gradient.norm(dim=-1, keepdim=True).clamp_min(TINY)


class Hull:
    """Each word's vector is a convex combination of its own and those of its synonyms.

    What moves are the weights of the combination, by conditional gradients (Frank and Wolfe 1956): step i,
    from 0 up, goes 2 / (i + 2) of the way to the word whose vector the gradient likes best, so that no point
    is ever outside, and the first step, whatever its start, ends at words.

    Attributes:
        token: `[P]`, the token that each corner belongs to; a token's own vector is its first.
        corners: `[P, D]`, the vectors.
    """

    def __init__(self, values: Tensor, ids: np.ndarray, synonyms: Synonyms) -> None:
        """Of tokens `[L]`, rows of the word table, and their vectors `[L, D]`."""
        owners, members = (torch.from_numpy(one).to(values.device) for one in synonyms.of(ids))
        self.tokens = len(ids)
        self.token = torch.cat([torch.arange(len(ids), device=values.device), owners])
        self.corners = torch.cat([values, synonyms.values[members]])

    def values(self, weights: Tensor) -> Tensor:
        """Weights of the corners `[P]` → vectors `[L, D]`."""
        found = self.corners.new_zeros(self.tokens, self.corners.shape[1])
        return found.index_add(0, self.token, weights[:, None] * self.corners)

    def random(self, generator: torch.Generator) -> Tensor:
        """Weights `[P]`, uniform over each token's combinations."""
        drawn = torch.rand(len(self.token), generator=generator, device=generator.device)
        return self._shares(-drawn.clamp_min(TINY).log().to(self.corners))

    def best(self, gradient: Tensor) -> Tensor:
        """Weights `[P]`: all on the corner that is furthest along the gradient `[L, D]`; shared by equals."""
        rise = (gradient[self.token] * self.corners).sum(1)
        top = rise.new_full((self.tokens,), -torch.inf)
        top = top.scatter_reduce(0, self.token, rise, "amax")
        return self._shares((rise == top[self.token]).to(rise))

    def climb(self, slope: Callable[[Tensor], Tensor], steps: int, generator: torch.Generator) -> Tensor:
        """See `Perturbation`."""
        weights = self.random(generator)
        for i in range(steps):
            size = 2 / (i + 2)
            weights = (1 - size) * weights + size * self.best(slope(self.values(weights)))
        return self.values(weights)

    def _shares(self, amounts: Tensor) -> Tensor:
        """Amounts `[P]`, none negative, over their sum for each token."""
        sums = amounts.new_zeros(self.tokens).index_add(0, self.token, amounts)
        return amounts / sums[self.token]
