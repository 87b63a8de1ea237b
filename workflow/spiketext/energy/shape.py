"""Sizes of a network, and how often a batch uses its parts."""

import math
from dataclasses import dataclass

from torch import Tensor

from spiketext.config import Network
from spiketext.training.data import Batch


@dataclass(frozen=True)
class Shape:
    """Sizes of the network and of its memories.

    Attributes:
        widths: of the convolutions, K of them; S is their sum.
        channels: C of each width.
        width: D, values of a word vector.
        classes: of the data set.
        vocabulary: V, words whose vectors are stored.
        longest: L, tokens of the longest sentence; memories are made for it.
        bias: whether convolutions and read-out have biases.
        pooling: `mean` or `max`; spiking networks have the mean.
        bits: of each activation; None: full precision.
    """

    widths: list[int]
    channels: int
    width: int
    classes: int
    vocabulary: int
    longest: int
    bias: bool = False
    pooling: str = "mean"
    bits: int | None = None

    @classmethod
    def of(cls, network: Network, table: tuple[int, int], classes: int, longest: int) -> "Shape":
        """Of a configured network, a word table `[V, D]` and sentences of up to `longest` tokens."""
        bits = None if network.levels is None else math.ceil(math.log2(network.levels + 1))
        vocabulary, width = table
        return cls(
            network.widths,
            network.channels,
            width,
            classes,
            vocabulary,
            max(longest, *network.widths),
            network.bias,
            network.pooling,
            bits,
        )

    @property
    def slabs(self) -> int:
        """S: rows of kernels, that is words that the kernels of all widths see."""
        return sum(self.widths)

    @property
    def features(self) -> int:
        """K · C: values that the read-out reads."""
        return len(self.widths) * self.channels

    # What the memories hold, in values.

    @property
    def vectors(self) -> int:
        """V · D: all word vectors."""
        return self.vocabulary * self.width

    @property
    def sentence(self) -> int:
        """L · D: the word vectors of the longest sentence."""
        return self.longest * self.width

    @property
    def kernels(self) -> int:
        """S · C · D: weights of the convolution."""
        return self.slabs * self.channels * self.width

    @property
    def maps(self) -> int:
        """Activations or potentials of the convolution for the longest sentence."""
        return sum(self.longest - width + 1 for width in self.widths) * self.channels

    @property
    def readout(self) -> int:
        """K · C · classes: weights of the read-out."""
        return self.features * self.classes


@dataclass(frozen=True)
class Uses:
    """How often a batch uses its distinct words, and its layers' neurons.

    Attributes:
        rows: `[n]`, rows of kernels that read each word: its fan-out in units of channels; none for padding.
        padding: `[n]`, rows of kernels that lie on padding, at the place of the padding.
        tokens: `[n]`, places at which each word stands; none for padding.
        windows: of all sentences and widths.
        sentences: B.
    """

    rows: Tensor
    padding: Tensor
    tokens: Tensor
    windows: int
    sentences: int

    @classmethod
    def of(cls, batch: Batch, slabs: int) -> "Uses":
        """Of a batch whose kernels have `slabs` rows together."""
        rows = batch.rows_reading(slabs)
        return cls(
            (rows * batch.real).double(),
            (rows * ~batch.real).double(),
            batch.occurrences().double(),
            int(batch.windows.counts.sum()),
            len(batch.lengths),
        )
