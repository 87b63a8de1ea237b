"""PGD and APGD on the vectors of words, in balls of several radii; random points of them to compare with."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from spiketext.attack import metrics
from spiketext.attack.sample import Example
from spiketext.attack.white_box import base
from spiketext.attack.white_box.ascent import RULES
from spiketext.attack.white_box.target import Target
from spiketext.inputs.perturbations import Ball

EPSILONS = (0.00625, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4)  # of the spread of the vectors
HEADLINE = 0.025
STEPS = 10
STARTS = 2  # points that each member starts from, of a network with all derivatives
POINTS = 20  # random ones
NOISE = "random noise"


@dataclass(frozen=True)
class Member:
    """One climb of the ensemble: a derivative, the loss, and how it climbs."""

    form: str
    loss: str
    rule: str

    @property
    def name(self) -> str:
        """In tables."""
        return f"{self.form}, {self.loss}, {self.rule}"


class Attack(base.Attack):
    """Each derivative, loss and rule from several starts; the network itself scores every point.

    The radius is a share of `spread`, the mean Euclidean distance of the words' vectors from their mean,
    as the network sees them. A text that falls within a smaller ball has fallen within a larger one, so
    that each member looks for its smallest radius by bisection. As a climb may fail in a larger ball where
    another would not, it also tries the radius of the headline unless it has found one that is no larger.
    """

    columns: ClassVar[Sequence[str]] = (
        "id", "original", "label", "before", "after", "result", "words", "epsilon", "mode", "member",
    )  # fmt: skip

    def __init__(self, target: Target, vocabulary: base.Vocabulary) -> None:
        """See `base.Attack`."""
        self.target = target
        known = vocabulary.values[vocabulary.covered].astype(np.float64)
        self.spread = float(np.linalg.norm(known - known.mean(0), axis=1).mean())
        self.low, self.high = target.predictor.transform.bounds
        self.members = [
            Member(form, loss, rule) for form in target.forms for loss in target.losses for rule in RULES
        ]
        self.names = [NOISE, *(member.name for member in self.members)]

    def row(self, example: Example, tokens: list[str], before: int, seed: int) -> base.Row:
        """See `base.Attack`."""
        values, keys = self.target.read(tokens)
        text = _Text(self.target, values, keys, example.label)
        free = values.ne(0).any(1, keepdim=True)  # a word without a vector is not read
        balls = [Ball(values, epsilon * self.spread, self.low, self.high, free) for epsilon in EPSILONS]

        def needed(falls: Callable[[Ball, torch.Generator], bool]) -> float | None:
            def succeeds(i: int) -> bool:
                return falls(balls[i], torch.Generator().manual_seed(seed + i))

            headline = min(bisect_left(EPSILONS, HEADLINE), len(balls) - 1)
            place = smallest(len(balls), succeeds, headline)
            return None if place is None else EPSILONS[place]

        found = {NOISE: needed(text.falls_at_random)}
        found |= {member.name: needed(partial(text.falls, member)) for member in self.members}
        fell = {name: epsilon for name, epsilon in found.items() if epsilon is not None}
        member = min(fell, key=lambda name: fell[name]) if fell else None
        after = before if member is None else text.classes[member]
        worst = {"after": after, "epsilon": fell.get(member or ""), "member": member}
        return {**worst, "fell": fell, "candidates": int(free.sum())}

    def stands(self, row: base.Row) -> bool:
        """See `base.Attack`."""
        return _left([row], [row["epsilon"]], HEADLINE) == 1

    def summarise(self, rows: Sequence[base.Row]) -> dict[str, Any]:
        """See `base.Attack`."""
        n, right = len(rows), sum(row["result"] != metrics.SKIPPED for row in rows)
        fallen = sum(row["result"] == metrics.SUCCESSFUL for row in rows)
        worst = {
            f"{epsilon:g}": _left(rows, [row["epsilon"] for row in rows], epsilon) for epsilon in EPSILONS
        }
        return {
            "n": n,
            "clean_accuracy": right / n if n else None,
            "clean_accuracy_interval": metrics.wilson(right, n),
            "after_attack_accuracy": (right - fallen) / n if n else None,
            "after_attack_accuracy_interval": metrics.wilson(right - fallen, n),
            "budgets": worst,
            "headline": f"{HEADLINE:g}",
            "members": {
                name: {
                    f"{epsilon:g}": _left(rows, [row["fell"].get(name) for row in rows], epsilon)
                    for epsilon in EPSILONS
                }
                for name in self.names
            },
            "spread": self.spread,
        }


def _left(rows: Sequence[base.Row], needed: Sequence[float | None], epsilon: float) -> float | None:
    """Accuracy if texts fall that need no more than `epsilon`; None if there are no texts."""
    standing = [
        row["result"] != metrics.SKIPPED and (need is None or need > epsilon)
        for row, need in zip(rows, needed, strict=True)
    ]
    return sum(standing) / len(rows) if rows else None


def first(number: int, succeeds: Callable[[int], bool]) -> int | None:
    """The first of so many places, from which on all succeed, by bisection; None: not even the last."""
    low, high = 0, number
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if succeeds(middle) else (middle + 1, high)
    return low if low < number else None


def smallest(number: int, succeeds: Callable[[int], bool], asked: int) -> int | None:
    """`first`, which is tried at the place `asked` too where it has not been settled by success."""
    tried = cache(succeeds)
    place = first(number, tried)
    return asked if (place is None or place > asked) and tried(asked) else place


class _Text:
    """A text under attack.

    Attributes:
        classes: by member, what the network says of the last point with which it succeeded.
    """

    def __init__(self, target: Target, values: Tensor, keys: np.ndarray, label: int) -> None:
        self.target, self.keys, self.label = target, keys, label
        self.classes: dict[str, int] = {}

    def falls(self, member: Member, ball: Ball, generator: torch.Generator) -> bool:
        """Whether the member misleads the network within a ball, from the vectors themselves or elsewhere."""
        starts = ball.random(STARTS * self.target.tries, generator)
        starts[0] = ball.centre
        climb = partial(self._climb, member)
        return any(
            self._misled(member.name, points) for points in RULES[member.rule](climb, ball, starts, STEPS)
        )

    def falls_at_random(self, ball: Ball, generator: torch.Generator) -> bool:
        """Whether one of `POINTS` points does that are as far away as may be."""
        return self._misled(NOISE, ball.surface(POINTS, generator))

    def _misled(self, name: str, points: Tensor) -> bool:
        """Whether the network itself is wrong about one of the points `[B, L, D]`."""
        said = self.target.scores(points, self.keys).argmax(1)
        wrong = said[said != self.label]
        if len(wrong):
            self.classes[name] = int(wrong[0])
        return len(wrong) > 0

    def _climb(self, member: Member, points: Tensor) -> tuple[Tensor, Tensor]:
        return self.target.climb(member.form, points, self.keys, self.label, [member.loss] * len(points))
