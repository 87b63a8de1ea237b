"""What the spiking convolution remembers of words, so that a text with one changed word costs one word."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spiketext.networks.native.library import Block, blocks_of, lanes, library

SLOTS = 512  # words, each of which takes 250 kB at T = 50 with 3 widths of 100 channels; ten draws share them


@dataclass(frozen=True)
class Recalled:
    """Where the words of a batch are remembered.

    Attributes:
        memory: that remembers them.
        slots: `[n]` int32, place of each word.
        fresh: `[fresh]`, those of the n words that it has not met yet: only their spikes are needed.
    """

    memory: WordMemory
    slots: np.ndarray
    fresh: np.ndarray

    def places(self, width: int) -> Tensor:
        """Where each word's projections to channels of a width begin, `[n]` int32, in vectors of lanes."""
        return torch.from_numpy(self.slots * np.int32(self.memory.steps * width))


class WordMemory:
    """Projections of words over T steps, the least recently used of which make room for others.

    Attributes:
        kernel: `[S * C, D]`, whose tables are kept; it must not change.
        steps: T.
        tables: of each block of channels.
        projected: `[slots, T, width, lanes]` of each block.
    """

    def __init__(
        self, kernel: Tensor, widths: Sequence[int], channels: int, steps: int, slots: int = SLOTS
    ) -> None:
        """Of a kernel `[S * C, D]` float32 on the CPU, where there is a compiled library."""
        native = library()
        assert native is not None
        self.kernel, self.steps, self.slots = kernel.detach().contiguous(), steps, slots
        self._slot: OrderedDict[Hashable, int] = OrderedDict()
        inputs, blocks = kernel.shape[1], blocks_of(widths, channels)
        floats = native.table_floats(inputs)
        self.tables = [torch.empty(block.width * floats) for block in blocks]
        self.projected = [torch.empty(slots * steps * block.width * lanes()) for block in blocks]
        calls = [
            Block(
                inputs=inputs,
                width=block.width,
                lanes=block.lanes,
                kernel_stride=channels * inputs,
                kernel=self.kernel.data_ptr() + 4 * inputs * block.kernel_row,
                tables=table.data_ptr(),
            )
            for block, table in zip(blocks, self.tables, strict=True)
        ]
        native.table_blocks((Block * len(calls))(*calls), len(calls))

    def recall(self, keys: Sequence[Hashable]) -> Recalled | None:
        """The places of words by what tells their spike trains apart, n keys; None: there is no room for all.

        Whoever asks must have the spikes of the fresh ones projected next, or `forget`.
        """
        if len(keys) > self.slots:
            return None
        fresh = [place for place, key in enumerate(keys) if key not in self._slot]
        for key in keys:
            if key in self._slot:
                self._slot.move_to_end(key)
        for place in fresh:
            free = len(self._slot) if len(self._slot) < self.slots else self._slot.popitem(last=False)[1]
            self._slot[keys[place]] = free
        slots = np.array([self._slot[key] for key in keys], dtype=np.int32)
        return Recalled(self, slots, np.array(fresh, dtype=np.int64))

    def forget(self) -> None:
        """Forget all words."""
        self._slot.clear()
