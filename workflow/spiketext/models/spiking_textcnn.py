"""The spiking twin of the tailored TextCNN (Lv et al. 2023, section 3.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.coding.codes import Code, stored_layout, stored_weights
from spiketext.config import Conversion, Network
from spiketext.models.kernels import as_kernel
from spiketext.models.spiking_convolution import make_layer, spiking_convolution
from spiketext.models.windows import Windows, convolve, mean_pool
from spiketext.neurons.integrate_and_fire import NeuronModel, multi_step, step

CHUNK = 64  # steps that `simulate` takes together: its memory grows with T no further


@dataclass(frozen=True)
class Activity:
    """Every layer's spikes for one batch over T steps, as the neurons declare them.

    Attributes:
        convolution: `[T, W, C]` in {0, 1}.
        pooled: `[T, B, K * C]` in {0, 1}; None where pooling has no neurons.
        output: `[T, B, classes]`: spikes, or currents where the read-out integrates.
    """

    convolution: Tensor
    pooled: Tensor | None
    output: Tensor


@dataclass(frozen=True)
class StepActivity:
    """The layers' spikes at one step.

    Attributes:
        convolution: `[B, K * C]`, spikes of each channel summed over the windows of each sentence.
        pooled: `[B, K * C]` in {0, 1}; None where pooling has no neurons.
        output: `[B, classes]`: spikes, or currents where the read-out integrates.
    """

    convolution: Tensor
    pooled: Tensor | None
    output: Tensor


class SpikingTextCNN(nn.Module):
    """Convolution → IF → mean pooling → IF or nothing → read-out → IF or integrator.

    Without neurons after pooling, mean and read-out are one linear layer: each spike of the convolution
    adds a weight to each class, divided by the number of windows.

    All thresholds are the neuron model's θ: balancing has been folded into `kernel`, into the gain
    of the pooling (one a layer) and into `readout`, so that every synapse adds one weight per spike.
    """

    def __init__(
        self,
        network: Network,
        weights: dict[str, Tensor],
        code: Code,
        spike_readout: bool = False,
        pooled_neurons: bool = True,
    ) -> None:
        """Take over weights.

        Args:
            network: architecture.
            weights: `kernel` `[S * C, D]`, `pool_gain` (scalar weight of the pooling synapses) and
                `readout` `[classes, K * C]`.
            code: makes the input; what it learns is trained with the network.
            spike_readout: scores are output spikes; else currents into a potential that never fires.
            pooled_neurons: whether pooling feeds neurons, or the read-out itself.
        """
        super().__init__()
        self.network = network
        self.kernel = as_kernel(weights["kernel"], network.positive)
        self.pool_gain = nn.Parameter(weights["pool_gain"].clone())
        self.readout = nn.Parameter(weights["readout"].clone())
        self.code = code  # a submodule if it learns
        self.spike_readout, self.pooled_neurons = spike_readout, pooled_neurons
        self.dropout = nn.Dropout(network.dropout)

    @staticmethod
    def layout(network: Network, conversion: Conversion, width: int, classes: int | str) -> dict[str, Layout]:
        """What the weights of such a network must be, by name.

        Args:
            network: architecture.
            conversion: names the code.
            width: D of the word vectors.
            classes: how many, or a name for any number.
        """
        polarities, learned = stored_layout(conversion, width)
        shapes: dict[str, tuple[int | str, ...]] = {
            "kernel": (sum(network.widths) * network.channels, polarities * width),
            "pool_gain": (),
            "readout": (classes, len(network.widths) * network.channels),
        }
        return {name: Layout("float32", shape) for name, shape in shapes.items()} | learned

    def weights(self) -> dict[str, Tensor]:
        """The weights, as `__init__` takes them and as they are stored."""
        return {
            "kernel": self.kernel().detach(),
            "pool_gain": self.pool_gain.detach(),
            "readout": self.readout.detach(),
            **stored_weights(self.code),
        }

    @torch.no_grad()
    def activity(self, inputs: Tensor, windows: Windows, neuron: NeuronModel) -> Activity:
        """Run the network and keep the spikes of every neuron: for a few sentences to look at.

        Args:
            inputs: `[T, n, D]`, spikes of the batch's distinct words.
            windows: layout of the batch.
            neuron: parameters of all neurons.
        """
        kernel = self.kernel()
        currents = convolve(inputs.to(kernel.dtype), kernel, windows, self.network.channels)
        convolution = multi_step(currents, neuron)
        means = mean_pool(convolution, windows) * self.pool_gain
        pooled = multi_step(means, neuron) if self.pooled_neurons else None
        output = (means if pooled is None else pooled) @ self.readout.T
        return Activity(convolution, pooled, multi_step(output, neuron) if self.spike_readout else output)

    @torch.no_grad()
    def simulate(self, inputs: Tensor, windows: Windows, neuron: NeuronModel) -> Iterator[StepActivity]:
        """Step by step, without derivatives, in memory that does not grow with T; see `activity`."""
        network = self.network
        layer = make_layer(inputs, self.kernel(), windows, network.widths, network.channels, neuron)
        counts = self._windows_of_channels(windows)
        sentences, start = len(counts), neuron.initial * neuron.theta
        pooled_potential = self.readout.new_full((sentences, self.readout.shape[1]), start)
        output_potential = self.readout.new_full((sentences, self.readout.shape[0]), start)
        for some in inputs.split(CHUNK):
            for fired in layer.forward(some):
                pooled, sent = None, fired / counts * self.pool_gain
                if self.pooled_neurons:
                    pooled, _, pooled_potential = step(sent, pooled_potential, neuron)
                    sent = pooled
                output = sent @ self.readout.T
                if self.spike_readout:
                    output, _, output_potential = step(output, output_potential, neuron)
                yield StepActivity(fired, pooled, output)

    def forward(self, inputs: Tensor, windows: Windows, neuron: NeuronModel) -> Tensor:
        """Class scores of each step, `[T, B, classes]`; their sum over steps decides the class."""
        network = self.network
        fired = spiking_convolution(inputs, self.kernel(), windows, network.widths, network.channels, neuron)
        means = fired / self._windows_of_channels(windows) * self.pool_gain
        sent = multi_step(means, neuron) if self.pooled_neurons else means
        # One mask for all steps: a neuron that is dropped is silent for the whole sentence.
        mask = self.dropout(torch.ones_like(sent[0]))
        output = (sent * mask) @ self.readout.T
        return multi_step(output, neuron) if self.spike_readout else output

    def _windows_of_channels(self, windows: Windows) -> Tensor:
        """Windows that each channel is summed over, `[B, K * C]`."""
        return windows.counts.repeat_interleave(self.network.channels, dim=1)
