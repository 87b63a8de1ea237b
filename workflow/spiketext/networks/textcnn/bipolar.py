"""The lossless twin of a TextCNN with levels: bipolar neurons instead of rounding (Su et al. 2024).

Its weights are the DNN's, and so is every operation. The analog values are multiplied once and are the charge
of the first step; from then on neurons send spikes, and each adds its weight to the scores. A neuron's S
climbs by one a step to its level and stays there: after as many steps as there are levels, nothing moves.

With mean pooling every window has its neurons, and the read-out integrates. With max pooling, levels rise
with the sums that are rounded, so that the largest level is that of the largest sum: the maximum is taken of
the charges, once, and one neuron a feature stands behind it (as in `max_spiking`).
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.config.methods import Method
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder, make_encoder
from spiketext.networks.layers.biases import bias_work
from spiketext.networks.layers.bipolar import neuron_work
from spiketext.networks.layers.quantisation import Quantiser, bits_of
from spiketext.networks.layers.windows import max_pool, mean_pool, pool_sums
from spiketext.networks.network import Network
from spiketext.networks.textcnn import dnn
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.sizes import Sizes, mean_work
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Activity, Population, Step, Synapses, Wiring
from spiketext.neurons.bipolar import BipolarNeurons


class BipolarTextCNN(Network[TextLayout]):
    """Convolution → bipolar neurons → mean over windows → read-out; a maximum stands before the neurons."""

    def __init__(self, source: dnn.TextCNN, encoder: Encoder) -> None:
        """Of a DNN with levels, which it holds; the encoder hands on values at the first step alone."""
        super().__init__()
        self.dnn, self.encoder, self.shortest = source, encoder, source.shortest
        self.mean = source.network.pooling == "mean"

    @property
    def quantiser(self) -> Quantiser:
        """Of the convolution's activations: its step is the neurons' threshold."""
        found = self.dnn.quantisers["convolution"]
        assert isinstance(found, Quantiser)
        return found

    def weights(self) -> dict[str, Tensor]:
        """See `Network`: those of the DNN."""
        return self.dnn.weights()

    def layout(self, batch: Batch) -> TextLayout:
        """See `Network`."""
        return self.dnn.layout(batch)

    def forward(self, inputs: Tensor, layout: TextLayout) -> Tensor:
        """See `Network`; the derivative is the DNN's, straight through its rounding, over all steps alike."""
        with torch.no_grad():
            output = torch.stack([step.output for step in self.simulate(inputs, layout)])
        scores = self.dnn(inputs.sum(0, keepdim=True), layout)
        return output + (scores - scores.detach()) / len(inputs)

    @torch.no_grad()
    def simulate(self, inputs: Tensor, layout: TextLayout) -> Iterator[Step]:
        """See `Network`.

        The output of a step is by how much the scores change, in double precision: the sum over steps is
        exactly what the DNN's own operations make of S.
        """
        neurons, windows = self.neurons(), layout.windows
        charge = self.charge(inputs, layout)
        total = charge.new_zeros(1, dtype=torch.float64)
        for _ in inputs:
            spikes = neurons(charge)
            output = self.scores(neurons, layout).double() - total
            total = total + output
            sent = spikes.abs().float()
            if self.mean:
                sent = pool_sums(sent, windows).reshape(1, len(layout.lengths), -1)
            yield Step(output[0], {"convolution" if self.mean else "pooled": sent[0]})

    def neurons(self) -> BipolarNeurons:
        """The neurons before the first step."""
        return BipolarNeurons(self.quantiser.low, self.quantiser.high)

    def charge(self, inputs: Tensor, layout: TextLayout) -> Tensor:
        """What the inputs charge the neurons with, in units of θ: `[1, W, C]`, or maxima `[1, B, K * C]`."""
        _, sums = self.dnn.sums(inputs.sum(0, keepdim=True), layout.windows)
        return self.quantiser.charge(sums if self.mean else max_pool(sums, layout.windows))

    def scores(self, neurons: BipolarNeurons, layout: TextLayout) -> Tensor:
        """Class scores of the sums S, as the DNN computes those of its levels: `[1, B, classes]`."""
        assert neurons.sent is not None
        values = self.quantiser.value(neurons.sent)
        return self.dnn.scores(mean_pool(values, layout.windows) if self.mean else values)

    @torch.no_grad()
    def activity(self, inputs: Tensor, layout: TextLayout) -> Activity:
        """With mean pooling a neuron stands at the first token of its window; see `Network`."""
        if not self.mean:
            return super().activity(inputs, layout)
        neurons, charge = self.neurons(), self.charge(inputs, layout)
        spikes = torch.cat([neurons(charge) for _ in inputs])
        output = torch.stack([step.output[0] for step in self.simulate(inputs, layout)])
        return Activity({"convolution": layout.placed(spikes.float())}, {}, output)

    def wiring(self, layout: TextLayout, longest: int) -> Wiring:
        """Values are multiplied once, spikes add weights; see `Network`."""
        network = self.dnn.network
        sizes = Sizes.of(network, layout, len(self.dnn.readout), longest)
        features, bits = sizes.texts * sizes.features, bits_of(self.quantiser.high)
        bias = bias_work(network.bias, sizes.features, once=True)
        mean = mean_work(sizes) if self.mean else ()
        read_out = Population(
            "readout", "readout", "currents", sizes.texts * sizes.classes, sizes.classes, sizes.classes,
            work=(*bias_work(network.bias, sizes.classes, once=True), *mean),
        )  # fmt: skip
        first = self.dnn.first(layout, sizes)

        def onwards(source: str, potentials: int) -> Synapses:
            return Synapses(
                source, "readout", float(sizes.classes), weights=self.dnn.readout.numel(),
                weight_bits=network.weight_bits, potentials=potentials,
            )  # fmt: skip

        if self.mean:
            neurons = Population(
                "convolution", "convolution", "spikes", sizes.activations, sizes.features, sizes.maps,
                work=(*bias, *neuron_work(sizes.maps, bits)),
                chances=sizes.windows.repeat_interleave(sizes.channels),
            )  # fmt: skip
            kept = sizes.kinds * sizes.classes
            return Wiring([neurons, read_out], [first, onwards("convolution", kept)])
        sums = Population(
            "convolution", "convolution", "values", sizes.activations, sizes.channels, sizes.maps, work=bias
        )
        neurons = Population(
            "pooled", "pooling", "spikes", features, sizes.features, sizes.features,
            work=neuron_work(sizes.features, bits),
        )  # fmt: skip
        maximum = Synapses("convolution", "pooling", 1.0, operation="compare")
        return Wiring([sums, neurons, read_out], [first, maximum, onwards("pooled", sizes.classes)])


def make(
    method: Method, width: int, classes: int | None, weights: Mapping[str, Tensor], steps: int
) -> BipolarTextCNN:
    """The method's lossless network for vectors of `width` D.

    Raises:
        SpikeTextError: the weights are those of another network, or not finite.
    """
    assert method.conversion is not None and isinstance(method.network, config.TextCNN)
    check_weights(weights, dnn.stored(method.network, width, classes or "classes"))
    source = dnn.TextCNN(method.network, method.inputs, width, len(weights["readout"]), weights)
    return BipolarTextCNN(source, make_encoder(method.conversion.encoder, width, steps))


def balanced(method: Method) -> list[str]:
    """No layer: thresholds are the steps that the DNN has learned."""
    return []


def converted(
    source: dnn.TextCNN, thresholds: Mapping[str, Tensor], conversion: Conversion, encoder: Encoder
) -> dict[str, Tensor]:
    """Weights of the lossless twin: those of its DNN."""
    return source.weights()
