"""Populations and synapses of a pretrained encoder that sends values, or spikes.

Of its operations the products are counted, and fetching the word pieces' vectors; softmax, normalisations,
activation functions, additions of residuals and the cutting into word pieces are not, and a word counts as
one piece where memories are sized. That is to the advantage of such an encoder beside other networks, and
alike for one that spikes and one that does not. A neuron's threshold costs nothing: the weights before and
behind it carry it, or a value is divided by it, as a DNN's is that is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from spiketext.networks.layers.biases import bias_work
from spiketext.networks.layers.bipolar import neuron_work
from spiketext.networks.layers.quantisation import bits_of
from spiketext.networks.pretrained.models.base import Products
from spiketext.networks.wiring import Population, Synapses, Wiring, Work

VECTORS = "text vector"  # what the read-out reads


@dataclass(frozen=True)
class Declaration:
    """One batch of a network.

    Attributes:
        products: of the encoder.
        table: values that the table of word pieces holds.
        texts: B.
        width: W, of a text's vector.
        classes: of the read-out.
        levels: on either side of zero, of what layers read; None: full precision.
    """

    products: list[Products]
    table: int
    texts: int
    width: int
    classes: int
    levels: int | None

    def of_values(self) -> Wiring:
        """What layers read are values; rounded ones have been compared with both bounds."""
        return self._wiring("values")

    def of_spikes(self) -> Wiring:
        """What layers read are spikes; all other products are those of values, once a text."""
        return self._wiring("spikes")

    def _wiring(self, sent: Literal["values", "spikes"]) -> Wiring:
        populations: dict[str, Population] = {}
        synapses = []
        for number, one in enumerate(self._every):
            source = one.enters or f"values {number}"
            made = populations.get(source) or self._population(source, one, sent)
            first = () if number else (self._look_up,)
            populations[source] = replace(made, work=(*first, *made.work, *self._sums(one, sent)))
            synapses.append(self._synapses(source, one, sent))
        scores = float(self.texts * self.classes)
        once = bias_work(True, self.classes, once=True)
        emits: Literal["values", "currents"] = "values" if sent == "values" else "currents"
        readout = Population("readout", "readout", emits, scores, self.classes, self.classes, work=once)
        return Wiring([*populations.values(), readout], synapses)

    @property
    def _every(self) -> list[Products]:
        """With those of the read-out."""
        read = float(self.texts * self.width)
        size = self.width * self.classes
        return [
            *self.products,
            Products(
                "readout", read, self.width, self.width, float(self.classes), size, self.classes, VECTORS
            ),
        ]

    @property
    def _look_up(self) -> Work:
        return Work("look-up", memory=self.table, once=True, layer="embedding", role="input")

    def _population(self, name: str, one: Products, sent: Literal["values", "spikes"]) -> Population:
        work: tuple[Work, ...] = ()
        bits = None
        if one.enters is None or self.levels is None:
            sent = "values"
        elif sent == "values":
            work, bits = (Work("compare", 2, role="neurons"),), bits_of(2 * self.levels)
        else:
            work = neuron_work(one.memory, bits_of(2 * self.levels))
        return Population(name, one.layer, sent, one.values, one.width, one.memory, bits, work)

    def _sums(self, one: Products, sent: Literal["values", "spikes"]) -> tuple[Work, ...]:
        """Sums of spikes stand in a memory: they are written first, and read when they are complete."""
        if sent == "values" or one.enters is None or self.levels is None:
            return ()
        return (Work("access", 2 * one.sums / one.memory, one.sums, once=True),)

    def _synapses(self, source: str, one: Products, sent: Literal["values", "spikes"]) -> Synapses:
        if one.enters is None or self.levels is None:
            return Synapses(source, one.layer, one.outputs, operation="MAC", weights=one.weights)
        if sent == "values":
            bits = bits_of(self.levels)
            return Synapses(
                source, one.layer, one.outputs, operation="MAC", weights=one.weights, bits=bits, tested=True
            )
        return Synapses(source, one.layer, one.outputs, weights=one.weights, potentials=one.sums)
