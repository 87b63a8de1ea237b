"""The spiking twin of the convertible TextCNN, with mean pooling (Lv et al. 2023, section 3.2)."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.inputs.encoding.base import (
    Encoder,
    encoder_class,
    stored_layout,
    stored_weights,
)
from spiketext.networks.layers.biases import bias_work, random_biases
from spiketext.networks.layers.kernels import by_row
from spiketext.networks.textcnn import thresholds
from spiketext.networks.textcnn.dnn import TextCNN
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.sizes import Sizes, mean_work
from spiketext.networks.textcnn.twin import BIASES, Twin
from spiketext.networks.wiring import Activity, Population, Synapses, Wiring, Work


class SpikingTextCNN(Twin):
    """Convolution → IF → mean pooling → IF or nothing → read-out → IF or integrator.

    It has biases where the conversion gives it some, which the DNN has none for.

    Without neurons after pooling, mean and read-out are one linear layer: each spike of the convolution
    adds a weight to each class, divided by the number of windows.

    All thresholds are the neuron model's θ: balancing has been folded into `kernel`, into the gain
    of the pooling (one a layer) and into `readout`, so that every synapse adds one weight per spike. Where
    thresholds are trained (`thresholds`), they are stored beside the weights, and folded when it runs.
    """

    driven = "convolution"

    def take_pooling(self, conversion: Conversion, weights: Mapping[str, Tensor]) -> None:
        """See `Twin`: `pool_gain`, of the pooling synapses, one or `[K * C]`."""
        self.pool_gain = nn.Parameter(weights["pool_gain"].clone())
        self.pooled_neurons = conversion.pooled_neurons

    def gain(self) -> Tensor:
        """What means over windows are multiplied by: a weight, with the neurons' trained threshold."""
        return self.into("pooled", self.pool_gain)

    def weights(self) -> dict[str, Tensor]:
        """The weights, as `__init__` takes them and as they are stored."""
        return {
            "kernel": self.convolution().detach(),
            "pool_gain": self.pool_gain.detach(),
            "readout": self.readout.detach(),
            **self.biases(),
            **self.thresholds.weights(),
            **stored_weights(self.encoder),
        }

    @torch.no_grad()
    def activity(self, inputs: Tensor, layout: TextLayout) -> Activity:
        """A neuron of the convolution stands at the first token of its window; see `Network`."""
        run: Any = self.begin(inputs, layout)
        placed = layout.placed(torch.cat(run.first_text(inputs), 1))  # of [T, windows, C] of each width
        output, events = self.begin(inputs, layout)(inputs)
        others = {"pooled": events["pooled"][:, 0]} if self.pooled_neurons else {}
        return Activity({"convolution": placed}, others, output[:, 0])

    def wiring(self, layout: TextLayout, longest: int) -> Wiring:
        """Thresholds are folded into weights, so a spike costs one accumulate a synapse; see `Network`."""
        sizes = Sizes.of(self.network, layout, len(self.readout), longest)
        convolution = Population(
            "convolution", "convolution", "spikes", sizes.activations, sizes.features, sizes.maps,
            work=(
                *self.neuron_work(sizes.maps), *self._into_convolution(sizes), *self._biased(sizes.features)
            ),
            chances=sizes.windows.repeat_interleave(sizes.channels),
        )  # fmt: skip
        kept = sizes.classes if self.pooled_neurons else sizes.kinds * sizes.classes
        last = "pooled" if self.pooled_neurons else "convolution"
        populations, synapses = [convolution], [self._first(sizes, layout)]
        if self.pooled_neurons:
            kept_by_pooled = sizes.channels if self.pooled_neurons == "shared" else sizes.features
            # One weight for all synapses, the gain; then the division.
            work = (Work("multiply"), *self.neuron_work(kept_by_pooled))
            populations.append(
                Population(
                    "pooled", "pooling", "spikes", sizes.texts * sizes.features, sizes.features,
                    kept_by_pooled, work=work,
                )
            )  # fmt: skip
            gains = self.pool_gain.numel()
            synapses.append(Synapses("convolution", "pooling", 1.0, weights=gains, potentials=kept_by_pooled))
        synapses.append(
            Synapses(last, "readout", float(sizes.classes), weights=self.readout.numel(), potentials=kept)
        )
        work = self.neuron_work(sizes.classes) if self.spike_readout else ()
        means = () if self.pooled_neurons else mean_work(sizes)
        populations.append(
            Population(
                "readout", "readout", "spikes" if self.spike_readout else "currents",
                sizes.texts * sizes.classes, sizes.classes, sizes.classes,
                work=(*work, *self._biased(sizes.classes), *means),
            )
        )  # fmt: skip
        return Wiring(populations, synapses)

    def _biased(self, neurons: int) -> tuple[Work, ...]:
        """Biases of so many neurons, added at every step."""
        return bias_work(self.kernel_bias is not None, neurons)

    def _first(self, sizes: Sizes, layout: TextLayout) -> Synapses:
        """From the input to the convolution: spikes are added, values multiplied once a text."""
        fan_out, padding = layout.rows * sizes.channels, layout.padding * sizes.channels
        weights = self.kernel().numel()
        if self.encoder.spiking:
            return Synapses(
                "input", "convolution", fan_out, weights=weights, potentials=sizes.maps, padding=padding
            )
        return Synapses(
            "vectors", "convolution", fan_out, operation="MAC", weights=weights, rereads=True, padding=padding
        )

    def _into_convolution(self, sizes: Sizes) -> tuple[Work, ...]:
        """What reaches the potentials other than spikes one by one."""
        if not self.encoder.spiking:
            # The products' sums are stored, and added to the potentials at every step.
            kept = Work("access", memory=sizes.maps, once=True)
            return kept, Work("AC"), Work("access", memory=sizes.maps)
        # The sum of a step's spikes is multiplied by the step's weight, then added to the potential.
        return () if self.encoder.step_weights(1) is None else (Work("MAC"),)

    @staticmethod
    def stored(
        network: config.TextCNN, conversion: Conversion, width: int, classes: int | str
    ) -> dict[str, Layout]:
        """What the weights of such a network must be, by name.

        Args:
            network: architecture.
            conversion: names encoder and rule.
            width: D of the word vectors.
            classes: how many, or a name for any number.
        """
        features = len(network.widths) * network.channels
        polarities = encoder_class(conversion.encoder).polarities
        shapes: dict[str, tuple[int | str, ...]] = {
            "kernel": (sum(network.widths) * network.channels, polarities * width),
            "pool_gain": (features,) if conversion.rule.channelwise else (),
            "readout": (classes, features),
        }
        own = {name: Layout("float32", shape) for name, shape in shapes.items()}
        channels = {"convolution": features, "pooled": features, "readout": classes}
        if conversion.biases == "random":
            own |= dict(zip(BIASES, (Layout("float32", (n,)) for n in (features, classes)), strict=True))
        own |= thresholds.layout(conversion, {name: channels[name] for name in _firing(conversion)})
        return own | stored_layout(conversion.encoder, width)

    @staticmethod
    def balanced(conversion: Conversion) -> list[str]:
        """Layers of the DNN whose activations have to become rates."""
        return ["convolution", "pooled", *(["readout"] if conversion.readout == "spike-count" else [])]

    @staticmethod
    def converted(
        dnn: TextCNN, found: Mapping[str, Tensor], conversion: Conversion, encoder: Encoder
    ) -> dict[str, Tensor]:
        """Weights of the spiking twin of a DNN.

        With balanced weights θ only sets the unit of the potential; a rule that does not scale takes the
        DNN's weights over as they are, for whatever θ is. A read-out that integrates potentials never fires,
        so its scores keep the scale of the DNN's. The input needs no scale: its values are rates already.

        Args:
            dnn: whose weights they are made of.
            found: activation that becomes a rate of one, of `convolution`, `pooled` and, where it fires,
                `readout`; float64 `[1]`, or one for each channel.
            conversion: how.
            encoder: of the input. OFF neurons have the opposite sign of ON.
        """
        unit = conversion.neuron.theta if conversion.rule.scaled else 1.0
        convolution, pooled = found["convolution"], found["pooled"]
        fires = conversion.readout == "spike-count"
        # Without neurons after pooling the convolution's spikes go on as they are.
        rate = pooled if conversion.pooled_neurons else convolution
        into = {
            "convolution": unit / convolution,
            "pooled": unit * convolution / pooled
            if conversion.pooled_neurons
            else torch.ones_like(convolution),
            "readout": unit / found["readout"] if fires else torch.ones(1, dtype=torch.float64),
        }
        folded, trained = thresholds.split(conversion, {name: into[name] for name in _firing(conversion)})
        into |= folded
        factors = by_row(into["convolution"].float(), dnn.network.widths, dnn.network.channels)
        kernel = dnn.kernel().detach() * factors.to(dnn.readout.device)
        kernel = kernel * encoder.full_scale
        gain, biases = into["pooled"], {}
        if conversion.biases == "random":
            shape = dnn.network.widths, dnn.network.channels, encoder.polarities * dnn.kernel().shape[1]
            biases = random_biases(*shape, len(dnn.readout))
        scale = (rate * into["readout"][:, None]).float()
        return {
            "kernel": torch.cat([kernel, -kernel], 1) if encoder.polarities == 2 else kernel,
            "pool_gain": (gain if conversion.rule.channelwise else gain[0]).float(),
            "readout": dnn.readout.detach() * scale.to(dnn.readout.device),
            **{name: bias.to(dnn.readout.device) for name, bias in biases.items()},
            **trained,
            **stored_weights(encoder),
        }


def _firing(conversion: Conversion) -> list[str]:
    """Layers that fire."""
    pooled = ["pooled"] if conversion.pooled_neurons else []
    return ["convolution", *pooled, *(["readout"] if conversion.readout == "spike-count" else [])]
