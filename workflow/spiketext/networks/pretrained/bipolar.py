"""The spiking twin of a quantised encoder: bipolar integrate-and-fire neurons, without conversion error.

What each linear layer or convolution reads are spikes of T steps. As in `networks.crnn.bipolar`, neurons take
up charge while the layer below fires and fire thereafter, so that their charge is complete when their T steps
begin. The products of attention, softmax, normalisations and activation functions stand between such steps
and do not spike: each is computed once, of sums that are complete.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from spiketext.config import networks as config
from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.inputs.encoding.base import Encoder, make_encoder
from spiketext.networks.bipolar_twin import balanced as balanced
from spiketext.networks.bipolar_twin import converted as converted
from spiketext.networks.network import Network
from spiketext.networks.pretrained.classifier import Reader as Reader  # what assembles looks for it here
from spiketext.networks.pretrained.network import Pieces, Pretrained, loaded
from spiketext.networks.pretrained.wiring import VECTORS
from spiketext.networks.wiring import Activity, Step, Wiring
from spiketext.neurons.bipolar import BipolarNeurons


class BipolarEncoder(Network[Any]):
    """Layers of bipolar neurons, and a read-out that integrates.

    What a run of t < T steps gives is not what T steps have given after t: values are handed on when a
    layer's steps are over.
    """

    anytime, settles = False, True

    def __init__(self, source: Pretrained, encoder: Encoder) -> None:
        """Take over all weights and thresholds of `source`."""
        super().__init__()
        self.source, self.model, self.encoder = source, source.model, encoder

    def weights(self) -> dict[str, Tensor]:
        """See `Network`."""
        return self.source.weights()

    @torch.no_grad()
    def simulate(self, inputs: Tensor, layout: Pieces) -> Iterator[Step]:
        """See `Network`; the output comes with the last step. Events stand for the pieces of all texts."""
        steps = len(inputs)
        sent: list[dict[str, Tensor]] = [{} for _ in range(steps)]

        def fire(name: str, values: Tensor) -> Tensor:
            """T steps of the neurons that stand at one place."""
            quantiser = self.source.quantiser(name)
            neurons = BipolarNeurons(quantiser.low, quantiser.high)
            charge = quantiser.charge(layout.items(values))
            for events in sent:
                events[name] = neurons(charge)
            return layout.spread(quantiser.value(neurons.counts), values)

        scores = self.source.scored(layout, fire)
        for t, events in enumerate(sent, 1):
            yield Step(scores if t == steps else torch.zeros_like(scores), events)

    @torch.no_grad()
    def activity(self, inputs: Tensor, layout: Pieces) -> Activity:
        """The neurons of the whole text, which the read-out reads; see `Network`."""
        steps = list(self.simulate(inputs, layout))
        read = torch.stack([step.events[VECTORS][0] for step in steps])
        return Activity({}, {VECTORS: read}, torch.stack([step.output[0] for step in steps]))

    def wiring(self, layout: Pieces, longest: int) -> Wiring:
        """See `Network`."""
        return self.source.declaration(layout, longest).of_spikes()


def make(
    method: Method, width: int, classes: int | None, weights: Mapping[str, Tensor], steps: int
) -> BipolarEncoder:
    """The method's spiking network.

    Raises:
        SpikeTextError: the method has none; the weights are those of another network, or not finite.
    """
    if method.conversion is None:
        raise SpikeTextError("this method has no `conversion`, so it has no spiking network")
    assert isinstance(method.network, config.Pretrained)
    assert classes is not None
    source = loaded(method.network, classes, weights)
    return BipolarEncoder(source, make_encoder(method.conversion.encoder, width, steps, weights))
