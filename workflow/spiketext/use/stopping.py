"""When a spiking network need not go on: its decision stands, or is clear enough."""

from dataclasses import dataclass

import torch
from torch import Tensor

ROUNDING = 1e-5  # relative error of sums of scores


@dataclass(frozen=True)
class Stopping:
    """Says after each step whether to stop.

    Attributes:
        most_added: `[classes, classes]`, the most that one step adds to the score of class i beyond what it
            adds to that of class j; None: not known, and no step is left out for certainty.
        margin: stop too when the best score a step leads by this much, although later steps might change the
            decision; None: never.
    """

    most_added: Tensor | None = None
    margin: float | None = None

    def __call__(self, scores: Tensor, counted: int, left: int) -> Tensor:
        """Which texts may stop, bool `[B]`.

        Args:
            scores: `[B, classes]`, summed over the steps so far.
            counted: what the scores are divided by to be on the scale of training: steps that were summed.
            left: steps that would be added yet.
        """
        stopped = torch.zeros(len(scores), dtype=torch.bool, device=scores.device)
        if counted < 1:
            return stopped
        scores = scores.double()
        best = scores.argmax(1, keepdim=True)
        ahead = (scores.gather(1, best) - scores).scatter(1, best, torch.inf)
        if self.margin is not None:
            stopped |= ahead.amin(1) >= self.margin * counted
        if self.most_added is not None:
            reach = left * self.most_added.T[best[:, 0]] + ROUNDING * (1 + scores.abs().amax(1, keepdim=True))
            stopped |= (ahead > reach).all(1)
        return stopped
