"""The textbook: the spiking TextCNN and the dense TextCNN as one writes them, on padded batches.

Same weights, same spikes, same function as `spiketext.networks.textcnn`: windows that touch padding are
masked, so that outputs and gradients can be compared. Where there was a choice, the textbook got the fast
one: the input lies as `Conv1d` wants it (a transposed view is slower), and the neurons are spikingjelly's
registered multi-step operator with its own backward, not autograd through a loop.
"""

import torch
import torch.nn.functional as F
from spikingjelly.activation_based import functional, neuron, surrogate
from torch import Tensor, nn

from spiketext.config.networks import TextCNN, WordVectors
from spiketext.networks.layers.kernels import as_kernel
from spiketext.neurons.integrate_and_fire import NeuronModel


class _ScaledGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        return grad * ctx.factor, None


def spiking_layer(model: NeuronModel) -> neuron.IFNode:
    """spikingjelly's multi-step IF neuron with soft reset.

    Its SoftSign derivative is α/2 times our fast sigmoid: callers put `_ScaledGradient` behind.
    """
    if (model.beta, model.initial, model.surrogate) != (1.0, 0.0, "fast-sigmoid"):
        raise ValueError("the textbook knows IF neurons from zero with the fast-sigmoid surrogate only")
    return neuron.IFNode(
        v_threshold=model.theta,
        v_reset=None,
        detach_reset=True,
        step_mode="m",
        surrogate_function=surrogate.SoftSign(alpha=model.slope / model.theta),
    )


def window_masks(lengths: Tensor, longest: int, width: int) -> tuple[Tensor, Tensor]:
    """Which windows hold words only `[B, 1, L − k + 1]`, and how many they are `[B, 1]`."""
    counts = lengths - width + 1
    return (torch.arange(longest - width + 1, device=lengths.device) < counts[:, None])[:, None], counts[
        :, None
    ]


class Convolutions(nn.Module):
    """The kernels, from our layout `[S * C, D]` to one `Conv1d` kernel `[C, D, k]` a width."""

    def __init__(self, network: TextCNN, inputs: WordVectors, kernel: Tensor) -> None:
        super().__init__()
        self.network = network
        # The same parametrisation as ours, so that the optimiser takes the same steps.
        self.kernel = as_kernel(kernel, inputs.transform == "positive")

    def forward(self) -> list[Tensor]:
        channels = self.network.channels
        rows = torch.split(self.kernel(), [k * channels for k in self.network.widths])
        return [
            part.reshape(k, channels, -1).permute(1, 2, 0).contiguous()
            for part, k in zip(rows, self.network.widths, strict=True)
        ]


class Textbook(nn.Module):
    """Conv1d → multi-step IF → masked mean → multi-step IF → linear (→ multi-step IF)."""

    def __init__(
        self,
        network: TextCNN,
        inputs: WordVectors,
        weights: dict[str, Tensor],
        model: NeuronModel,
        spike_readout: bool = False,
    ) -> None:
        super().__init__()
        self.convolutions = Convolutions(network, inputs, weights["kernel"])
        self.pool_gain = nn.Parameter(weights["pool_gain"].clone())
        self.readout = nn.Parameter(weights["readout"].clone())
        self.convolution_neurons = nn.ModuleList(spiking_layer(model) for _ in network.widths)
        self.pooled_neurons = spiking_layer(model)
        self.output_neurons = spiking_layer(model) if spike_readout else None
        self.rescale = 2.0 / model.slope

    def forward(self, spikes: Tensor, lengths: Tensor) -> Tensor:
        """`[T, B, D, L]` padded spikes, `[B]` lengths → output of each step, `[T, B, classes]`."""
        functional.reset_net(self)
        steps, sentences, _, longest = spikes.shape
        pooled = []
        for kernel, neurons in zip(self.convolutions(), self.convolution_neurons, strict=True):
            currents = F.conv1d(spikes.flatten(0, 1), kernel)
            fired = neurons(currents.unflatten(0, (steps, sentences)))
            mask, counts = window_masks(lengths, longest, kernel.shape[2])
            pooled.append((fired * mask).sum(-1) / counts)
        means = _ScaledGradient.apply(torch.cat(pooled, -1), self.rescale)
        hidden = _ScaledGradient.apply(self.pooled_neurons(means * self.pool_gain), self.rescale)
        output = hidden @ self.readout.T
        if self.output_neurons is None:
            return output
        return _ScaledGradient.apply(self.output_neurons(output), self.rescale)


class TextbookCNN(nn.Module):
    """Conv1d → ReLU → masked mean → linear: the convertible TextCNN on a padded batch."""

    def __init__(self, network: TextCNN, inputs: WordVectors, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.convolutions = Convolutions(network, inputs, weights["kernel"])
        self.readout = nn.Parameter(weights["readout"].clone())

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """`[B, D, L]` padded word vectors, `[B]` lengths → `[B, classes]`."""
        pooled = []
        for kernel in self.convolutions():
            mask, counts = window_masks(lengths, values.shape[2], kernel.shape[2])
            pooled.append((torch.relu(F.conv1d(values, kernel)) * mask).sum(-1) / counts)
        return torch.cat(pooled, -1) @ self.readout.T


def places(index: Tensor, lengths: Tensor, padding: int) -> Tensor:
    """Place of each token among the distinct words, padded to the longest sentence: `[B, L]`."""
    inside = torch.arange(int(lengths.max())) < lengths[:, None]
    table = torch.full(inside.shape, padding)
    table[inside] = index
    return table


def padded(spikes: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
    """Spikes of distinct words `[T, n, D]` → the textbook's input `[T, B, D, L]`, float32."""
    steps, words, width = spikes.shape
    silent = torch.cat([spikes, spikes.new_zeros(steps, 1, width)], 1)
    spread = silent[:, places(index, lengths, words).to(spikes.device)]  # [T, B, L, D]
    return spread.transpose(2, 3).to(torch.float32, memory_format=torch.contiguous_format).contiguous()
