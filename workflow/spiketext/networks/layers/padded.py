"""Texts side by side, each distinct word encoded once: how recurrent networks and those of one's own read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.inputs.batches import PADDING, Batch


@dataclass(frozen=True)
class PaddedLayout:
    """Texts side by side, padded to the longest.

    Attributes:
        words: `[n]`, the distinct words, and padding if there is any.
        placed: `[B, L]`, place in `words` of each token, on the network's device.
        lengths: `[B]`, there too.
    """

    words: np.ndarray
    placed: Tensor
    lengths: Tensor

    @classmethod
    def of(cls, batch: Batch, shortest: int, device: torch.device) -> PaddedLayout:
        """Of a batch; texts of fewer than `shortest` tokens are padded to them."""
        longest = max(int(batch.lengths.max()), shortest)
        tokens = np.full((len(batch.lengths), longest), PADDING, dtype=np.int64)
        tokens[np.arange(longest) < batch.lengths[:, None]] = batch.ids
        # As `np.unique` has them, without sorting: long sequences hold few distinct elements.
        words = np.flatnonzero(np.bincount(tokens.ravel()))
        places = np.empty(int(words[-1]) + 1, dtype=np.int64)
        places[words] = np.arange(len(words))
        placed = torch.from_numpy(places[tokens]).to(device)
        return cls(words, placed, torch.from_numpy(batch.lengths).to(device))

    def alone(self, text: int, tokens: int) -> PaddedLayout:
        """One of the texts, padded to so many tokens."""
        own = slice(text, text + 1)
        return replace(self, placed=self.placed[own, :tokens], lengths=self.lengths[own])

    def spread(self, values: Tensor) -> Tensor:
        """Values `[n, D]` of the words → float `[B, L, D]` of the tokens; zero beyond the end of a text."""
        # Indexing does the same, but its gradient takes a hundred times as long.
        return F.embedding(self.placed, values).to(torch.float32)

    @property
    def real(self) -> Tensor:
        """`[n]`, whether each of the words is one, not padding."""
        return torch.from_numpy(self.words != PADDING)

    @property
    def index(self) -> np.ndarray:
        """`[tokens]`, place in `words` of each token, text after text."""
        placed: np.ndarray = self.placed.cpu().numpy()
        return placed[self.words[placed] != PADDING]

    @property
    def places(self) -> Tensor:
        """`[n]` float64, how often each word stands in the texts; none for padding."""
        return self.reads.double()

    @property
    def reads(self) -> Tensor:
        """`[n]` int64, the same."""
        return torch.bincount(torch.from_numpy(self.index), minlength=len(self.words))
