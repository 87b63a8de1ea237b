"""The textbook: the spiking TextCNN and the dense TextCNN as one writes them, on padded batches.

The spiking one is the plain form of `spiketext.networks.textcnn`, in which windows that touch padding are
masked, with spikingjelly's own neurons, or with another package's (`peers`). Where there was a choice, the
textbook got the fast one: the input lies as `Conv1d` wants it (a transposed view is slower), and the neurons
are spikingjelly's registered multi-step operator with its own backward, not autograd through a loop.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from spikingjelly.activation_based import functional, neuron, surrogate
from torch import Tensor, nn

from spiketext.config.inputs import WordVectors
from spiketext.config.networks import TextCNN
from spiketext.networks.layers.kernels import as_kernel
from spiketext.networks.textcnn.backends.spikingjelly import MeanNetwork, inside, kernels_of
from spiketext.neurons.integrate_and_fire import NeuronModel


class _ScaledGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        return grad * ctx.factor, None


class Neurons(nn.Module):
    """Integrate-and-fire neurons of a package, with soft reset: currents `[T, ...]` → spikes.

    Attributes:
        unit: what currents are multiplied by before they come here.
        factor: what the derivative must be multiplied by to be ours.
    """

    unit: float = 1.0
    factor: float = 1.0

    def __init__(self, model: NeuronModel) -> None:
        super().__init__()
        if (model.beta, model.initial, model.surrogate) != (1.0, 0.0, "fast-sigmoid"):
            raise ValueError("the textbook knows IF neurons from zero with the fast-sigmoid surrogate only")


class SpikingJelly(Neurons):
    """spikingjelly's multi-step IF neuron; its SoftSign derivative is α/2 times our fast sigmoid."""

    def __init__(self, model: NeuronModel) -> None:
        super().__init__(model)
        self.neurons = neuron.IFNode(
            v_threshold=model.theta,
            v_reset=None,
            detach_reset=True,
            step_mode="m",
            surrogate_function=surrogate.SoftSign(alpha=model.slope / model.theta),
        )
        self.factor = 2.0 / model.slope

    def forward(self, currents: Tensor) -> Tensor:
        functional.reset_net(self.neurons)
        spikes: Tensor = self.neurons(currents)
        return spikes


class Rescaled(nn.Module):
    """Neurons that take currents as they are and have the derivative of ours."""

    def __init__(self, neurons: Neurons) -> None:
        super().__init__()
        self.neurons = neurons

    def forward(self, currents: Tensor) -> Tensor:
        own = currents if self.neurons.unit == 1 else currents * self.neurons.unit
        return _ScaledGradient.apply(self.neurons(own), self.neurons.factor)


class _Layers(MeanNetwork):
    """The plain form of the package, with the neurons of another, which may fire at their threshold."""

    def __init__(self, kinds: int, spike_readout: bool, make: Callable[[], Neurons]) -> None:
        super().__init__(kinds, True, spike_readout, lambda: Rescaled(make()))
        # Cheaper by far where windows have been added up, and in kernels than in what they give.
        made = [make() for _ in range(kinds)]
        self.convolution, self.unit, self.factor = nn.ModuleList(made), made[0].unit, made[0].factor

    def fire(
        self, inputs: Tensor, lengths: Tensor, kernels: list[Tensor], bias: Tensor | None = None
    ) -> list[Tensor]:
        scaled = kernels if self.unit == 1 else [kernel * self.unit for kernel in kernels]
        return super().fire(inputs, lengths, scaled, bias if bias is None else bias * self.unit)

    def add_up(self, fired: list[Tensor]) -> Tensor:
        return _ScaledGradient.apply(super().add_up(fired), self.factor)


class _Convolutions(nn.Module):
    """The kernels, parametrised as ours, so that the optimiser takes the same steps."""

    def __init__(self, network: TextCNN, inputs: WordVectors, kernel: Tensor) -> None:
        super().__init__()
        self.network = network
        self.kernel = as_kernel(kernel, inputs.transform == "positive")

    def forward(self) -> list[Tensor]:
        return kernels_of(self.kernel(), self.network.widths, self.network.channels)


class Textbook(nn.Module):
    """The spiking TextCNN with its weights."""

    def __init__(
        self,
        network: TextCNN,
        inputs: WordVectors,
        weights: dict[str, Tensor],
        model: NeuronModel,
        spike_readout: bool = False,
        neurons: Callable[[NeuronModel], Neurons] = SpikingJelly,
    ) -> None:
        super().__init__()
        self.convolutions = _Convolutions(network, inputs, weights["kernel"])
        self.pool_gain = nn.Parameter(weights["pool_gain"].clone())
        self.readout = nn.Parameter(weights["readout"].clone())
        self.layers = _Layers(len(network.widths), spike_readout, partial(neurons, model))

    def forward(self, spikes: Tensor, lengths: Tensor) -> Tensor:
        """`[T, B, D, L]` padded spikes, `[B]` lengths → output of each step, `[T, B, classes]`."""
        output, _ = self.layers(spikes, lengths, self.convolutions(), self.pool_gain, self.readout)
        return output


class TextbookCNN(nn.Module):
    """Conv1d → ReLU → masked mean → linear: the convertible TextCNN on a padded batch."""

    def __init__(self, network: TextCNN, inputs: WordVectors, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.convolutions = _Convolutions(network, inputs, weights["kernel"])
        self.readout = nn.Parameter(weights["readout"].clone())

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """`[B, D, L]` padded word vectors, `[B]` lengths → `[B, classes]`."""
        pooled = []
        for kernel in self.convolutions():
            activations = torch.relu(F.conv1d(values, kernel))
            counts = lengths - kernel.shape[2] + 1
            real = inside(lengths, activations.shape[2], values.shape[2])
            pooled.append((activations * real).sum(-1) / counts[:, None])
        return torch.cat(pooled, -1) @ self.readout.T
