"""The plain form: the spiking TextCNN as one writes it with spikingjelly, on texts side by side.

What `fused` must compute stands here, layer after layer: windows that reach into padding are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spiketext.neurons.integrate_and_fire import by_turns
from spiketext.neurons.nodes import IntegrateAndFire

if TYPE_CHECKING:
    from spiketext.networks.textcnn.layout import TextLayout
    from spiketext.networks.textcnn.max_spiking import MaxSpikingTextCNN
    from spiketext.networks.textcnn.mean_spiking import SpikingTextCNN
    from spiketext.networks.textcnn.twin import Sent, Twin


def kernels_of(kernel: Tensor, widths: list[int], channels: int) -> list[Tensor]:
    """The kernel `[S * C, D]` as `Conv1d` has it, `[C, D, k]` for each width k."""
    rows = kernel.split([width * channels for width in widths])
    return [
        part.reshape(width, channels, -1).permute(1, 2, 0).contiguous()
        for part, width in zip(rows, widths, strict=True)
    ]


def places(index: Tensor, lengths: Tensor, padding: int) -> Tensor:
    """Place of each token among the distinct words, padded to the longest text: `[B, L]`."""
    inside = torch.arange(int(lengths.max()), device=lengths.device) < lengths[:, None]
    table = torch.full(inside.shape, padding, device=lengths.device)
    table[inside] = index
    return table


def padded(inputs: Tensor, index: Tensor, lengths: Tensor) -> Tensor:
    """Inputs of distinct words `[T, n, D]` → of texts side by side, `[T, B, D, L]` float32."""
    steps, words, width = inputs.shape
    silent = torch.cat([inputs, inputs.new_zeros(steps, 1, width)], 1)
    spread = silent[:, places(index, lengths, words).to(inputs.device)]  # [T, B, L, D]
    return spread.transpose(2, 3).to(torch.float32, memory_format=torch.contiguous_format).contiguous()


def biases_of(bias: Tensor | None, kernels: list[Tensor]) -> Sequence[Tensor | None]:
    """The part of a bias `[K * C]` that is each width's, if there is one."""
    return [None] * len(kernels) if bias is None else bias.split(len(kernels[0]))


def convolve(inputs: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    """`[..., B, D, L]` → `[..., B, C, L − k + 1]`: of one step, or of T."""
    return F.conv1d(inputs.flatten(0, -3), kernel, bias).unflatten(0, inputs.shape[:-2])


def inside(lengths: Tensor, windows: int, longest: int) -> Tensor:
    """Which of a width's windows hold words only, `[B, 1, windows]`, of texts padded to the longest."""
    counts = lengths - (longest - windows)
    return (torch.arange(windows, device=lengths.device) < counts[:, None])[:, None]


class MeanNetwork(nn.Module):
    """Conv1d → IF → mean over windows → IF or nothing → linear → IF or nothing.

    Step modes are those of its neurons: `[B, D, L]` at each step, or `[T, B, D, L]`.
    """

    def __init__(
        self,
        kinds: int,
        pooled: bool | Literal["shared"],
        fires: bool,
        neurons: Callable[[], nn.Module],
    ) -> None:
        """Its neurons; weights are given at every call.

        Args:
            kinds: K, number of widths.
            pooled: whether neurons stand between pooling and read-out; `shared`: all widths have the same.
            fires: whether the read-out fires.
            neurons: makes a layer of neurons.
        """
        super().__init__()
        self.turns = kinds if pooled == "shared" else 1
        self.convolution = nn.ModuleList(neurons() for _ in range(kinds))
        self.pooled = neurons() if pooled else None
        self.readout = neurons() if fires else None

    def fire(
        self, inputs: Tensor, lengths: Tensor, kernels: list[Tensor], bias: Tensor | None = None
    ) -> list[Tensor]:
        """Spikes of the convolution, `[..., B, C, windows]` of each width; `bias` `[K * C]`."""
        found = []
        for kernel, own, neurons in zip(kernels, biases_of(bias, kernels), self.convolution, strict=True):
            fired = neurons(convolve(inputs, kernel, own))
            found.append(fired * inside(lengths, fired.shape[-1], inputs.shape[-1]))
        return found

    def pool(self, sent: Tensor) -> Tensor:
        """Spikes of the neurons after pooling, `[..., B, K * C]`; shared ones take width after width."""
        assert self.pooled is not None
        if sent.ndim > 2:
            return by_turns(self.pooled, sent, self.turns)
        return torch.cat([self.pooled(one) for one in sent.chunk(self.turns, -1)], -1)

    def add_up(self, fired: list[Tensor]) -> Tensor:
        """Over the windows of each text: `[..., B, K * C]`."""
        return torch.cat([one.sum(-1) for one in fired], -1)

    def forward(
        self,
        inputs: Tensor,
        lengths: Tensor,
        kernels: list[Tensor],
        gain: Tensor,
        readout: Tensor,
        mask: Tensor | None = None,
        kernel_bias: Tensor | None = None,
        readout_bias: Tensor | None = None,
    ) -> Sent:
        """What each layer sends.

        Args:
            inputs: `[..., B, D, L]`.
            lengths: `[B]`.
            kernels: of each width, `[C, D, k]`.
            gain: of the pooling, one or `[K * C]`.
            readout: `[classes, K * C]`.
            mask: factors of what reaches the read-out, `[B, K * C]`.
            kernel_bias: `[K * C]`.
            readout_bias: `[classes]`.
        """
        fired = self.add_up(self.fire(inputs, lengths, kernels, kernel_bias))
        counts = torch.stack([lengths - kernel.shape[2] + 1 for kernel in kernels], 1)
        events = {"convolution": fired}
        sent = fired / counts.repeat_interleave(len(kernels[0]), dim=1) * gain
        if self.pooled is not None:
            sent = events["pooled"] = self.pool(sent)
        output = F.linear(sent if mask is None else sent * mask, readout, readout_bias)
        if self.readout is not None:
            output = events["readout"] = self.readout(output)
        return output, events


class MaxNetwork(nn.Module):
    """Conv1d → maximum over windows → IF → linear → IF or nothing; see `MeanNetwork`."""

    def __init__(self, fires: bool, neurons: Callable[[], nn.Module]) -> None:
        """`fires`: whether the read-out fires; `neurons` makes a layer of neurons."""
        super().__init__()
        self.pooled = neurons()
        self.readout = neurons() if fires else None

    def forward(
        self,
        inputs: Tensor,
        lengths: Tensor,
        kernels: list[Tensor],
        kernel_bias: Tensor | None,
        readout: Tensor,
        readout_bias: Tensor | None,
        mask: Tensor | None = None,
    ) -> Sent:
        """What each layer sends; `kernel_bias` `[K * C]`, `readout_bias` `[classes]`."""
        largest = []
        for kernel, bias in zip(kernels, biases_of(kernel_bias, kernels), strict=True):
            sums = convolve(inputs, kernel, bias)
            outside = ~inside(lengths, sums.shape[-1], inputs.shape[-1])
            largest.append(sums.masked_fill(outside, -torch.inf).amax(-1))
        fired = self.pooled(torch.cat(largest, -1))
        events = {"pooled": fired}
        output = F.linear(fired if mask is None else fired * mask, readout, readout_bias)
        if self.readout is not None:
            output = events["readout"] = self.readout(output)
        return output, events


class _Run:
    """The batch side by side, and the kernel of each width."""

    def __init__(self, twin: Twin, layout: TextLayout) -> None:
        device = twin.readout.device
        self.index = torch.from_numpy(layout.index).to(device)
        self.lengths = torch.from_numpy(layout.lengths).to(device)
        self.kernels = kernels_of(twin.kernel(), twin.network.widths, twin.network.channels)
        self.kernel_bias, readout_bias = twin.bias(), twin.readout_bias
        self.readout_bias = None if readout_bias is None else twin.out(readout_bias)

    def padded(self, inputs: Tensor) -> Tensor:
        return padded(inputs, self.index, self.lengths)


class Mean(_Run):
    """See `Twin.begin`."""

    def __init__(self, twin: SpikingTextCNN, inputs: Tensor, layout: TextLayout) -> None:
        """A batch."""
        super().__init__(twin, layout)
        self.twin = twin
        self.network = MeanNetwork(
            len(self.kernels), twin.pooled_neurons, twin.spike_readout, lambda: IntegrateAndFire(twin.neuron)
        )

    def __call__(self, inputs: Tensor, mask: Tensor | None = None) -> Sent:
        """See `Run`."""
        sent: Sent = self.network(
            self.padded(inputs),
            self.lengths,
            self.kernels,
            self.twin.gain(),
            self.twin.onwards(),
            mask,
            self.kernel_bias,
            self.readout_bias,
        )
        return sent

    def first_text(self, inputs: Tensor) -> list[Tensor]:
        """See `SpikingTextCNN.activity`."""
        fired = self.network.fire(self.padded(inputs), self.lengths, self.kernels, self.kernel_bias)
        windows = [int(self.lengths[0]) - kernel.shape[2] + 1 for kernel in self.kernels]
        return [one[:, 0, :, :count].transpose(1, 2) for one, count in zip(fired, windows, strict=True)]


class Max(_Run):
    """See `Twin.begin`."""

    def __init__(self, twin: MaxSpikingTextCNN, inputs: Tensor, layout: TextLayout) -> None:
        """A batch."""
        super().__init__(twin, layout)
        self.twin = twin
        self.network = MaxNetwork(twin.spike_readout, lambda: IntegrateAndFire(twin.neuron))

    def __call__(self, inputs: Tensor, mask: Tensor | None = None) -> Sent:
        """See `Run`."""
        twin = self.twin
        sent: Sent = self.network(
            self.padded(inputs),
            self.lengths,
            self.kernels,
            self.kernel_bias,
            twin.onwards(),
            self.readout_bias,
            mask,
        )
        return sent


def memory(twin: Twin, steps: int) -> None:
    """See `Twin.memory`: nothing is remembered."""


RUNS = {"mean": Mean, "max": Max}  # by pooling
