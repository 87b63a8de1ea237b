"""Populations and synapses of a CRNN that sends values, or spikes; an item is an element of a sequence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from spiketext.config.networks import CRNN
from spiketext.networks.crnn.sizes import Sizes
from spiketext.networks.layers.biases import bias_work
from spiketext.networks.layers.bipolar import neuron_work
from spiketext.networks.layers.padded import PaddedLayout
from spiketext.networks.layers.quantisation import bits_of
from spiketext.networks.wiring import Population, Synapses, Wiring, Work

RECURRENT = "recurrent"


@dataclass(frozen=True)
class Declaration:
    """One batch of a network.

    Attributes:
        network: its configuration.
        layout: of the batch.
        sizes: of the batch.
        maps: elements of each layer of the longest sequence, for which memories are made.
        inputs: D, values of an element of the input.
        classes: of the data set.
    """

    network: CRNN
    layout: PaddedLayout
    sizes: Sizes
    maps: list[int]
    inputs: int
    classes: int

    @classmethod
    def of(cls, network: CRNN, layout: PaddedLayout, longest: int, inputs: int, classes: int) -> Declaration:
        """Of a batch; the longest sequence has `longest` elements."""
        maps = Sizes.of(network, torch.tensor([longest])).padded
        return cls(network, layout, Sizes.of(network, layout.lengths), maps, inputs, classes)

    def of_values(self) -> Wiring:
        """Every value is written once; a clipped one has been compared with both bounds."""
        populations = [
            Population(
                name, name, "values", self._neurons(place, width), width, self._memory(name, place, width),
                self._bits(name),
                work=(
                    Work("compare", 2 if name == RECURRENT else 1, role="neurons"),
                    *bias_work(True, width),
                ),
            )
            for name, place, width in self._layers
        ]  # fmt: skip
        synapses = [
            replace(one, operation="MAC", bits=bits_of(self.network.levels), rereads=True, tested=True)
            for one in self._inner
        ]
        source, read, bits = RECURRENT, self._read, bits_of(self.network.levels)
        if self.network.reads == "mean":
            features = float(len(self.layout.lengths) * self.network.recurrent)
            synapses.append(Synapses(RECURRENT, "pooling", read, operation="AC"))
            populations.append(
                Population(
                    "pooled", "pooling", "values", features, self.network.recurrent, self.network.recurrent,
                    work=(Work("multiply"),),
                )
            )  # fmt: skip
            source, read, bits = "pooled", 1.0, None  # a mean of levels is none
        readout = self.network.recurrent * self.classes
        synapses.append(
            Synapses(
                source, "readout", read * self.classes, operation="MAC", weights=readout, bits=bits,
                tested=True,
            )
        )  # fmt: skip
        return self._whole([*populations, self._readout("values", ())], synapses)

    def of_spikes(self) -> Wiring:
        """Sums of the input's products, and biases, enter a potential once an element."""
        populations = [
            Population(
                name, name, "spikes", self._neurons(place, width), width, self._memory(name, place, width),
                work=(
                    *bias_work(True, width, once=True),
                    *neuron_work(self._memory(name, place, width), self._bits(name)),
                ),
                chances=torch.full((width,), self.sizes.total(place), dtype=torch.float64),
            )
            for name, place, width in self._layers
        ]  # fmt: skip
        potentials = {name: self._memory(name, place, width) for name, place, width in self._layers}
        synapses = [replace(one, potentials=potentials[one.layer]) for one in self._inner]
        synapses.append(
            Synapses(
                RECURRENT, "readout", self._read * self.classes,
                weights=self.network.recurrent * self.classes, potentials=self.classes,
            )
        )  # fmt: skip
        divided = (Work("multiply", once=True),) if self.network.reads == "mean" else ()
        return self._whole([*populations, self._readout("currents", divided)], synapses)

    def _whole(self, populations: list[Population], synapses: list[Synapses]) -> Wiring:
        """With those of the input, and the weights' bits."""
        bits = self.network.weight_bits
        weighted = [
            one if one.weights is None else replace(one, weight_bits=bits) for one in (self._first, *synapses)
        ]
        return Wiring(populations, weighted)

    @property
    def _layers(self) -> list[tuple[str, int, int]]:
        """Name, place above the input, and neurons an element, of each layer that sends something."""
        of = self.network.convolutions
        found = [(f"convolution{place}", place, one.channels) for place, one in enumerate(of, 1)]
        return [*found, (RECURRENT, len(of), self.network.recurrent)]

    @property
    def _first(self) -> Synapses:
        """From the input's values, which are multiplied."""
        name, place, width = self._layers[0]
        read = self.sizes.windows(0) if place else self.sizes.inside(0).long()
        placed = self.layout.placed[:, : read.shape[1]]
        reads = torch.bincount(
            placed.flatten().cpu(), read.flatten().double().cpu(), minlength=len(self.layout.words)
        )
        return Synapses(
            "vectors", name, reads * self.layout.real * width, operation="MAC", weights=self._weights(name),
            rereads=True, tested=True, padding=reads * ~self.layout.real * width,
        )  # fmt: skip

    @property
    def _inner(self) -> list[Synapses]:
        """Between the layers, from the first on, and from the recurrent one to its next element."""
        found = []
        for (source, place, _), (name, _, width) in zip(self._layers, self._layers[1:], strict=False):
            last = place == len(self.network.convolutions)
            read = self.sizes.inside(place) if last else self.sizes.windows(place)
            found.append(Synapses(source, name, _items(read) * width, weights=self._weights(name)))
        again = self.sizes.inside(-1) & ~self.sizes.at_end()
        width = self.network.recurrent
        return [*found, Synapses(RECURRENT, RECURRENT, _items(again) * width, weights=width**2)]

    @property
    def _read(self) -> Any:
        """Which states the read-out reads: `[B * E]`."""
        return _items(self.sizes.at_end() if self.network.reads == "last" else self.sizes.inside(-1))

    def _readout(self, emits: Any, work: tuple[Work, ...]) -> Population:
        once = bias_work(True, self.classes, once=True)
        scores = float(len(self.layout.lengths) * self.classes)
        return Population("readout", "readout", emits, scores, self.classes, self.classes, work=work + once)

    def _neurons(self, place: int, width: int) -> float:
        return self.sizes.total(place) * width

    def _memory(self, name: str, place: int, width: int) -> int:
        """Values that are kept of a layer: of the recurrent one, those of one element."""
        return width * (1 if name == RECURRENT else self.maps[place])

    def _weights(self, name: str) -> int:
        """Weights from the layer below."""
        below, taps = self.inputs, 1
        for one, convolution in zip(self._layers, [*self.network.convolutions, None], strict=True):
            taps = 1 if convolution is None else convolution.width
            if one[0] == name:
                return below * taps * one[2]
            below = one[2]
        raise KeyError(name)

    def _bits(self, name: str) -> int | None:
        """Bits of what a layer sends; those of the recurrent one have a sign."""
        return bits_of(self.network.levels and self.network.levels * (2 if name == RECURRENT else 1))


def _items(read: Tensor) -> Tensor:
    """`[B, E]` → `[B * E]`, as the counter takes it."""
    return read.flatten().double().cpu()
