"""Bipolar integrate-and-fire neurons, whose sums of spikes settle at the levels of a quantised DNN.

The neuron is that of SpikeZIP, from the group of Su et al. 2024 (arXiv 2408.09403), whose abstract, all that
could be read of that paper, names its neurons bipolar integrate-and-fire likewise. In units of its threshold
θ, with S the sum of the spikes that it has sent, and u[0] = 1/2:

    u[t] = 1/2 + (all that has arrived until step t) / θ − S[t−1]
    s[t] = +1 if u[t] ≥ 1 and S[t−1] < S_max;  −1 if u[t] < 0 and S[t−1] > S_min;  else 0
    S[t] = S[t−1] + s[t]

Once nothing more arrives, S moves by one a step to clamp(⌊x/θ + 1/2⌋, S_min, S_max) and stays there: the
level to which a quantiser with the step θ rounds x.

A chip adds the weight of each spike to u as the spike comes. Added up like that in floating point, these sums
would differ from the DNN's in their last digits, and beside a threshold a count would differ by one. So what
has arrived is given here as a whole, computed of the sums S of the layer before by the very operation of the
DNN: in exact arithmetic the same number, and in floating point the DNN's own once those S have settled.
spikingjelly's `STBIFNode`, which adds up, sends the same spikes where sums are exact
(`tests/neurons/test_bipolar.py`).
"""

import torch
from torch import Tensor

INITIAL = 0.5  # u[0], as a share of θ: rounding to the nearest level


class BipolarNeurons:
    """A layer of bipolar neurons, which go on from one call to the next.

    Attributes:
        sent: S of each, `[...]` int16; None before the first step.
    """

    def __init__(self, low: int, high: int) -> None:
        """`low` S_min, at most 0, and `high` S_max, at least 0."""
        self.low, self.high = low, high
        self.sent: Tensor | None = None

    @property
    def counts(self) -> Tensor:
        """`sent`, once there has been a step."""
        assert self.sent is not None, "no step yet"
        return self.sent

    def __call__(self, charge: Tensor) -> Tensor:
        """One step.

        Args:
            charge: all that has arrived since the first step, in units of θ, `[...]`.

        Returns:
            Spikes −1, 0 or 1, `[...]` int8.
        """
        sent = torch.zeros_like(charge, dtype=torch.int16) if self.sent is None else self.sent
        # u[t] ≥ 1 and u[t] < 0, solved for the charge: S ± 1/2 is exact, where u[t] would be rounded.
        up = (charge >= sent + (1 - INITIAL)) & (sent < self.high)
        down = (charge < sent - INITIAL) & (sent > self.low)
        spikes = up.to(torch.int8) - down.to(torch.int8)
        self.sent = sent + spikes
        return spikes
