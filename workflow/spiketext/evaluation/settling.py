"""Steps to settle: when each text sent its last spike, and from when on its class stayed the same."""

import numpy as np
import torch
from torch import Tensor

from spiketext.networks.wiring import Step, Wiring


class Settling:
    """Of one batch, added step by step.

    Attributes:
        spiked: `[B]`, the step of each text's last spike; 0 if there is none. The input's are left out, as
            they are told by word, not by text.
        decided: `[B]`, the first step from which the class with the largest score never changed again.
    """

    def __init__(self) -> None:
        """No step yet."""
        self.steps = 0
        self.spiked = self.decided = np.zeros(0, dtype=np.int64)
        self._chosen = np.zeros(0, dtype=np.int64)

    def add(self, wiring: Wiring, step: Step, chosen: np.ndarray) -> None:
        """One step: its events, and the classes that lead after it, `[B]`."""
        if not self.steps:
            self.spiked = self.decided = np.zeros(len(chosen), dtype=np.int64)
            self._chosen = np.full_like(chosen, -1)
        self.steps += 1
        self.decided = np.where(chosen != self._chosen, self.steps, self.decided)
        self._chosen = chosen
        for one in wiring.populations:
            if one.emits == "spikes" and one.places is None:
                self.spiked = np.where(_any(step.events[one.name]), self.steps, self.spiked)

    def counts(self) -> dict[str, np.ndarray]:
        """How many texts had their last spike, and were decided, at each step from 0 to T: `[T + 1]`.

        Texts whose last spike was sent at step T may have had more to send.
        """
        return {
            name: np.bincount(steps, minlength=self.steps + 1)
            for name, steps in (("spiked", self.spiked), ("decided", self.decided))
        }


def _any(events: Tensor) -> np.ndarray:
    """Which texts have an event of `[B, N]`: `[B]`."""
    found: np.ndarray = torch.count_nonzero(events, 1).cpu().numpy() > 0
    return found
