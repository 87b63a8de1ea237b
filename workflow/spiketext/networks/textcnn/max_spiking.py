"""The spiking twin of the ordinary TextCNN, with max pooling and biases, for direct coding.

With the values themselves as input, a window's current x is the same at every step. ReLU is monotone, so
max(ReLU(x)) = ReLU(max(x)): the maximum is taken of the currents, and one integrate-and-fire neuron a feature
stands behind it, whose rate tends to ReLU(max(x)) / θ. (A maximum of spikes over windows would not do: its
rate is that of the step in which *any* window fires, not that of the largest.) A bias is part of the current;
the read-out's is added at every step.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder
from spiketext.networks.layers.kernels import as_kernel, by_row
from spiketext.networks.layers.windows import convolve, max_pool
from spiketext.networks.network import Network
from spiketext.networks.textcnn.dnn import TextCNN
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.sizes import Sizes
from spiketext.networks.wiring import Population, Step, Synapses, Wiring, Work
from spiketext.neurons.integrate_and_fire import NeuronModel, multi_step, step


class MaxSpikingTextCNN(Network[TextLayout]):
    """Convolution → max pooling → IF → read-out → IF or integrator; currents come of values."""

    def __init__(
        self,
        network: config.TextCNN,
        inputs: config.WordVectors,
        conversion: Conversion,
        weights: Mapping[str, Tensor],
        encoder: Encoder,
        neuron: NeuronModel,
    ) -> None:
        """Take over weights: `kernel` `[S * C, D]`, `readout` `[classes, K * C]`, and their biases if any."""
        super().__init__()
        self.network, self.shortest, self.delay = network, max(network.widths), conversion.delay
        self.kernel = as_kernel(weights["kernel"], inputs.transform == "positive")
        self.readout = nn.Parameter(weights["readout"].clone())
        self.kernel_bias = nn.Parameter(weights["kernel_bias"].clone()) if network.bias else None
        self.readout_bias = nn.Parameter(weights["readout_bias"].clone()) if network.bias else None
        self.encoder, self.neuron = encoder, neuron
        self.spike_readout = conversion.readout == "spike-count"
        self.dropout = nn.Dropout(network.dropout)

    def weights(self) -> dict[str, Tensor]:
        """See `Network`."""
        biases = {"kernel_bias": self.kernel_bias, "readout_bias": self.readout_bias}
        weights = {"kernel": self.kernel(), "readout": self.readout}
        weights |= {name: bias for name, bias in biases.items() if bias is not None}
        return {name: tensor.detach() for name, tensor in weights.items()}

    def layout(self, batch: Batch) -> TextLayout:
        """See `Network`."""
        return TextLayout.of(batch, self.network.widths, self.readout.device)

    def currents(self, inputs: Tensor, layout: TextLayout) -> Tensor:
        """Values `[T, n, D]`, the same at every step → current of each feature, `[B, K * C]`."""
        sums = convolve(inputs[:1], self.kernel(), layout.windows, self.network.channels)
        largest = max_pool(sums, layout.windows)[0]
        return largest if self.kernel_bias is None else largest + self.kernel_bias

    def forward(self, inputs: Tensor, layout: TextLayout) -> Tensor:
        """See `Network`."""
        currents = self.currents(inputs, layout)
        fired = multi_step(currents.expand(len(inputs), *currents.shape), self.neuron)
        # One mask for all steps: a neuron that is dropped is silent for the whole text.
        output = self._read_out(fired * self.dropout(torch.ones_like(fired[0])))
        return multi_step(output, self.neuron) if self.spike_readout else output

    @torch.no_grad()
    def simulate(self, inputs: Tensor, layout: TextLayout) -> Iterator[Step]:
        """See `Network`."""
        currents, neuron = self.currents(inputs, layout), self.neuron
        start = neuron.initial * neuron.theta
        potential = torch.full_like(currents, start)
        output_potential = currents.new_full((len(currents), len(self.readout)), start)
        for _ in inputs:
            fired, _, potential = step(currents, potential, neuron)
            events, output = {"pooled": fired}, self._read_out(fired)
            if self.spike_readout:
                output, _, output_potential = step(output, output_potential, neuron)
                events["readout"] = output
            yield Step(output, events)

    def _read_out(self, fired: Tensor) -> Tensor:
        """Currents `[..., classes]` of spikes `[..., K * C]`."""
        scores = fired @ self.readout.T
        return scores if self.readout_bias is None else scores + self.readout_bias

    def wiring(self, layout: TextLayout, longest: int) -> Wiring:
        """The convolution and the maximum are computed once a text; see `Network`."""
        sizes = Sizes.of(self.network, layout, len(self.readout), longest)
        features, scores = sizes.texts * sizes.features, sizes.texts * sizes.classes
        update = (Work("update"), *([Work("multiply")] if self.neuron.beta < 1 else []))
        # The maxima are stored, and added to the potentials at every step.
        kept = (
            Work("access", memory=sizes.features, once=True),
            Work("AC"),
            Work("access", memory=sizes.features),
        )
        firing = (*update, Work("access", 2, sizes.classes)) if self.spike_readout else ()
        populations = [
            Population(
                "convolution", "convolution", "values", sizes.activations, sizes.channels, sizes.maps,
                work=self._bias(sizes.features),
            ),
            Population(
                "pooled", "pooling", "spikes", features, sizes.features, sizes.features,
                work=(*kept, *update, Work("access", 2, sizes.features)),
            ),
            Population(
                "readout", "readout", "spikes" if self.spike_readout else "currents", scores, sizes.classes,
                sizes.classes, work=(*self._bias(sizes.classes), *firing),
            ),
        ]  # fmt: skip
        synapses = [
            Synapses(
                "vectors", "convolution", layout.rows * sizes.channels, operation="MAC",
                weights=self.kernel().numel(), rereads=True, padding=layout.padding * sizes.channels,
            ),
            Synapses("convolution", "pooling", 1.0, operation="compare"),
            Synapses(
                "pooled", "readout", float(sizes.classes), weights=self.readout.numel(),
                potentials=sizes.classes,
            ),
        ]  # fmt: skip
        return Wiring(populations, synapses)

    def _bias(self, memory: int) -> tuple[Work, ...]:
        """What a bias costs each neuron; `memory` values are biases."""
        if not self.network.bias:
            return ()
        return Work("AC", layer="bias"), Work("access", memory=memory, layer="bias")

    @staticmethod
    def stored(
        network: config.TextCNN, conversion: Conversion, width: int, classes: int | str
    ) -> dict[str, Layout]:
        """What the weights of such a network must be, by name."""
        features = len(network.widths) * network.channels
        shapes: dict[str, tuple[int | str, ...]] = {
            "kernel": (sum(network.widths) * network.channels, width),
            "readout": (classes, features),
        }
        if network.bias:
            shapes |= {"kernel_bias": (features,), "readout_bias": (classes,)}
        return {name: Layout("float32", shape) for name, shape in shapes.items()}

    @staticmethod
    def balanced(conversion: Conversion) -> list[str]:
        """Layers of the DNN whose activations have to become rates."""
        return ["pooled", *(["readout"] if conversion.readout == "spike-count" else [])]

    @staticmethod
    def converted(
        dnn: TextCNN, thresholds: Mapping[str, Tensor], conversion: Conversion, encoder: Encoder
    ) -> dict[str, Tensor]:
        """Weights of the twin; see `spiking.converted` and `mean_spiking`."""
        unit = conversion.neuron.theta if conversion.rule.scaled else 1.0
        device = dnn.readout.device
        pooled = thresholds["pooled"].expand(dnn.readout.shape[1])
        into = (unit / pooled).float().to(device)
        output = unit / thresholds["readout"] if "readout" in thresholds else torch.ones(1).double()
        out = output.float().to(device)
        weights = {
            "kernel": dnn.kernel().detach() * by_row(into, dnn.network.widths, dnn.network.channels),
            "readout": dnn.readout.detach() * (pooled * output[:, None]).float().to(device),
        }
        if dnn.kernel_bias is not None and dnn.readout_bias is not None:
            weights |= {
                "kernel_bias": dnn.kernel_bias.detach() * into,
                "readout_bias": dnn.readout_bias.detach() * out,
            }
        return weights
