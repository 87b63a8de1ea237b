"""The spiking twin of the tailored TextCNN (Lv et al. 2023, section 3.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spiketext.config import Network
from spiketext.models.kernels import as_kernel
from spiketext.models.windows import Windows, convolve, mean_pool
from spiketext.neurons.integrate_and_fire import NeuronModel, multi_step, step


@dataclass(frozen=True)
class Activity:
    """Spikes of the layers for one batch, as the neurons declare them, over T steps or at one step.

    Attributes:
        convolution: `[T, W, C]` or `[W, C]` in {0, 1}.
        pooled: `[T, B, K * C]` or `[B, K * C]` in {0, 1}.
        output: `[T, B, classes]` or `[B, classes]`: spikes, or currents where the read-out integrates.
    """

    convolution: Tensor
    pooled: Tensor
    output: Tensor


class SpikingTextCNN(nn.Module):
    """Convolution → IF → mean pooling → IF → read-out → IF or integrator.

    All thresholds are the neuron model's θ: balancing has been folded into `kernel`, into the gain
    of the pooling (one a layer) and into `readout`, so that every synapse adds one weight per spike.
    """

    def __init__(self, network: Network, weights: dict[str, Tensor], spike_readout: bool) -> None:
        """Take over weights.

        Args:
            network: architecture.
            weights: `kernel` `[S * C, D]`, `pool_gain` (scalar weight of the pooling synapses) and
                `readout` `[classes, K * C]`.
            spike_readout: scores are output spikes; else currents into a potential that never fires.
        """
        super().__init__()
        self.network = network
        self.kernel = as_kernel(weights["kernel"], network.positive)
        self.pool_gain = nn.Parameter(weights["pool_gain"].clone())
        self.readout = nn.Parameter(weights["readout"].clone())
        self.spike_readout = spike_readout
        self.dropout = nn.Dropout(network.dropout)

    def weights(self) -> dict[str, Tensor]:
        """The weights, as `__init__` takes them and as they are stored."""
        return {
            "kernel": self.kernel().detach(),
            "pool_gain": self.pool_gain.detach(),
            "readout": self.readout.detach(),
        }

    def activity(self, inputs: Tensor, windows: Windows, neuron: NeuronModel) -> Activity:
        """Run the network and keep the spikes of every layer.

        Args:
            inputs: `[T, n, D]`, spikes of the batch's distinct words.
            windows: layout of the batch.
            neuron: parameters of all neurons.
        """
        currents = convolve(inputs, self.kernel(), windows, self.network.channels)
        convolution = multi_step(currents, neuron)
        pooled = multi_step(mean_pool(convolution, windows) * self.pool_gain, neuron)
        # One mask for all steps: a neuron that is dropped is silent for the whole sentence.
        mask = self.dropout(torch.ones_like(pooled[0]))
        output = (pooled * mask) @ self.readout.T
        if self.spike_readout:
            output = multi_step(output, neuron)
        return Activity(convolution, pooled, output)

    @torch.no_grad()
    def simulate(self, inputs: Tensor, windows: Windows, neuron: NeuronModel) -> Iterator[Activity]:
        """The same as `activity`, step by step: without derivatives, in memory that does not grow with T."""
        kernel = self.kernel()
        shapes = {
            "convolution": (len(windows.gather_start), self.network.channels),
            "pooled": (len(windows.counts), self.readout.shape[1]),
            "output": (len(windows.counts), self.readout.shape[0]),
        }
        potentials = {
            name: inputs.new_full(shape, neuron.initial * neuron.theta) for name, shape in shapes.items()
        }

        def fire(layer: str, current: Tensor) -> Tensor:
            spikes, _, potentials[layer] = step(current, potentials[layer], neuron)
            return spikes

        for words in inputs:
            current = convolve(words[None], kernel, windows, self.network.channels)
            convolution = fire("convolution", current[0])
            pooled = fire("pooled", mean_pool(convolution[None], windows)[0] * self.pool_gain)
            output = pooled @ self.readout.T
            yield Activity(convolution, pooled, fire("output", output) if self.spike_readout else output)

    def forward(self, inputs: Tensor, windows: Windows, neuron: NeuronModel) -> Tensor:
        """Class scores of each step, `[T, B, classes]`; their sum over steps decides the class."""
        return self.activity(inputs, windows, neuron).output
