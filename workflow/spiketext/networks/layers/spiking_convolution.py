"""Convolution → integrate-and-fire neurons → sum over the windows of each sentence, over many steps.

One layer rather than three, because its inner arrays `[T, W, C]` are by far the largest of the
network: they are made, used and dropped step by step, and only the potentials that derivatives need
are kept.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from spiketext.networks.layers.products import times_transposed
from spiketext.networks.layers.windows import Windows, pool_sums, row_sums, window_sums
from spiketext.networks.native.spiking_convolution import NativeLayer, available
from spiketext.neurons.integrate_and_fire import NeuronModel, step, surrogate_derivative


class Layer(Protocol):
    """The layer for one batch; its potentials go on from one call of `forward` to the next."""

    def forward(self, inputs: Tensor, keep: bool = False) -> Tensor:
        """Sums of spikes of each sentence, width and channel: `[T, n, D]` → `[T, B, K * C]`."""

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        """After `forward` with `keep`: gradient of its result → those of kernel `[S * C, D]` and inputs.

        The latter, `[T, n, D]`, is None for inputs that need none.
        """


class TorchLayer:
    """The layer in PyTorch: any device, any input."""

    def __init__(self, kernel: Tensor, windows: Windows, channels: int, neuron: NeuronModel) -> None:
        """`kernel` `[S * C, D]`."""
        self.kernel, self.windows, self.channels, self.neuron = kernel, windows, channels, neuron
        shape = (len(windows.gather_start), channels)
        self.potential = kernel.new_full(shape, neuron.initial * neuron.theta)

    def forward(self, inputs: Tensor, keep: bool = False) -> Tensor:
        """See `Layer`."""
        windows, sentences = self.windows, len(self.windows.counts)
        sums = self.kernel.new_empty(len(inputs), sentences, windows.counts.shape[1] * self.channels)
        if keep:
            self.inputs = inputs
            self.before = self.kernel.new_empty(len(inputs), *self.potential.shape)
        for t, words in enumerate(inputs):
            table = times_transposed(words.to(self.kernel.dtype), self.kernel).reshape(-1, self.channels)
            current = window_sums(table, windows)
            spikes, before, self.potential = step(current, self.potential, self.neuron)
            if keep:
                self.before[t] = before
            sums[t] = pool_sums(spikes, windows).reshape(sentences, -1)
        return sums

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor | None]:
        """See `Layer`."""
        grad_kernel = torch.zeros_like(self.kernel)
        grad_inputs = torch.empty_like(self.inputs) if self.inputs.requires_grad else None
        carried = torch.zeros_like(self.potential)
        counts = self.windows.counts.reshape(-1)
        for t in range(len(grad) - 1, -1, -1):
            own = grad[t].reshape(-1, self.channels).repeat_interleave(counts, dim=0)
            # The reset is not differentiated: du[t+1]/du[t] = β.
            carried.mul_(self.neuron.beta).add_(own.mul_(surrogate_derivative(self.before[t], self.neuron)))
            table = row_sums(carried, self.windows).reshape(self.inputs.shape[1], -1)  # [n, S * C]
            grad_kernel += times_transposed(table.T, self.inputs[t].T.to(self.kernel.dtype))
            if grad_inputs is not None:
                grad_inputs[t] = times_transposed(table, self.kernel.T)
        return grad_kernel, grad_inputs


def make_layer(
    inputs: Tensor, kernel: Tensor, windows: Windows, widths: list[int], channels: int, neuron: NeuronModel
) -> Layer:
    """The fastest layer for such inputs; all compute the same."""
    if available(inputs, kernel, neuron):
        return NativeLayer(kernel, windows, widths, channels, neuron)
    return TorchLayer(kernel, windows, channels, neuron)


class _SpikingConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, kernel: Tensor, inputs: Tensor, layer: Layer) -> Tensor:
        ctx.layer = layer  # type: ignore[attr-defined]
        return layer.forward(inputs, keep=True)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor | None, None]:
        return *ctx.layer.backward(grad), None  # type: ignore[attr-defined]


def spiking_convolution(
    inputs: Tensor, kernel: Tensor, windows: Windows, widths: list[int], channels: int, neuron: NeuronModel
) -> Tensor:
    """Spikes of the convolution's neurons, summed over the windows of each sentence and width.

    Args:
        inputs: `[T, n, D]`, spikes (uint8) or currents (float) of the distinct words; gradients flow to
            them where they need any.
        kernel: `[S * C, D]`; gradients flow to it.
        windows: layout of the batch.
        widths: widths of the convolutions, K of them; S is their sum.
        channels: C.
        neuron: parameters of the neurons.

    Returns:
        `[T, B, K * C]`.
    """
    layer = make_layer(inputs, kernel.detach(), windows, widths, channels, neuron)
    if not (torch.is_grad_enabled() and (kernel.requires_grad or inputs.requires_grad)):
        return layer.forward(inputs)
    sums: Tensor = _SpikingConvolution.apply(kernel, inputs, layer)
    return sums
