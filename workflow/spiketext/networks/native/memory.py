"""What the spiking convolution remembers of words and windows, for texts under attack.

A word's projections depend on the word alone, and what the neurons of a window send on its words alone.
Spikes are counted, so a text's sums are the same to the bit whichever of its windows were met before.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spiketext.networks.native.library import Block, blocks_of, lanes, library, run
from spiketext.networks.native.spiking_convolution import require
from spiketext.neurons.integrate_and_fire import NeuronModel

SLOTS = 512  # words, each of which takes 250 kB at T = 50 with 3 widths of 100 channels; ten draws share them
WINDOWS = 4096  # windows of each width, each of which takes 5 kB there


@dataclass(frozen=True)
class Found:
    """Windows of one width: W of them in a batch, text after text, some of which are fresh.

    Attributes:
        places: `[W]` int32, where each is remembered.
        fresh: `[fresh]` int32, the same of those that were not met before.
        reads: `[fresh, width]` int32, where projections of their words begin, in vectors of lanes.
    """

    places: np.ndarray
    fresh: np.ndarray
    reads: np.ndarray


@dataclass(frozen=True)
class Recalled:
    """Where the words and windows of a batch are remembered.

    Attributes:
        memory: that remembers them.
        slots: `[n]` int64, place of each word.
        fresh: `[fresh]`, those of the n words that it has not met yet: only their spikes are needed.
        starts: `[B + 1]` int64, first token of each text.
        windows: of each width.
    """

    memory: WordMemory
    slots: np.ndarray
    fresh: np.ndarray
    starts: np.ndarray
    windows: list[Found]


class WordMemory:
    """Projections of words over T steps, and spikes of windows; all are forgotten when there is no more room.

    Attributes:
        kernel: `[S * C, D]`, whose tables are kept; it must not change.
        widths: of the windows.
        channels: C.
        steps: T.
        neuron: that the windows drive.
        tables: of each block of channels.
        projected: `[slots, T, width, lanes]` of each block.
        fired: `[windows, T, lanes]` of each block, bytes.
    """

    def __init__(
        self,
        kernel: Tensor,
        widths: Sequence[int],
        channels: int,
        steps: int,
        neuron: NeuronModel,
        slots: int = SLOTS,
        windows: int = WINDOWS,
    ) -> None:
        """Of a kernel `[S * C, D]` float32 on the CPU, where there is a compiled library."""
        native = library()
        assert native is not None
        self.kernel, self.steps, self.neuron = kernel.detach().contiguous(), steps, neuron
        self.widths, self.channels, self._windows = list(widths), channels, windows
        self._bits = 63 // max(widths)  # of a word's place, so that those of a window make one number
        self._slots = min(slots, 1 << self._bits)
        self._slot: dict[Hashable, int] = {}
        self._met: list[dict[int, int]] = [{} for _ in widths]
        inputs, self.blocks = kernel.shape[1], blocks_of(widths, channels)
        floats = native.table_floats(inputs)
        self.tables = [torch.empty(block.width * floats) for block in self.blocks]
        self.projected = [torch.empty(self._slots * steps * block.width * lanes()) for block in self.blocks]
        self.fired = [torch.empty(windows * steps * lanes(), dtype=torch.uint8) for _ in self.blocks]
        calls = [
            Block(
                inputs=inputs,
                width=block.width,
                lanes=block.lanes,
                kernel_stride=channels * inputs,
                kernel=self.kernel.data_ptr() + 4 * inputs * block.kernel_row,
                tables=table.data_ptr(),
            )
            for block, table in zip(self.blocks, self.tables, strict=True)
        ]
        native.table_blocks((Block * len(calls))(*calls), len(calls))

    def recall(self, keys: Sequence[Hashable], index: np.ndarray, lengths: np.ndarray) -> Recalled | None:
        """The places of a batch's words and windows; None: there is no room for all.

        Whoever asks must have the spikes of the fresh ones computed next, or `forget`.

        Args:
            keys: what tells the spike trains of n words apart.
            index: `[tokens]`, each token's place among them, text after text.
            lengths: `[B]`, tokens of each text, each at least the largest width.
        """
        found = self._find(keys, index, lengths)
        if found is None:
            self.forget()
            found = self._find(keys, index, lengths)
        if found is None:
            self.forget()
        return found

    def forget(self) -> None:
        """Forget all words and windows."""
        self._slot.clear()
        for met in self._met:
            met.clear()

    def _find(self, keys: Sequence[Hashable], index: np.ndarray, lengths: np.ndarray) -> Recalled | None:
        require(len(set(keys)) == len(keys), "two words of a batch have one key")
        fresh = [place for place, key in enumerate(keys) if key not in self._slot]
        if len(self._slot) + len(fresh) > self._slots:
            return None
        for place in fresh:
            self._slot[keys[place]] = len(self._slot)
        slots = np.array([self._slot[key] for key in keys], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        left = np.repeat(starts[1:], lengths) - np.arange(starts[-1])  # tokens to the end of the text
        windows = []
        for width, met in zip(self.widths, self._met, strict=True):
            words = slots[index[np.flatnonzero(left >= width)[:, None] + np.arange(width)]]
            one = self._find_windows(words, met)
            if one is None:
                return None
            windows.append(one)
        return Recalled(self, slots, np.array(fresh, dtype=np.int64), starts, windows)

    def _find_windows(self, words: np.ndarray, met: dict[int, int]) -> Found | None:
        """Those of one width, by the places `[W, width]` of their words."""
        width = words.shape[1]
        numbers = (words << (self._bits * np.arange(width))).sum(1)
        distinct, at, every = np.unique(numbers, return_index=True, return_inverse=True)
        names = distinct.tolist()
        fresh = [place for place, name in enumerate(names) if name not in met]
        if len(met) + len(fresh) > self._windows:
            return None
        for place in fresh:
            met[names[place]] = len(met)
        places = np.array([met[name] for name in names], dtype=np.int32)
        reads = (words[at[fresh]] * (self.steps * width)).astype(np.int32)
        return Found(places[every], places[fresh], np.ascontiguousarray(reads))


class RecalledLayer:
    """The layer for one batch whose words are remembered; all T steps are one call."""

    def __init__(self, recalled: Recalled) -> None:
        """What is remembered of the batch."""
        self.recalled = recalled

    def forward(self, inputs: Tensor) -> Tensor:
        """Spikes `[T, fresh, D]` uint8 → sums of spikes of each text, width and channel `[T, B, K * C]`."""
        recalled, memory = self.recalled, self.recalled.memory
        try:
            bytes_on_cpu = inputs.dtype == torch.uint8 and inputs.device.type == "cpu"
            require(bytes_on_cpu, "the inputs are no bytes on a CPU")
            shape = (memory.steps, len(recalled.fresh), memory.kernel.shape[1])
            require(inputs.shape == shape, "the inputs are not those of the fresh words")
            return self._sums(inputs)
        except BaseException:
            memory.forget()  # what is half written
            raise

    def _sums(self, inputs: Tensor) -> Tensor:
        recalled, memory = self.recalled, self.recalled.memory
        steps, words, width = inputs.shape
        quads = -(-width // 64)
        bits, spikes = torch.empty(steps, words, quads, dtype=torch.int64), inputs.contiguous()
        native = library()
        assert native is not None
        native.pack_bits(spikes.data_ptr(), steps * words, width, quads, bits.data_ptr())
        sentences = len(recalled.starts) - 1
        sums = torch.empty(steps, sentences, len(memory.widths) * memory.channels)
        start = torch.full((lanes(),), memory.neuron.initial * memory.neuron.theta)
        # By width: the place of each fresh word's projections, in vectors of lanes.
        fresh = recalled.slots[recalled.fresh]
        slots = {one: (fresh * (steps * one)).astype(np.int32) for one in memory.widths}
        arrays = {one: array.ctypes.data for one, array in slots.items()}
        found = [
            {
                "fresh": len(one.fresh),
                "reads": one.reads.ctypes.data,
                "kept": one.fresh.ctypes.data,
                "window": one.places.ctypes.data,
            }
            for one in recalled.windows
        ]
        calls = [
            Block(
                steps=steps,
                words=words,
                sentences=sentences,
                used=words,
                inputs=width,
                quads=quads,
                width=block.width,
                lanes=block.lanes,
                out_step=sums.stride(0),
                out_sentence=sums.stride(1),
                bits=bits.data_ptr(),
                slot=arrays[block.width],
                tables=memory.tables[place].data_ptr(),
                projected=memory.projected[place].data_ptr(),
                fired=memory.fired[place].data_ptr(),
                starts=recalled.starts.ctypes.data,
                potentials=start.data_ptr(),
                sums=sums.data_ptr() + 4 * block.out_column,
                beta=memory.neuron.beta,
                theta=memory.neuron.theta,
                **found[block.kind],
            )
            for place, block in enumerate(memory.blocks)
        ]
        run(native.recall_blocks, calls)
        return sums
