"""Which elements of a batch's sequences each layer of a CRNN has, and which of its windows read them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spiketext.config.networks import CRNN


@dataclass(frozen=True)
class Sizes:
    """Elements of each layer: layer 0 is the input, those after it the convolutions; the recurrent layer has
    the elements of the last.

    Attributes:
        network: its configuration.
        elements: of each layer, `[B]` int64 each, on the network's device.
        padded: likewise of the batch's longest sequence.
    """

    network: CRNN
    elements: list[Tensor]
    padded: list[int]

    @classmethod
    def of(cls, network: CRNN, lengths: Tensor) -> Sizes:
        """Of sequences of so many elements, `[B]`; shorter ones are padded to the field."""
        found = [lengths.clamp(min=network.field)]
        for one in network.convolutions:
            found.append((found[-1] - one.width).div(one.stride, rounding_mode="floor") + 1)
        return cls(network, found, [int(elements.max()) for elements in found])

    @property
    def last(self) -> Tensor:
        """Elements that the recurrent layer reads, `[B]`."""
        return self.elements[-1]

    def total(self, layer: int) -> float:
        """Elements of a layer in the batch."""
        return float(self.elements[layer].sum())

    def inside(self, layer: int) -> Tensor:
        """Which elements of a layer are those of a sequence, not of the padding: `[B, E]`."""
        return self._places(layer) < self.elements[layer][:, None]

    def windows(self, layer: int) -> Tensor:
        """Windows of the convolution above a layer that read each of its elements: `[B, E]` int64."""
        one, place = self.network.convolutions[layer], self._places(layer)
        first = ((place - one.width).div(one.stride, rounding_mode="floor") + 1).clamp(min=0)
        last = torch.minimum(place // one.stride, self.elements[layer + 1][:, None] - 1)
        return (last - first + 1).clamp(min=0)

    def at_end(self) -> Tensor:
        """Whether an element of the recurrent layer is its sequence's last: `[B, E]`."""
        return self._places(-1) == self.last[:, None] - 1

    def items(self, events: Tensor, layer: int) -> Tensor:
        """Events `[B, E, N]` of a layer's elements → `[B * E, N]`, none at the padding."""
        return (events * self.inside(layer)[..., None]).flatten(0, 1)

    def _places(self, layer: int) -> Tensor:
        return torch.arange(self.padded[layer], device=self.last.device)
