"""The spiking TextCNN as one writes it with spikingjelly: padded batches, one convolution a width.

Same weights, same spikes, same function as `spiketext.models.spiking_textcnn`: windows that touch padding are
masked, so that outputs and gradients can be compared.
"""

import torch
from spikingjelly.activation_based import functional, neuron
from torch import Tensor, nn


class FastSigmoid(torch.autograd.Function):
    """Spike function with the surrogate derivative 1 / (1 + slope·|x|)²."""

    @staticmethod
    def forward(ctx, x: Tensor, slope: float) -> Tensor:
        ctx.save_for_backward(x)
        ctx.slope = slope
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return grad / (1 + ctx.slope * x.abs()).square(), None


class Textbook(nn.Module):
    """Conv1d → multi-step IF → masked mean → multi-step IF → linear."""

    def __init__(self, weights: dict[str, Tensor], widths: list[int], channels: int, slope: float) -> None:
        super().__init__()
        self.widths = widths
        rows = torch.split(weights["kernel"], [k * channels for k in widths])
        width = weights["kernel"].shape[1]
        self.kernels = nn.ParameterList(
            part.reshape(k, channels, width).permute(1, 2, 0).contiguous()
            for part, k in zip(rows, widths, strict=True)
        )
        self.pool_gain = nn.Parameter(weights["pool_gain"].clone())
        self.readout = nn.Parameter(weights["readout"].clone())

        def layer() -> neuron.IFNode:
            return neuron.IFNode(
                v_threshold=1.0,
                v_reset=None,
                step_mode="m",
                detach_reset=True,
                surrogate_function=lambda x: FastSigmoid.apply(x, slope),
            )

        self.convolution_neurons = nn.ModuleList(layer() for _ in widths)
        self.pooled_neurons = layer()

    def forward(self, spikes: Tensor, lengths: Tensor) -> Tensor:
        """`[T, B, L, D]` padded spikes, `[B]` lengths → output of each step, `[T, B, classes]`."""
        functional.reset_net(self)
        steps, sentences, length, width = spikes.shape
        flat = spikes.reshape(steps * sentences, length, width).transpose(1, 2)
        pooled = []
        for k, kernel, neurons in zip(self.widths, self.kernels, self.convolution_neurons, strict=True):
            currents = torch.nn.functional.conv1d(flat, kernel)
            fired = neurons(currents.reshape(steps, sentences, *currents.shape[1:]))
            counts = lengths - k + 1
            mask = torch.arange(fired.shape[-1]) < counts[:, None]
            pooled.append((fired * mask[:, None]).sum(-1) / counts[:, None])
        hidden = self.pooled_neurons(torch.cat(pooled, -1) * self.pool_gain)
        return hidden @ self.readout.T
