"""How the kernel of the convolution is parametrised, so that gradient descent can find it.

The function is the same in both cases: a bias-free product of the kernel with the words' vectors.
"""

import torch
from torch import Tensor, nn

from spiketext.inputs.embeddings.positive import CLIP


class PlainKernel(nn.Module):
    """The kernel itself, for word vectors around zero."""

    def __init__(self, kernel: Tensor) -> None:
        """`kernel` `[S * C, D]`."""
        super().__init__()
        self.pattern = nn.Parameter(kernel.clone())

    def forward(self) -> Tensor:
        """The kernel, `[S * C, D]`."""
        return self.pattern


class PositiveKernel(nn.Module):
    """A kernel for vectors in [0, 1] that scatter around 1/2 (Lv et al. 2023, section 3.1).

    With x = (z + 3) / 6 a step along the gradient moves all D weights of a row together, because all
    inputs share the large mean 1/2, and training stalls. Here the kernel is 6 (P − mean(P)) + m / D:
    the pattern P acts on the standardised vector z exactly as an ordinary kernel would, and m, one
    number a row, takes the place that a bias has elsewhere. Every kernel can be written like that.
    """

    SCALE = 2 * CLIP  # one over the slope of the positive transform

    def __init__(self, kernel: Tensor) -> None:
        """`kernel` `[S * C, D]`."""
        super().__init__()
        mean = kernel.mean(1, keepdim=True)
        self.pattern = nn.Parameter((kernel - mean) / self.SCALE)
        self.level = nn.Parameter(mean * kernel.shape[1])

    def forward(self) -> Tensor:
        """The kernel, `[S * C, D]`."""
        centred = self.pattern - self.pattern.mean(1, keepdim=True)
        return self.SCALE * centred + self.level / self.pattern.shape[1]


def initial_kernel(bounds: Tensor, width: int, positive: bool) -> nn.Module:
    """A kernel whose response to standardised vectors is uniform within `bounds` `[S * C]` a weight."""
    uniform = (torch.rand(len(bounds), width) * 2 - 1) * bounds[:, None]
    if not positive:
        return PlainKernel(uniform)
    kernel = PositiveKernel(torch.zeros_like(uniform))
    with torch.no_grad():
        kernel.pattern.copy_(uniform)
    return kernel


def as_kernel(kernel: Tensor, positive: bool) -> nn.Module:
    """The parametrisation of a given kernel `[S * C, D]`."""
    return PositiveKernel(kernel) if positive else PlainKernel(kernel)


def by_row(factors: Tensor, widths: list[int], channels: int) -> Tensor:
    """Factors `[1]` or `[K * C]` of channels → of the rows of a kernel, `[1, 1]` or `[S * C, 1]`."""
    if len(factors) > 1:
        kinds = factors.split(channels)
        factors = torch.cat([kind.repeat(width) for kind, width in zip(kinds, widths, strict=True)])
    return factors[:, None]
