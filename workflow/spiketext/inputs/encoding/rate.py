"""Rate coding: Bernoulli draws (Lv et al. 2023, section 3.1)."""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from spiketext.inputs.encoding import base
from spiketext.inputs.encoding.draws import BITS, EVALUATED, fresh_draws, keyed_draws


class Encoder(base.Encoder):
    """The value, in [0, 1], is the probability of a spike at every step."""

    evaluated = EVALUATED
    each_step: ClassVar[base.Operations] = {"draw": 1, "compare": 1}

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """See `base.Encoder`; the probability is rounded to a multiple of 2⁻¹⁵.

        Zero never fires, one always does.
        """
        if draws is None:
            raise ValueError("rate coding needs random numbers")
        highest = (values * 2**BITS).round_().sub_(1).to(torch.int16)  # the largest draw that fires
        return (draws <= highest).view(torch.uint8)

    def frozen_draws(self, keys: np.ndarray, steps: int, width: int, seed: int, draw: int) -> Tensor:
        """See `base.Encoder`."""
        return keyed_draws(keys, steps, width, seed, draw)

    def fresh_draws(self, words: int, steps: int, width: int, generator: torch.Generator) -> Tensor:
        """See `base.Encoder`."""
        return fresh_draws(words, steps, width, generator)
