"""Pretrained sentence encoders: texts → vectors.

Each is a module of its own with a class `Model`, found by its name, which is that of its resource too.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

ROOM = "networks.pretrained.models"

# What a linear layer or a convolution reads, of its values before: `(name, [B, P, c] or [B, c])`.
Entering = Callable[[str, Tensor], Tensor]


def unchanged(name: str, values: Tensor) -> Tensor:
    """The values themselves, whatever reads them."""
    return values


@dataclass(frozen=True)
class Products:
    """Products of one layer, for all texts of a batch.

    Attributes:
        layer: whose work it is in tables.
        values: how many values are multiplied.
        width: values of an item.
        memory: values that their memory holds, which is made for the longest text.
        outputs: products of each of them.
        weights: values that the memory of the other factors holds, where these are weights.
        sums: values that the memory of their sums holds, where these are kept.
        enters: under which name these values pass `Entering`; None: they are no layer's input.
    """

    layer: str
    values: float
    width: int
    memory: int
    outputs: float
    weights: int | None = None
    sums: int = 0
    enters: str | None = None


class Model(nn.Module):
    """A sentence encoder.

    What it is made of are tensors by name: those of numbers are trained, `FIXED` ones aside.

    Attributes:
        width: W, of a text's vector.
        table_size: values that the table of word pieces holds.
    """

    FIXED: ClassVar[frozenset[str]] = frozenset()
    width: int
    table_size: int

    def __init__(self, tensors: Mapping[str, Tensor], dropout: float) -> None:
        """Take over the tensors."""
        super().__init__()
        self.dropout = dropout
        for name, tensor in tensors.items():
            if tensor.is_floating_point() and name not in self.FIXED:
                self.register_parameter(_inner(name), nn.Parameter(tensor.clone()))
            else:
                self.register_buffer(_inner(name), tensor.clone())

    def __getitem__(self, name: str) -> Tensor:
        """One of the tensors."""
        found: Tensor = getattr(self, _inner(name))
        return found

    def tensors(self) -> dict[str, Tensor]:
        """All that it is made of, trained or not."""
        return {name.replace("/", "."): tensor for name, tensor in self.state_dict().items()}

    @classmethod
    @abstractmethod
    def fetched(cls, manifests: Sequence[str | Path]) -> dict[str, Tensor]:
        """The tensors of the resource of its name.

        Raises:
            SpikeTextError: the resource is missing, damaged or another one.
        """

    @classmethod
    @abstractmethod
    def check(cls, tensors: Mapping[str, Tensor]) -> None:
        """Raises SpikeTextError where the tensors are those of something else."""

    @abstractmethod
    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Numbers of the word pieces of each text, with those that begin and end it."""

    @abstractmethod
    def forward(self, ids: Tensor, lengths: Tensor, entering: Entering = unchanged) -> Tensor:
        """Vectors `[B, W]` of word pieces `[B, P]`, of which `lengths` `[B]` count.

        What each layer reads passes `entering` first, in the order of `products`.
        """

    @abstractmethod
    def products(self, lengths: np.ndarray, longest: int) -> list[Products]:
        """What texts of so many word pieces `[B]` cost; memories are made for a text of `longest`."""

    def dropped(self, values: Tensor) -> Tensor:
        """Values with dropout, in training."""
        return nn.functional.dropout(values, self.dropout, self.training)


def _inner(name: str) -> str:
    return name.replace(".", "/")  # a full stop would name a module within


def as_bytes(path: Path) -> Tensor:
    """A file as a tensor, which is stored with the weights."""
    return torch.from_numpy(np.fromfile(path, dtype=np.uint8))
