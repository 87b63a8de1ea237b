"""The lossless twin of a TextCNN with levels: bipolar neurons instead of rounding (Su et al. 2024).

Its weights are the DNN's, and so is every operation. Analog inputs are multiplied once and are the charge of
the first step; from then on neurons send spikes, and each adds its weight to the scores. A neuron's S climbs
by one a step to its level and stays there: after as many steps as there are levels, nothing moves. Where the
DNN rounds its inputs, they too are bipolar neurons, charged with the values at the first step: then the
convolution adds weights, and a neuron behind it may take back what it sent too early.

With mean pooling every window has its neurons, and the read-out integrates. With max pooling, levels rise
with the sums that are rounded, so that the largest level is that of the largest sum: the maximum is taken of
the sums, and one neuron a feature stands behind it (as in `max_spiking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from spiketext.config import networks as config
from spiketext.config.methods import Method
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder, make_encoder
from spiketext.networks.bipolar_twin import balanced as balanced
from spiketext.networks.bipolar_twin import converted as converted
from spiketext.networks.layers.biases import bias_work
from spiketext.networks.layers.bipolar import neuron_work
from spiketext.networks.layers.quantisation import Quantiser, bits_of
from spiketext.networks.layers.windows import max_pool, mean_pool, pool_sums
from spiketext.networks.network import Network
from spiketext.networks.textcnn import dnn
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.sizes import Sizes, mean_work
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Activity, Population, Step, Synapses, Wiring, Work
from spiketext.neurons.bipolar import BipolarNeurons


class Run:
    """The neurons of one batch, step by step.

    Attributes:
        arrived: values of the layout's words that neurons have sent so far, `[1, n, D]`; or the analog ones.
        charge: of the convolution's neurons in units of θ, `[1, W, C]`, or with max pooling `[1, B, K * C]`.
        neurons: those neurons.
    """

    def __init__(self, network: BipolarTextCNN, inputs: Tensor, layout: TextLayout) -> None:
        """`inputs` `[T, n, D]`, whose sum over steps is what arrives."""
        self.network, self.windows = network, layout.windows
        self.arrived = inputs.sum(0, keepdim=True)
        self.neurons = network.neurons("convolution")
        self.charge: Tensor | None = None
        self._entering = network.neurons("inputs") if network.spiking_inputs else None
        if self._entering is not None:
            self._values = network.quantiser("inputs").charge(self.arrived)

    def step(self) -> dict[str, Tensor]:
        """Spikes of one step: `input` `[1, n, D]`, if there are such neurons, and `neurons`."""
        spikes = {}
        if self._entering is not None:
            spikes["input"] = self._entering(self._values)
            self.arrived = self.network.quantiser("inputs").value(self._entering.counts)
        if self.charge is None or spikes:
            _, sums = self.network.dnn.sums(self.arrived, self.windows)
            pooled = sums if self.network.mean else max_pool(sums, self.windows)
            self.charge = self.network.quantiser("convolution").charge(pooled)
        return {**spikes, "neurons": self.neurons(self.charge)}

    @property
    def values(self) -> Tensor:
        """What the sums S of `neurons` stand for, as the DNN has its levels; in the shape of `charge`."""
        return self.network.quantiser("convolution").value(self.neurons.counts)

    @property
    def scores(self) -> Tensor:
        """What the DNN's operations make of them, `[1, B, classes]`."""
        values = self.values
        return self.network.dnn.scores(mean_pool(values, self.windows) if self.network.mean else values)


class BipolarTextCNN(Network[TextLayout]):
    """Convolution → bipolar neurons → mean over windows → read-out; a maximum stands before the neurons."""

    settles = True

    def __init__(self, source: dnn.TextCNN, encoder: Encoder) -> None:
        """Of a DNN with levels, which it holds; the encoder hands on values at the first step alone."""
        super().__init__()
        self.dnn, self.encoder, self.shortest = source, encoder, source.shortest
        self.mean = source.network.pooling == "mean"
        self.spiking_inputs = source.network.quantised_inputs

    def quantiser(self, layer: str) -> Quantiser:
        """Of a layer's activations: its step is the threshold of the layer's neurons."""
        found = self.dnn.quantiser(layer)
        assert found is not None
        return found

    def neurons(self, layer: str) -> BipolarNeurons:
        """A layer's neurons before the first step."""
        return BipolarNeurons(self.quantiser(layer).low, self.quantiser(layer).high)

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
        run = Run(self, inputs, layout)
        total = inputs.new_zeros(1, dtype=torch.float64)
        for _ in inputs:
            events = {name: spikes.abs() for name, spikes in run.step().items()}
            output = run.scores.double() - total
            total = total + output
            sent = events.pop("neurons").float()
            if self.mean:
                sent = pool_sums(sent, layout.windows).reshape(1, len(layout.lengths), -1)
            events["convolution" if self.mean else "pooled"] = sent
            yield Step(output[0], {name: each[0] for name, each in events.items()})

    @torch.no_grad()
    def activity(self, inputs: Tensor, layout: TextLayout) -> Activity:
        """With mean pooling a neuron stands at the first token of its window; see `Network`."""
        run = Run(self, inputs, layout)
        spikes = torch.cat([run.step()["neurons"].abs() for _ in inputs]).float()
        output = torch.stack([step.output[0] for step in self.simulate(inputs, layout)])
        if self.mean:
            return Activity({"convolution": layout.placed(spikes)}, {}, output)
        return Activity({}, {"pooled": spikes[:, 0]}, output)

    def wiring(self, layout: TextLayout, longest: int) -> Wiring:
        """Values are multiplied once, or sent as spikes; spikes add weights. See `Network`."""
        network = self.dnn.network
        sizes = Sizes.of(network, layout, len(self.dnn.readout), longest)
        bits = bits_of(self.quantiser("convolution").high)
        bias = bias_work(network.bias, sizes.features, once=True)
        populations, synapses = [], [self.dnn.first(layout, sizes)]
        if self.spiking_inputs:
            populations = [self._input(layout, longest)]
            synapses = [replace(synapses[0], source="input", operation="AC", bits=None, rereads=False,
                                potentials=sizes.maps)]  # fmt: skip
        if self.mean:
            populations.append(
                Population(
                    "convolution", "convolution", "spikes", sizes.activations, sizes.features, sizes.maps,
                    work=(*bias, *neuron_work(sizes.maps, bits)),
                    chances=sizes.windows.repeat_interleave(sizes.channels),
                )
            )  # fmt: skip
        else:
            # Sums that spikes change are compared at every step, those of products once.
            once = not self.spiking_inputs
            written = (Work("access", memory=sizes.maps, once=True),) if once else ()
            maximum = (
                Work("compare", once=once, layer="pooling"),
                Work("access", memory=sizes.maps, once=once, layer="pooling"),
            )
            populations += [
                Population(
                    "convolution", "convolution", "currents", sizes.activations, sizes.channels, sizes.maps,
                    work=(*bias, *written, *maximum),
                ),
                Population(
                    "pooled", "pooling", "spikes", sizes.texts * sizes.features, sizes.features,
                    sizes.features, work=neuron_work(sizes.features, bits),
                ),
            ]  # fmt: skip
        mean = mean_work(sizes) if self.mean else ()
        populations.append(
            Population(
                "readout", "readout", "currents", sizes.texts * sizes.classes, sizes.classes, sizes.classes,
                work=(*bias_work(network.bias, sizes.classes, once=True), *mean),
            )
        )  # fmt: skip
        synapses.append(
            Synapses(
                "convolution" if self.mean else "pooled", "readout", float(sizes.classes),
                weights=self.dnn.readout.numel(), weight_bits=network.weight_bits,
                potentials=sizes.classes * (sizes.kinds if self.mean else 1),
            )
        )  # fmt: skip
        return Wiring(populations, synapses)

    def _input(self, layout: TextLayout, longest: int) -> Population:
        """Neurons for the values of each token, with which they are charged."""
        width = self.dnn.kernel().shape[1]
        tokens, memory = layout.places.sum(), longest * width
        values, bits = float(tokens) * width, bits_of(2 * self.quantiser("inputs").high)
        read = Work("access", memory=memory, once=True)
        return Population(
            "input", "encoder", "spikes", values, width, memory, work=(read, *neuron_work(memory, bits)),
            places=layout.places, chances=tokens.expand(width), codes=values, role="input",
        )  # fmt: skip


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
