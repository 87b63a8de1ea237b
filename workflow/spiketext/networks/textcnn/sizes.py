"""Sizes of the TextCNN's populations and memories, for its declarations."""

from dataclasses import dataclass

import torch
from torch import Tensor

from spiketext.config.networks import TextCNN
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.wiring import Work


@dataclass(frozen=True)
class Sizes:
    """For one batch, and for the longest text.

    Attributes:
        channels: C of each width.
        kinds: K, number of widths.
        texts: B.
        windows: `[K]` float64, windows of each width in the batch.
        classes: of the data set.
        maps: activations or potentials of the convolution for the longest text.
    """

    channels: int
    kinds: int
    texts: int
    windows: Tensor
    classes: int
    maps: int

    @classmethod
    def of(cls, network: TextCNN, layout: TextLayout, classes: int, longest: int) -> "Sizes":
        """Of a configured network, a batch, and texts of up to `longest` tokens."""
        return cls(
            network.channels,
            len(network.widths),
            len(layout.lengths),
            layout.windows.counts.cpu().sum(0, dtype=torch.float64),
            classes,
            sum(longest - width + 1 for width in network.widths) * network.channels,
        )

    @property
    def features(self) -> int:
        """K · C: values that the read-out reads."""
        return self.kinds * self.channels

    @property
    def activations(self) -> float:
        """Outputs of the convolution in the batch."""
        return float(self.windows.sum()) * self.channels


def mean_work(sizes: Sizes) -> tuple[Work, ...]:
    """Without neurons after a mean pooling: the read-out's sums of each width are divided, then added up."""
    kinds, classes = sizes.kinds, sizes.classes
    return (
        Work("multiply", kinds, layer="pooling"),
        Work("AC", kinds, layer="pooling"),
        Work("access", 2 * kinds, classes * kinds, layer="pooling"),
        Work("access", 2 * kinds, classes, layer="pooling"),
    )
