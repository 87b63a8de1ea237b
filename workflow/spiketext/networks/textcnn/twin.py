"""What the spiking twins of the TextCNN share."""

import copy
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import torch
from torch import Tensor, nn

from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder
from spiketext.kinds import module_of
from spiketext.networks.layers.kernels import as_kernel, by_row
from spiketext.networks.network import Network
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.thresholds import Thresholds
from spiketext.networks.wiring import Step, Work
from spiketext.neurons.integrate_and_fire import NeuronModel

ROOM = "networks.textcnn.backends"
BIASES = ("kernel_bias", "readout_bias")  # `[K * C]`, `[classes]`
CHUNK = 64  # steps that `simulate` takes together: its memory grows with T no further

Sent = tuple[Tensor, dict[str, Tensor]]


class Run(Protocol):
    """A batch from its first potentials on; they go on from one call to the next."""

    def __call__(self, inputs: Tensor, mask: Tensor | None = None) -> Sent:
        """What the layers send in some steps.

        Args:
            inputs: `[T, n, D]` of the layout's words.
            mask: factors of what reaches the read-out, `[B, K * C]`; None: all one.

        Returns:
            Output `[T, B, classes]`, and events of each population `[T, B, N]`; those of the convolution are
            summed over the windows of each text.
        """


class Twin(Network[TextLayout]):
    """A spiking TextCNN; its pooling is that of the class that inherits.

    Attributes:
        driven: the layer of neurons that the convolution's sums drive.
    """

    driven: ClassVar[str]

    def __init__(
        self,
        network: config.TextCNN,
        inputs: WordVectors,
        conversion: Conversion,
        weights: Mapping[str, Tensor],
        encoder: Encoder,
        neuron: NeuronModel,
    ) -> None:
        """Take over weights.

        Args:
            network: architecture.
            inputs: what it is fed.
            conversion: says what the read-out is, when it begins to add up, and what computes.
            weights: `kernel` `[S * C, D]`, `readout` `[classes, K * C]`, biases if it has them
                (`kernel_bias` `[K * C]`, `readout_bias` `[classes]`), what the pooling needs, and thresholds
                that are trained.
            encoder: makes the input; what it learns is trained with the network.
            neuron: parameters of all neurons.
        """
        super().__init__()
        self.network, self.shortest, self.delay = network, max(network.widths), conversion.delay
        self.convolution = as_kernel(weights["kernel"], inputs.transform == "positive")
        self.readout = nn.Parameter(weights["readout"].clone())
        biases = {name: nn.Parameter(weights[name].clone()) for name in BIASES if name in weights}
        self.kernel_bias, self.readout_bias = (biases.get(name) for name in BIASES)
        self.encoder, self.neuron = encoder, neuron  # the encoder is a submodule if it learns
        self.spike_readout, self.backend = conversion.readout == "spike-count", conversion.backend
        self.dropout = nn.Dropout(network.dropout)
        self.thresholds = Thresholds(weights, conversion.neuron.least_threshold or 0.0, neuron.theta)
        self.take_pooling(conversion, weights)

    def take_pooling(self, conversion: Conversion, weights: Mapping[str, Tensor]) -> None:
        """Take over what the pooling of the class that inherits needs; `__init__` calls it last."""
        raise NotImplementedError

    def into(self, layer: str, currents: Tensor) -> Tensor:
        """Currents `[..., N]` of a layer that fires, in units in which its threshold is that of `neuron`."""
        factor = self.thresholds.factor(layer)
        return currents if factor is None else currents * factor

    def kernel(self) -> Tensor:
        """What the convolution multiplies by, `[S * C, D]`: weights, with the neurons' trained threshold."""
        kernel: Tensor = self.convolution()
        factor = self.thresholds.factor(self.driven)
        if factor is None:
            return kernel
        return kernel * by_row(factor, self.network.widths, self.network.channels)

    def bias(self) -> Tensor | None:
        """What is added to the convolution's sums, `[K * C]`, in their units."""
        return None if self.kernel_bias is None else self.into(self.driven, self.kernel_bias)

    def biases(self) -> dict[str, Tensor]:
        """The biases, as they are stored; none where it has none."""
        found = {name: getattr(self, name) for name in BIASES}
        return {name: bias.detach() for name, bias in found.items() if bias is not None}

    def out(self, currents: Tensor) -> Tensor:
        """Currents `[..., classes]` of the read-out, likewise if it fires."""
        return self.into("readout", currents) if self.spike_readout else currents

    def onwards(self) -> Tensor:
        """What the read-out multiplies by, `[classes, N]`, with its trained threshold if it fires."""
        return self.out(self.readout.T).T

    def learned(self) -> dict[str, Any]:
        """See `Network`: thresholds, where they are trained."""
        found = {name: self.thresholds.of(name).tolist() for name in self.thresholds.values}
        return {"thresholds": found} if found else {}

    def memory(self, steps: int) -> Any:
        """See `Network`; all steps are one call then, with sums of the shapes that `simulate` has."""
        return None if steps > CHUNK else module_of(ROOM, self.backend).memory(self, steps)

    def recall(
        self, layout: TextLayout, memory: Any, keys: Sequence[Hashable]
    ) -> tuple[TextLayout, np.ndarray] | None:
        """See `Network`."""
        used = int(layout.index.max()) + 1  # what follows pads their number
        found = memory.recall(keys[:used], layout.index, layout.lengths)
        return None if found is None else (replace(layout, recalled=found), found.fresh)

    def begin(self, inputs: Tensor, layout: TextLayout) -> Run:
        """A batch, computed by the backend; `inputs` are those of its first steps."""
        backend = module_of(ROOM, self.backend)
        run: Run = backend.RUNS[self.network.pooling](self, inputs, layout)
        return run

    def forward(self, inputs: Tensor, layout: TextLayout) -> Tensor:
        """See `Network`."""
        # One mask for all steps: a neuron that is dropped is silent for the whole text.
        mask = self.dropout(self.readout.new_ones(len(layout.lengths), self.readout.shape[1]))
        output, _ = self.begin(inputs, layout)(inputs, mask)
        return output

    @torch.no_grad()
    def simulate(self, inputs: Tensor, layout: TextLayout) -> Iterator[Step]:
        """See `Network`."""
        run = self.begin(inputs, layout)
        for some in inputs.split(CHUNK):
            output, events = run(some)
            for t in range(len(some)):
                yield Step(output[t], {name: each[t] for name, each in events.items()})

    def layout(self, batch: Batch) -> TextLayout:
        """See `Network`."""
        return TextLayout.of(batch, self.network.widths, self.readout.device)

    def differentiated(self, surrogate: str, slope: float) -> Self:
        """See `Network`; it shares the weights."""
        other = copy.copy(self)
        other.neuron = replace(self.neuron, surrogate=surrogate, slope=slope)
        return other

    def integrating(self) -> Self | None:
        """See `Network`; it shares the weights."""
        if not self.spike_readout:
            return None
        other = copy.copy(self)
        other.spike_readout = False
        return other

    def neuron_work(self, potentials: int) -> tuple[Work, ...]:
        """Every neuron compares and resets at every step, and leaks if it does; memory of `potentials`."""
        leak = (Work("multiply", role="neurons"),) if self.neuron.beta < 1 else ()
        return Work("update", role="neurons"), Work("access", 2, potentials), *leak
