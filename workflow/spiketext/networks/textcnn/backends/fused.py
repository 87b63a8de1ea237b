"""The fused form: one layer of convolution, neurons and pooling, on distinct words, without padding.

In C where there is a compiler and the inputs are spikes, else in PyTorch (`layers.spiking_convolution`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spiketext.networks.layers.biases import read_out, with_bias_column, with_ones
from spiketext.networks.layers.spiking_convolution import make_layer, spiking_convolution
from spiketext.networks.layers.windows import convolve, max_pool
from spiketext.networks.native.memory import RecalledLayer, WordMemory
from spiketext.networks.native.spiking_convolution import available
from spiketext.neurons.integrate_and_fire import NeuronModel, by_turns, multi_step, start

if TYPE_CHECKING:
    from spiketext.networks.textcnn.layout import TextLayout
    from spiketext.networks.textcnn.max_spiking import MaxSpikingTextCNN
    from spiketext.networks.textcnn.mean_spiking import SpikingTextCNN
    from spiketext.networks.textcnn.twin import Sent, Twin


class Neurons:
    """A layer of neurons whose potentials go on from one call to the next."""

    def __init__(self, model: NeuronModel) -> None:
        """`model`: their parameters."""
        self.model = model
        self.potential: Tensor | None = None  # before the first step

    def __call__(self, currents: Tensor) -> Tensor:
        """Spikes of currents, `[T, ...]` each."""
        if self.potential is None:
            self.potential = start(currents, self.model)
        return multi_step(currents, self.model, self.potential)


class Mean:
    """See `Twin.begin`."""

    def __init__(self, twin: SpikingTextCNN, inputs: Tensor, layout: TextLayout) -> None:
        """A batch of which the first inputs are given."""
        network, self.twin, self.layout = twin.network, twin, layout
        self.fired: Callable[[Tensor], Tensor]  # of `read` inputs → sums over windows `[T, B, K * C]`
        if layout.recalled is not None:
            self.fired = RecalledLayer(layout.recalled).forward
        else:
            kernel = self.kernel()
            layer = make_layer(
                inputs,
                kernel.detach(),
                layout.windows,
                network.widths,
                network.channels,
                twin.neuron,
                constant=not twin.encoder.spiking,
            )
            self.fired = partial(spiking_convolution, kernel=kernel, layer=layer)
        self.counts = layout.counts.repeat_interleave(network.channels, dim=1)  # [B, K * C]
        self.pooled, self.readout = Neurons(twin.neuron), Neurons(twin.neuron)

    def kernel(self) -> Tensor:
        """The kernel `[S * C, D]`; with biases, of what `read` makes of inputs."""
        kernel, bias = self.twin.kernel(), self.twin.bias()
        return kernel if bias is None else with_bias_column(kernel, bias, self.twin.network.widths)

    def read(self, inputs: Tensor) -> Tensor:
        """Inputs, with a dimension that is one at every step where there are biases."""
        return inputs if self.twin.kernel_bias is None else with_ones(inputs)

    def __call__(self, inputs: Tensor, mask: Tensor | None = None) -> Sent:
        """See `Run`."""
        twin = self.twin
        fired = self.fired(self.read(inputs))
        events, sent = {"convolution": fired}, fired / self.counts * twin.gain()
        if twin.pooled_neurons:
            turns = len(twin.network.widths) if twin.pooled_neurons == "shared" else 1
            sent = events["pooled"] = by_turns(self.pooled, sent, turns)
        output = read_out(sent if mask is None else sent * mask, twin.readout, twin.readout_bias)
        if twin.spike_readout:
            output = events["readout"] = self.readout(twin.out(output))
        return output, events

    def first_text(self, inputs: Tensor) -> list[Tensor]:
        """See `SpikingTextCNN.activity`."""
        kernel, channels = self.kernel(), self.twin.network.channels
        values = self.read(inputs).to(kernel.dtype)
        fired = multi_step(convolve(values, kernel, self.layout.windows, channels), self.twin.neuron)
        counts = self.layout.counts[0].tolist()
        return list(fired[:, : sum(counts)].split(counts, 1))


class Max:
    """See `Twin.begin`."""

    def __init__(self, twin: MaxSpikingTextCNN, inputs: Tensor, layout: TextLayout) -> None:
        """A batch whose inputs are the same at every step."""
        self.twin = twin
        sums = convolve(inputs[:1], twin.kernel(), layout.windows, twin.network.channels)
        largest = max_pool(sums, layout.windows)[0]
        bias = twin.bias()
        self.currents = largest if bias is None else largest + bias
        self.pooled, self.readout = Neurons(twin.neuron), Neurons(twin.neuron)

    def __call__(self, inputs: Tensor, mask: Tensor | None = None) -> Sent:
        """See `Run`."""
        fired = self.pooled(self.currents.expand(len(inputs), *self.currents.shape))
        events = {"pooled": fired}
        output = read_out(fired if mask is None else fired * mask, self.twin.readout, self.twin.readout_bias)
        if self.twin.spike_readout:
            output = events["readout"] = self.readout(self.twin.out(output))
        return output, events


def memory(twin: Twin, steps: int) -> WordMemory | None:
    """See `Twin.memory`: what has been projected of spikes on a CPU."""
    kernel, encoder = twin.kernel(), twin.encoder
    if (
        twin.network.pooling != "mean"
        or twin.kernel_bias is not None
        or not encoder.spiking
        or encoder.step_weights(1) is not None
    ):
        return None
    if not available(torch.empty(0, dtype=torch.uint8), kernel, twin.neuron):
        return None
    return WordMemory(kernel, twin.network.widths, twin.network.channels, steps, twin.neuron)


RUNS = {"mean": Mean, "max": Max}  # by pooling
