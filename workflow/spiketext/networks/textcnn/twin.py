"""What the spiking twins of the TextCNN share."""

from collections.abc import Iterator, Mapping

from torch import Tensor, nn

from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder
from spiketext.networks.layers.kernels import as_kernel
from spiketext.networks.network import Network
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.wiring import Step, Work
from spiketext.neurons.integrate_and_fire import NeuronModel, steps

CHUNK = 64  # steps that `simulate` takes together: its memory grows with T no further


class Twin(Network[TextLayout]):
    """A spiking TextCNN; its pooling is that of the class that inherits."""

    def __init__(
        self,
        network: config.TextCNN,
        inputs: config.WordVectors,
        conversion: Conversion,
        weights: Mapping[str, Tensor],
        encoder: Encoder,
        neuron: NeuronModel,
    ) -> None:
        """Take over weights.

        Args:
            network: architecture.
            inputs: what it is fed.
            conversion: says what the read-out is, and when it begins to add up.
            weights: `kernel` `[S * C, D]`, `readout` `[classes, K * C]`, and what the pooling needs.
            encoder: makes the input; what it learns is trained with the network.
            neuron: parameters of all neurons.
        """
        super().__init__()
        self.network, self.shortest, self.delay = network, max(network.widths), conversion.delay
        self.kernel = as_kernel(weights["kernel"], inputs.transform == "positive")
        self.readout = nn.Parameter(weights["readout"].clone())
        self.encoder, self.neuron = encoder, neuron  # the encoder is a submodule if it learns
        self.spike_readout = conversion.readout == "spike-count"
        self.dropout = nn.Dropout(network.dropout)
        self.take_pooling(conversion, weights)

    def take_pooling(self, conversion: Conversion, weights: Mapping[str, Tensor]) -> None:
        """Take over what the pooling of the class that inherits needs; `__init__` calls it last."""
        raise NotImplementedError

    def read_out_steps(self, output: Tensor, events: dict[str, Tensor], potential: Tensor) -> Iterator[Step]:
        """Some steps, one by one, of what reaches the read-out.

        Args:
            output: currents `[T, B, classes]`.
            events: of the populations before it, `[T, B, N]` each.
            potential: of the read-out `[B, classes]`; where it fires, overwritten with that after step T.
        """
        if self.spike_readout:
            output, _ = steps(output, potential, self.neuron)
            events = events | {"readout": output}
        for t in range(len(output)):
            yield Step(output[t], {name: each[t] for name, each in events.items()})

    def layout(self, batch: Batch) -> TextLayout:
        """See `Network`."""
        return TextLayout.of(batch, self.network.widths, self.readout.device)

    def neuron_work(self, potentials: int) -> tuple[Work, ...]:
        """Every neuron compares and resets at every step, and leaks if it does; memory of `potentials`."""
        leak = (Work("multiply"),) if self.neuron.beta < 1 else ()
        return Work("update"), Work("access", 2, potentials), *leak
