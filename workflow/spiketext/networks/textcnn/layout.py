"""How the TextCNN lays out a batch: each distinct word once, and where the windows lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spiketext.inputs.batches import PADDING, Batch
from spiketext.networks.layers.windows import Windows, make_windows

# The number of distinct words is padded to a multiple of this. oneDNN compiles and keeps a program for
# every new shape of a matrix product: with all numbers from 200 to 2,000 that costs hundreds of MB.
ROUND = 64


@dataclass(frozen=True)
class TextLayout:
    """One batch; texts shorter than the widest window are padded to it.

    Attributes:
        words: `[n]`, the distinct words, and padding up to a multiple of `ROUND`.
        index: `[tokens]`, each token's place in `words`.
        lengths: `[B]`, tokens of each text.
        widths: of the windows.
        device: the network's.
        recalled: where words are remembered, if they are.
    """

    words: np.ndarray
    index: np.ndarray
    lengths: np.ndarray
    widths: list[int]
    device: torch.device
    recalled: Any = None  # `networks.native.memory.Recalled`, which the layout of a DNN must not know

    @classmethod
    def of(cls, batch: Batch, widths: list[int], device: torch.device) -> TextLayout:
        """Of a batch."""
        lengths = np.maximum(batch.lengths, max(widths))
        starts = np.concatenate([[0], np.cumsum(lengths)])
        text = np.repeat(np.arange(len(lengths)), lengths)
        real = np.arange(starts[-1]) - starts[text] < batch.lengths[text]
        tokens = np.full(starts[-1], PADDING, dtype=np.int64)
        tokens[real] = batch.ids
        words, index = np.unique(tokens, return_inverse=True)
        words = np.pad(words, (0, -len(words) % ROUND), constant_values=PADDING)
        return cls(words, index, lengths, widths, device)

    @cached_property
    def windows(self) -> Windows:
        """Where each word stands, on the network's device; laid out when it is first asked for."""
        return make_windows(self.index, self.lengths, self.widths, len(self.words)).to(self.device)

    @cached_property
    def counts(self) -> Tensor:
        """`[B, K]`, windows of each text and width, on the network's device."""
        return torch.from_numpy(self.lengths[:, None] - np.array(self.widths) + 1).to(self.device)

    def placed(self, values: Tensor, fill: float = 0.0) -> Tensor:
        """Values `[..., W, C]` of windows → `[..., L, K * C]` of the first text's L tokens.

        A window stands at its first token; at the last tokens, where none begins, stands `fill`.
        """
        first = self.counts[0].tolist()  # windows of each width in the first text
        length = int(self.lengths[0])
        return torch.cat(
            [
                torch.nn.functional.pad(own, (0, 0, 0, length - own.shape[-2]), value=fill)
                for own in values[..., : sum(first), :].split(first, -2)
            ],
            -1,
        )

    @property
    def places(self) -> Tensor:
        """`[n]` float64, places at which each distinct word stands; none for padding."""
        uses = torch.bincount(torch.from_numpy(self.index), minlength=len(self.words))
        return (uses * self._real).double()

    @property
    def reads(self) -> Tensor:
        """`[n]` int64, rows of kernels that read each word; none for padding."""
        return self._reading * self._real

    @property
    def rows(self) -> Tensor:
        """`[n]` float64, the same: a word's fan-out in channels."""
        return self.reads.double()

    @property
    def padding(self) -> Tensor:
        """`[n]` float64, rows of kernels that lie on padding, at the place of the padding."""
        return (self._reading * ~self._real).double()

    @property
    def _real(self) -> Tensor:
        return torch.from_numpy(self.words != PADDING)

    @property
    def _reading(self) -> Tensor:
        return torch.bincount(self.windows.gather.cpu() // sum(self.widths), minlength=len(self.words))
