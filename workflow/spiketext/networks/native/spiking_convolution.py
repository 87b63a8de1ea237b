"""The native spiking convolution: blocks of channels, each run over all steps by one call into C."""

from __future__ import annotations

import ctypes

import torch
from torch import Tensor

from spiketext.networks.layers.windows import Windows
from spiketext.networks.native.library import Block, Derivative, blocks_of, lanes, library, run
from spiketext.neurons.integrate_and_fire import NeuronModel

CHUNK = 8  # steps that the derivative takes together
SURROGATES = {"fast-sigmoid": 0, "atan": 1}


def available(inputs: Tensor, kernel: Tensor, neuron: NeuronModel) -> bool:
    """Whether the layer can run natively: spikes (bytes) on a CPU, and a compiled library."""
    types = inputs.dtype == torch.uint8 and kernel.dtype == torch.float32
    fits = types and inputs.device.type == "cpu" and neuron.surrogate in SURROGATES
    return fits and library() is not None


class _Buffers:
    """Large arrays that come and go with every batch: a fresh one costs more than the work that fills it.

    The system clears each page of new memory when it is first touched.
    """

    def __init__(self) -> None:
        self.free: list[Tensor] = []

    def take(self, size: int) -> Tensor:
        """A buffer of at least `size` floats, with any contents."""
        while self.free:
            buffer = self.free.pop()
            if len(buffer) >= size:
                return buffer
        return torch.empty(size + size // 4)

    def give_back(self, buffer: Tensor) -> None:
        """For the next call of `take`."""
        self.free.append(buffer)


_BUFFERS = _Buffers()


def free_buffers() -> None:
    """Forget the buffers kept for the next batch."""
    _BUFFERS.free.clear()


def require(condition: bool, otherwise: str) -> None:
    """C reads and writes wherever it is told to, so what it is told must be right."""
    if not condition:
        raise ValueError(f"the spiking convolution cannot run: {otherwise}")


def _check_windows(windows: Windows, widths: list[int]) -> None:
    """That every number in the layout of a batch leads to a place in its arrays."""
    tokens, sentences = len(windows.index), len(windows.counts)
    int32 = (windows.index, windows.sentence, windows.occurrences)
    int64 = (windows.sentence_start, windows.occurrence_start)
    for arrays, dtype in ((int32, torch.int32), (int64, torch.int64)):
        for array in arrays:
            require(array.dtype == dtype and array.is_contiguous(), "its layout has other types")
    require(all(len(array) == tokens > 0 for array in int32), "its layout has other sizes")
    require(len(windows.sentence_start) == sentences + 1, "its layout has other sizes")
    lengths = windows.sentence_start.diff()
    for starts in int64:
        rising = bool((starts.diff() >= 0).all())
        require(int(starts[0]) == 0 and int(starts[-1]) == tokens and rising, "its layout is out of order")
    counts = lengths[:, None] - torch.tensor(widths) + 1
    require(torch.equal(windows.counts, counts) and int(counts.min()) > 0, "its windows are counted wrongly")
    for array, end in zip(int32, (len(windows.occurrence_start) - 1, sentences, tokens), strict=True):
        require(int(array.min()) >= 0 and int(array.max()) < end, "its layout leads out of the batch")


class NativeLayer:
    """The layer for one batch; its potentials go on from one call of `forward` to the next."""

    def __init__(
        self,
        kernel: Tensor,
        windows: Windows,
        widths: list[int],
        channels: int,
        neuron: NeuronModel,
    ) -> None:
        """`kernel` `[S * C, D]` float32 on the CPU."""
        _check_windows(windows, widths)
        require(
            len(kernel) == sum(widths) * channels, "the kernel has other rows than its widths and channels"
        )
        require(
            kernel.dtype == torch.float32 and kernel.device.type == "cpu", "the kernel is no float32 on a CPU"
        )
        self.kernel, self.windows, self.neuron = kernel.contiguous(), windows, neuron
        self.channels, self.features, self.lanes = channels, len(widths) * channels, lanes()
        self.blocks = blocks_of(widths, channels)
        self.used = int(windows.index.max()) + 1
        start = neuron.initial * neuron.theta
        windows_of = windows.counts.sum(0).tolist()
        self.sizes = [windows_of[block.kind] for block in self.blocks]
        sizes = self.sizes
        self.potentials = torch.full((sum(sizes), self.lanes), start).split(sizes)

    def forward(self, inputs: Tensor, keep: bool = False) -> Tensor:
        """Spikes `[T, n, D]` uint8 → sums of spikes of each sentence, width and channel `[T, B, K * C]`.

        With `keep` the call can be followed by `backward`.
        """
        steps, words, width = inputs.shape
        require(
            inputs.dtype == torch.uint8 and inputs.device.type == "cpu", "the inputs are no bytes on a CPU"
        )
        require(width == self.kernel.shape[1], "the inputs are not as wide as the kernel")
        require(words == len(self.windows.occurrence_start) - 1, "the inputs lack words of the batch")
        quads = -(-width // 64)
        self.bits = torch.empty(steps, words, quads, dtype=torch.int64)
        spikes = inputs.contiguous()
        native = library()
        assert native is not None
        native.pack_bits(spikes.data_ptr(), steps * words, width, quads, self.bits.data_ptr())
        sums = torch.empty(steps, len(self.windows.counts), self.features)
        sizes = [steps * windows * self.lanes if keep else 0 for windows in self.sizes]
        self.buffer = _BUFFERS.take(sum(sizes)) if keep else torch.empty(0)
        self.before = self.buffer[: sum(sizes)].split(sizes)

        run(native.forward_blocks, self._calls(sums, keep))
        return sums

    def backward(self, grad: Tensor, of_kernel: bool = True) -> tuple[Tensor, None]:
        """Gradient of the sums `[T, B, K * C]` → gradient of the kernel `[S * C, D]`; bytes need none."""
        require(of_kernel, "of bytes only the kernel has a gradient")
        steps, words, quads = self.bits.shape
        by_time = torch.empty(-(-steps // CHUNK), words, 64 * quads, dtype=torch.uint8)
        native = library()
        assert native is not None
        native.bits_over_time(self.bits.data_ptr(), steps, words, quads, by_time.data_ptr())
        require(
            grad.shape == (steps, len(self.windows.counts), self.features), "the gradient has another shape"
        )
        require(grad.dtype == torch.float32, "the gradient is no float32")
        grad, layout = grad.contiguous(), self.windows
        grad_kernel = torch.empty_like(self.kernel)
        derivative = Derivative(
            by_time=by_time.data_ptr(),
            tokens=layout.occurrences.data_ptr(),
            token_start=layout.occurrence_start.data_ptr(),
            sentence=layout.sentence.data_ptr(),
            surrogate=SURROGATES[self.neuron.surrogate],
            slope=self.neuron.slope,
        )
        run(native.backward_blocks, self._calls(grad, True, grad_kernel), ctypes.byref(derivative))
        _BUFFERS.give_back(self.buffer)
        del self.before, self.buffer  # a second call of backward would read another batch's potentials
        return grad_kernel, None

    def _calls(self, sums: Tensor, keep: bool, grad_kernel: Tensor | None = None) -> list[Block]:
        """The blocks as C takes them; addresses are in bytes, four for each float."""
        steps, words, quads = self.bits.shape
        layout, inputs = self.windows, self.kernel.shape[1]
        return [
            Block(
                steps=steps,
                words=words,
                sentences=len(layout.counts),
                used=self.used,
                inputs=inputs,
                quads=quads,
                width=block.width,
                lanes=block.lanes,
                tokens=len(layout.index),
                kernel_stride=self.channels * inputs,
                out_step=sums.stride(0),
                out_sentence=sums.stride(1),
                bits=self.bits.data_ptr(),
                index=layout.index.data_ptr(),
                starts=layout.sentence_start.data_ptr(),
                kernel=self.kernel.data_ptr() + 4 * inputs * block.kernel_row,
                potentials=self.potentials[i].data_ptr(),
                before=self.before[i].data_ptr() if keep else None,
                sums=sums.data_ptr() + 4 * block.out_column,
                grad_kernel=grad_kernel.data_ptr() + 4 * inputs * block.kernel_row
                if grad_kernel is not None
                else None,
                beta=self.neuron.beta,
                theta=self.neuron.theta,
            )
            for i, block in enumerate(self.blocks)
        ]
