"""ON and OFF neurons: values around zero as spikes of two populations, small values silent."""

import torch
from torch import Tensor

from spiketext.coding.unipolar import deterministic_rate


def encode(values: Tensor, steps: int, draws: Tensor | None = None, *, span: float, silence: float) -> Tensor:
    """Evenly spaced spikes of the ON neurons for positive values, of the OFF neurons for negative ones.

    Args:
        values: `[n, D]`, standardised: in units of σ around zero.
        steps: T.
        draws: none are needed.
        span: size of a value that fires at every step, σ; larger ones do too.
        silence: smaller values send nothing, σ.

    Returns:
        `[T, n, 2 * D]`: ON, then OFF.
    """
    size = torch.cat([values, -values], 1)
    rates = torch.where(size < silence, 0.0, (size / span).clamp_max(1))
    return deterministic_rate(rates, steps)
