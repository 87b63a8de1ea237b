"""The spiking twin of the ordinary TextCNN, with max pooling and biases, for direct coding.

With the values themselves as input, a window's current x is the same at every step. ReLU is monotone, so
max(ReLU(x)) = ReLU(max(x)): the maximum is taken of the currents, and one integrate-and-fire neuron a feature
stands behind it, whose rate tends to ReLU(max(x)) / θ. (A maximum of spikes over windows would not do: its
rate is that of the step in which *any* window fires, not that of the largest.) A bias is part of the current;
the read-out's is added at every step.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from spiketext.arrays import Layout
from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.inputs.encoding.base import Encoder
from spiketext.networks.layers.biases import bias_work
from spiketext.networks.layers.kernels import by_row
from spiketext.networks.textcnn import dnn, thresholds
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.sizes import Sizes
from spiketext.networks.textcnn.twin import Twin
from spiketext.networks.wiring import Population, Synapses, Wiring, Work


class MaxSpikingTextCNN(Twin):
    """Convolution → max pooling → IF → read-out → IF or integrator; currents come of values."""

    driven = "pooled"

    def take_pooling(self, conversion: Conversion, weights: Mapping[str, Tensor]) -> None:
        """See `Twin`: the maximum needs nothing."""

    def weights(self) -> dict[str, Tensor]:
        """See `Network`."""
        weights = {"kernel": self.convolution(), "readout": self.readout} | self.thresholds.weights()
        return {name: tensor.detach() for name, tensor in weights.items()} | self.biases()

    def wiring(self, layout: TextLayout, longest: int) -> Wiring:
        """The convolution and the maximum are computed once a text; see `Network`."""
        sizes = Sizes.of(self.network, layout, len(self.readout), longest)
        features, scores = sizes.texts * sizes.features, sizes.texts * sizes.classes
        # The maxima are stored, and added to the potentials at every step.
        kept = (
            Work("access", memory=sizes.features, once=True),
            Work("AC"),
            Work("access", memory=sizes.features),
        )
        firing = self.neuron_work(sizes.classes) if self.spike_readout else ()
        populations = [
            Population(
                "convolution", "convolution", "values", sizes.activations, sizes.channels, sizes.maps,
                work=bias_work(self.network.bias, sizes.features),
            ),
            Population(
                "pooled", "pooling", "spikes", features, sizes.features, sizes.features,
                work=(*kept, *self.neuron_work(sizes.features)),
            ),
            Population(
                "readout", "readout", "spikes" if self.spike_readout else "currents", scores, sizes.classes,
                sizes.classes, work=(*bias_work(self.network.bias, sizes.classes), *firing),
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

    @staticmethod
    def stored(
        network: config.TextCNN, conversion: Conversion, width: int, classes: int | str
    ) -> dict[str, Layout]:
        """What the weights of such a network must be, by name: those of its DNN, and trained thresholds."""
        channels = {"pooled": len(network.widths) * network.channels, "readout": classes}
        firing = {name: channels[name] for name in MaxSpikingTextCNN.balanced(conversion)}
        return dnn.stored(network, width, classes) | thresholds.layout(conversion, firing)

    @staticmethod
    def balanced(conversion: Conversion) -> list[str]:
        """Layers of the DNN whose activations have to become rates."""
        return ["pooled", *(["readout"] if conversion.readout == "spike-count" else [])]

    @staticmethod
    def converted(
        source: dnn.TextCNN, found: Mapping[str, Tensor], conversion: Conversion, encoder: Encoder
    ) -> dict[str, Tensor]:
        """Weights of the twin; see `spiking.converted` and `mean_spiking`."""
        unit = conversion.neuron.theta if conversion.rule.scaled else 1.0
        device = source.readout.device
        pooled = found["pooled"].expand(source.readout.shape[1])
        fires = "readout" in found
        into = {"pooled": unit / found["pooled"]} | ({"readout": unit / found["readout"]} if fires else {})
        folded, trained = thresholds.split(conversion, into)
        first = folded["pooled"].expand(source.readout.shape[1]).float().to(device)
        output = folded["readout"] if fires else torch.ones(1).double()
        weights = {
            "kernel": source.kernel().detach()
            * by_row(first, source.network.widths, source.network.channels),
            "readout": source.readout.detach() * (pooled * output[:, None]).float().to(device),
        }
        if source.kernel_bias is not None and source.readout_bias is not None:
            weights |= {
                "kernel_bias": source.kernel_bias.detach() * first,
                "readout_bias": source.readout_bias.detach() * output.float().to(device),
            }
        return weights | trained
