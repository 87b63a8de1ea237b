"""The spiking twin of a quantised CRNN: bipolar integrate-and-fire neurons, without conversion error.

Every layer has T steps for an element. It takes up charge while the layer below fires, and fires thereafter,
so that the charge of its T steps is complete when they begin: therefore n steps are enough for n levels. (Of
Su et al. 2024 the abstract alone could be read, which does not say how they do it.) The recurrent neurons
serve one element after the other: with the last step of an element their counts begin anew, and their spikes
are part of the charge of the next.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from spiketext.config import networks as config
from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder, make_encoder
from spiketext.networks.bipolar_twin import balanced as balanced
from spiketext.networks.bipolar_twin import converted as converted
from spiketext.networks.crnn.dnn import CRNN, by_item, stored
from spiketext.networks.crnn.sizes import Sizes
from spiketext.networks.crnn.wiring import RECURRENT
from spiketext.networks.layers.padded import PaddedLayout
from spiketext.networks.network import Network
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Activity, Step, Wiring
from spiketext.neurons.bipolar import BipolarNeurons


class BipolarCRNN(Network[PaddedLayout]):
    """Convolutions and a recurrent layer of bipolar neurons, and a read-out that integrates.

    What a run of t < T steps gives is not what T steps have given after t: states are handed on when an
    element's steps are over.
    """

    anytime, settles = False, True

    def __init__(self, source: CRNN, encoder: Encoder) -> None:
        """Take over all weights and thresholds of `source`."""
        super().__init__()
        self.source, self.shortest, self.encoder = source, source.shortest, encoder

    def layout(self, batch: Batch) -> PaddedLayout:
        """See `Network`."""
        return self.source.layout(batch)

    def weights(self) -> dict[str, Tensor]:
        """See `Network`."""
        return self.source.weights()

    def forward(self, inputs: Tensor, layout: PaddedLayout) -> Tensor:
        """See `Network`; the derivative is the DNN's, straight through its rounding, over all steps alike."""
        output = torch.stack([step.output for step in self.simulate(inputs, layout)])
        scores = self.source(inputs[:1], layout)
        return output + (scores - scores.detach()) / len(inputs)

    @torch.no_grad()
    def simulate(self, inputs: Tensor, layout: PaddedLayout) -> Iterator[Step]:
        """See `Network`; the output comes with the last step."""
        steps, sizes = len(inputs), Sizes.of(self.source.network, layout.lengths)
        sent: list[dict[str, list[Tensor]]] = [{} for _ in range(steps)]

        def fire(name: str, sums: Tensor) -> Tensor:
            """T steps of an element; neurons that begin anew."""
            quantiser = self.source.quantiser(name)
            neurons, charge = BipolarNeurons(quantiser.low, quantiser.high), quantiser.charge(sums)
            for events in sent:
                events.setdefault(name, []).append(neurons(charge))
            assert neurons.sent is not None
            return quantiser.value(neurons.sent)

        scores = self.source.read_out(self.source.features(inputs[0], layout, fire))
        for t, events in enumerate(sent, 1):
            yield Step(scores if t == steps else torch.zeros_like(scores), by_item(events, sizes))

    @torch.no_grad()
    def activity(self, inputs: Tensor, layout: PaddedLayout) -> Activity:
        """A neuron stands at the first token that its element reads; see `Network`."""
        sizes, output = Sizes.of(self.source.network, layout.lengths), []
        found: dict[str, list[Tensor]] = {}
        for step in self.simulate(inputs, layout):
            output.append(step.output[0])
            for name, events in step.events.items():
                found.setdefault(name, []).append(events)
        placed, jump = {}, 1
        for place, (name, sent) in enumerate(found.items(), 1):
            if name != RECURRENT:
                jump *= self.source.network.convolutions[place - 1].stride
            count = int(sizes.last[0]) if name == RECURRENT else int(sizes.elements[place][0])
            spikes = torch.stack(sent)[:, :count]  # [T, E, N] of the first text
            placed[name] = spikes.new_zeros(len(spikes), int(sizes.elements[0][0]), spikes.shape[2])
            placed[name][:, : count * jump : jump] = spikes
        return Activity(placed, {}, torch.stack(output))

    def wiring(self, layout: PaddedLayout, longest: int) -> Wiring:
        """See `Network`."""
        return self.source.declaration(layout, longest).of_spikes()


def make(
    method: Method, width: int, classes: int | None, weights: Mapping[str, Tensor], steps: int
) -> BipolarCRNN:
    """The method's spiking network for vectors of `width` D.

    Raises:
        SpikeTextError: the method has none; the weights are those of another network, or not finite.
    """
    if method.conversion is None:
        raise SpikeTextError("this method has no `conversion`, so it has no spiking network")
    assert isinstance(method.network, config.CRNN)
    check_weights(weights, stored(method.network, width, classes or "classes"))
    source = CRNN(method.network, width, len(weights["readout"]), weights)
    return BipolarCRNN(source, make_encoder(method.conversion.encoder, width, steps, weights))
