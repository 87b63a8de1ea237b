"""Activations and weights of a few levels, with step sizes that are learned (LSQ: Esser et al. 2020).

A neuron that fires at most T times in T steps says one of T + 1 numbers. The DNN to compare it with is
therefore one whose activations have T positive levels (Yan et al., arXiv 2409.08290).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

UNSET = torch.tensor(math.nan)  # a step that the first batch will set
# Share of the first batch's non-zero values that the levels reach. Less leaves fewer zeros, which one level
# needs: SST-2 on dev (seed 1) has 81.9 % with 0.9, 80.4 with 0.95, 79.1 with 0.99, in full precision 81.9.
COVERED = 0.9
# First steps that are tried: so many, from that which reaches the largest value to this share of it.
TRIED, NARROWEST = 80, 1 / 100


class Quantiser(nn.Module):
    """Rounds activations to `low` … `high` times a step; `low` is 0, or −`high` for signed values.

    Zero stays zero. The gradient goes straight through the rounding and ends where values are clipped.
    The step is learned by its logarithm, so that it stays positive and the optimiser's moves are relative
    to it.
    """

    def __init__(self, low: int, high: int, log_step: Tensor) -> None:
        """`log_step`: of a trained network or UNSET; a scalar, or one for each feature `[F]`."""
        super().__init__()
        self.low, self.high = low, high
        self.log_step = nn.Parameter(log_step.clone())

    def forward(self, values: Tensor) -> Tensor:
        """`[..., F]` for a layer of F features → the same shape, on the levels."""
        return self.rounding(values)(values)

    def rounding(self, first: Tensor) -> Callable[[Tensor], Tensor]:
        """What `forward` does, for values like the `first`: a recurrent layer asks once for all elements."""
        if self.log_step.isnan().any():
            if not first.any():
                return lambda values: values
            with torch.no_grad():
                self.log_step.copy_(self.first_step(first.detach()).log())
        step = _scale_gradient(self.log_step.exp(), 1 / math.sqrt(self.sharing(first) * self.high))

        def rounded(values: Tensor) -> Tensor:
            levels = (values / step).clamp(self.low, self.high)
            # The difference is exact in floating point, so the sum is the rounded value itself.
            return (levels + (nearest(levels) - levels).detach()) * step

        return rounded

    def first_step(self, values: Tensor) -> Tensor:
        """The step with which learning begins, of the first values that are not all zero."""
        return initial_step(values, self.high)

    def sharing(self, values: Tensor) -> int:
        """How many values share the step, for the size of its gradient: features of an activation."""
        return values.shape[-1]

    @torch.no_grad()
    def charge(self, values: Tensor) -> Tensor:
        """Values in units of the step, before they are rounded: what a bipolar neuron integrates."""
        return values / self.log_step.exp()

    @torch.no_grad()
    def value(self, levels: Tensor) -> Tensor:
        """Whole numbers of the step as the values for which they stand; those of `forward` to the bit."""
        return levels * self.log_step.exp()


class FeatureQuantiser(Quantiser):
    """Rounds activations that were trained in full precision; each feature has a step of its own.

    Few features of an encoder reach far, and always the same ones. A neuron's threshold is its own anyway:
    its synapses carry it, so that the sums S of different features still add up.
    """

    def first_step(self, values: Tensor) -> Tensor:
        """The step of the least squared error, `[F]`: training at a small rate hardly moves it."""
        return least_error_step(values.flatten(0, -2), self.low, self.high)

    def sharing(self, values: Tensor) -> int:
        """No other value of the text, or of its word piece."""
        return 1


class WeightQuantiser(Quantiser):
    """Rounds a layer's weights to a number of bits, symmetrically: −(2ᵇ⁻¹ − 1) … 2ᵇ⁻¹ − 1 times a step.

    It begins, and its gradient is scaled, as Esser et al. 2020 have it. Weights on their levels stay as they
    are if they are rounded again, so that those that are stored are those that were scored.
    """

    def __init__(self, bits: int, log_step: Tensor) -> None:
        """`bits`: at least 2, for three levels; `log_step` see `Quantiser`."""
        highest = 2 ** (bits - 1) - 1
        super().__init__(-highest, highest, log_step)

    def first_step(self, values: Tensor) -> Tensor:
        """Twice the mean size over √high."""
        return 2 * values.abs().mean() / math.sqrt(self.high)

    def sharing(self, values: Tensor) -> int:
        """All weights of the layer."""
        return values.numel()


class Quantised(nn.Module):
    """A module that gives a tensor of weights, quantised."""

    def __init__(self, source: nn.Module, quantiser: WeightQuantiser) -> None:
        """`source`: called without arguments."""
        super().__init__()
        self.source, self.quantiser = source, quantiser

    def forward(self) -> Tensor:
        """The weights on their levels, as the source shapes them."""
        weights: Tensor = self.quantiser(self.source())
        return weights


def nearest(values: Tensor) -> Tensor:
    """⌊v + 1/2⌋, any shape: halves go up, as a bipolar neuron with u[0] = θ/2 has them (`neurons.bipolar`).

    The sum is formed in double precision: in single precision that of the number before 1/2 rounds to 1.
    """
    return values.double().add_(0.5).floor_().to(values.dtype)


def bits_of(levels: int | None) -> int | None:
    """Bits of one of so many levels above zero; None: full precision."""
    return None if levels is None else levels.bit_length()


def initial_step(values: Tensor, levels: int) -> Tensor:
    """The step with which the levels cover all but the largest of a batch's values; a scalar.

    Like threshold balancing (`conversion.balance`): the layer's high percentile becomes the highest level.
    """
    sizes = values.detach().abs()
    ordered = sizes[sizes > 0].sort().values  # `kthvalue` is not deterministic on GPUs
    return ordered[max(1, math.floor(COVERED * len(ordered))) - 1] / levels


def least_error_step(values: Tensor, low: int, high: int) -> Tensor:
    """Of `TRIED` steps in geometric progression, those which round values `[N, F]` at the least error, `[F]`.

    The error is the squared one. A feature that is always zero gets the median step of the others.
    """
    widest = values.abs().amax(0)
    widest = torch.where(widest > 0, widest, widest[widest > 0].median()) / high
    steps = widest * NARROWEST ** torch.linspace(0, 1, TRIED, device=values.device)[:, None]
    errors = [((values / one).clamp(low, high).round() * one - values).square().mean(0) for one in steps]
    return steps.gather(0, torch.stack(errors).argmin(0, keepdim=True))[0]


def _scale_gradient(value: Tensor, factor: float) -> Tensor:
    """The value itself, with `factor` times its gradient."""
    return value.detach() + (value - value.detach()) * factor
