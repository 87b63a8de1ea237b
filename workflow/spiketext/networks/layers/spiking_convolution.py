"""Convolution → integrate-and-fire neurons → sum over the windows of each sentence, over many steps.

One layer rather than three, because its inner arrays `[T, W, C]` are by far the largest of the
network: they are made, used and dropped step by step, and only the potentials that derivatives need
are kept.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from spiketext.networks.layers.products import times_transposed
from spiketext.networks.layers.windows import Windows, convolve, pool_sums, row_sums, steps_at_once
from spiketext.networks.native.spiking_convolution import NativeLayer, available
from spiketext.neurons.integrate_and_fire import NeuronModel, steps, steps_backward


class Layer(Protocol):
    """The layer for one batch; its potentials go on from one call of `forward` to the next."""

    def forward(self, inputs: Tensor, keep: bool = False) -> Tensor:
        """Sums of spikes of each sentence, width and channel: `[T, n, D]` → `[T, B, K * C]`."""

    def backward(self, grad: Tensor, of_kernel: bool = True) -> tuple[Tensor | None, Tensor | None]:
        """After `forward` with `keep`: gradient of its result → those of kernel `[S * C, D]` and inputs.

        The latter, `[T, n, D]`, is None for inputs that need none, the former for `of_kernel` false: who
        attacks a trained network moves its inputs, and half of the products would be for nothing.
        """


class TorchLayer:
    """The layer in PyTorch: any device, any input."""

    def __init__(self, kernel: Tensor, windows: Windows, channels: int, neuron: NeuronModel) -> None:
        """`kernel` `[S * C, D]`."""
        self.kernel, self.windows, self.channels, self.neuron = kernel, windows, channels, neuron
        shape = (len(windows.gather_start), channels)
        self.potential = kernel.new_full(shape, neuron.initial * neuron.theta)

    def _split(self, inputs: Tensor) -> Sequence[Tensor]:
        return inputs.split(steps_at_once(inputs.device, inputs.shape[1] * len(self.kernel)))

    def forward(self, inputs: Tensor, keep: bool = False) -> Tensor:
        """See `Layer`."""
        return self._fire(map(self._currents, self._split(inputs)), inputs, keep)

    def _currents(self, inputs: Tensor) -> Tensor:
        return convolve(inputs.to(self.kernel.dtype), self.kernel, self.windows, self.channels)

    def _fire(self, currents: Iterable[Tensor], inputs: Tensor, keep: bool) -> Tensor:
        """What `forward` returns, of the currents of some steps after the other."""
        sums, kept = [], []
        for some in currents:
            spikes, before = steps(some, self.potential, self.neuron)
            sums.append(pool_sums(spikes, self.windows))
            kept += [before] if keep else []
        if keep:
            self.inputs, self.before = inputs, kept
        return torch.cat(sums).reshape(len(inputs), len(self.windows.counts), -1)

    def backward(self, grad: Tensor, of_kernel: bool = True) -> tuple[Tensor | None, Tensor | None]:
        """See `Layer`."""
        grad_kernel = torch.zeros_like(self.kernel) if of_kernel else None
        by_input = (
            self.kernel.T.contiguous() if self.inputs.requires_grad else None
        )  # once, not for each step
        carried = None
        grad_inputs: list[Tensor] = []
        counts = self.windows.counts.reshape(-1)
        inputs = self._split(self.inputs)
        grads = grad.reshape(len(grad), len(counts), -1).split([len(one) for one in inputs])
        for own, some, before in zip(reversed(grads), reversed(inputs), reversed(self.before), strict=True):
            each = own.repeat_interleave(counts, dim=1, output_size=before.shape[1])
            currents = steps_backward(each, before, self.neuron, carried)
            carried = currents[0]
            table = row_sums(currents, self.windows).reshape(-1, len(self.kernel))  # [T * n, S * C]
            if grad_kernel is not None:
                grad_kernel += times_transposed(table.T, some.flatten(0, 1).T.to(self.kernel.dtype))
            if by_input is not None:
                grad_inputs.append(times_transposed(table, by_input).reshape(some.shape))
        return grad_kernel, torch.cat(grad_inputs[::-1]) if self.inputs.requires_grad else None


class ConstantLayer(TorchLayer):
    """The layer for inputs that are the same at every step, as those of direct coding: one convolution."""

    def forward(self, inputs: Tensor, keep: bool = False) -> Tensor:
        """See `Layer`."""
        currents = self._currents(inputs[:1])
        every = currents.expand(len(inputs), -1, -1)
        return self._fire(every.split(steps_at_once(inputs.device, currents.numel())), inputs, keep)

    def backward(self, grad: Tensor, of_kernel: bool = True) -> tuple[Tensor | None, Tensor | None]:
        """See `Layer`; each step's input gets the same share of the gradient of them all."""
        counts = self.windows.counts.reshape(-1)
        grads = grad.reshape(len(grad), len(counts), -1).split([len(one) for one in self.before])
        carried, total = None, None
        for own, potentials in zip(reversed(grads), reversed(self.before), strict=True):
            each = own.repeat_interleave(counts, dim=1, output_size=potentials.shape[1])
            currents = steps_backward(each, potentials, self.neuron, carried)
            carried, added = currents[0], currents.sum(0, keepdim=True)
            total = added if total is None else total + added
        assert total is not None
        table = row_sums(total, self.windows).reshape(-1, len(self.kernel))  # [n, S * C]
        grad_kernel = None
        if of_kernel:
            grad_kernel = times_transposed(table.T, self.inputs[0].T.to(self.kernel.dtype))
        if not self.inputs.requires_grad:
            return grad_kernel, None
        return grad_kernel, (times_transposed(table, self.kernel.T) / len(grad)).expand(self.inputs.shape)


def make_layer(
    inputs: Tensor,
    kernel: Tensor,
    windows: Windows,
    widths: list[int],
    channels: int,
    neuron: NeuronModel,
    constant: bool = False,
) -> Layer:
    """The fastest layer for such inputs; all compute the same.

    `constant` inputs are the same at every step.
    """
    if available(inputs, kernel, neuron):
        return NativeLayer(kernel, windows, widths, channels, neuron)
    return (ConstantLayer if constant else TorchLayer)(kernel, windows, channels, neuron)


class _SpikingConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, kernel: Tensor, inputs: Tensor, layer: Layer) -> Tensor:
        ctx.layer = layer  # type: ignore[attr-defined]
        return layer.forward(inputs, keep=True)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        return *ctx.layer.backward(grad, ctx.needs_input_grad[0]), None  # type: ignore[attr-defined]


def spiking_convolution(inputs: Tensor, kernel: Tensor, layer: Layer) -> Tensor:
    """Spikes of the convolution's neurons, summed over the windows of each sentence and width.

    Args:
        inputs: `[T, n, D]`, spikes (uint8) or currents (float) of the distinct words; gradients flow to
            them where they need any.
        kernel: that of the layer, `[S * C, D]`; gradients flow to it, within this call.
        layer: of `make_layer`; its potentials go on from call to call.

    Returns:
        `[T, B, K * C]`.
    """
    if not (torch.is_grad_enabled() and (kernel.requires_grad or inputs.requires_grad)):
        return layer.forward(inputs)
    sums: Tensor = _SpikingConvolution.apply(kernel, inputs, layer)
    return sums
