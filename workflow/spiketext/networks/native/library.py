"""The compiled library: what it is told, and how many threads share its work."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from spiketext.networks.native.build import load


class Block(ctypes.Structure):
    """What C is told of a block of channels; spiking_convolution.c says what each means."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("steps", "words", "sentences", "used", "inputs", "quads")),
        *((name, ctypes.c_int64) for name in ("width", "lanes", "tokens", "kernel_stride")),
        *((name, ctypes.c_int64) for name in ("out_step", "out_sentence")),
        *((name, ctypes.c_void_p) for name in ("bits", "slot", "tables", "projected")),
        *((name, ctypes.c_void_p) for name in ("reads", "kept", "window", "fired")),
        ("fresh", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("index", "starts", "kernel")),
        *((name, ctypes.c_void_p) for name in ("potentials", "before", "sums", "grad_kernel")),
        *((name, ctypes.c_float) for name in ("beta", "theta")),
    ]


class Derivative(ctypes.Structure):
    """What C is told of a batch's derivative, whatever the block."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("by_time", "tokens", "token_start", "sentence")),
        ("surrogate", ctypes.c_int64),
        ("slope", ctypes.c_float),
    ]


@dataclass(frozen=True)
class Channels:
    """Up to `lanes()` channels of one width: where their weights and their results lie."""

    kind: int  # place of the width
    width: int
    kernel_row: int
    out_column: int
    lanes: int


def blocks_of(widths: Sequence[int], channels: int) -> list[Channels]:
    """All channels of all widths, the longest jobs first."""
    return [
        Channels(
            kind, width, sum(widths[:kind]) * channels + first, kind * channels + first,
            min(lanes(), channels - first),
        )
        for kind, width in sorted(enumerate(widths), key=lambda item: -item[1])
        for first in range(0, channels, lanes())
    ]  # fmt: skip


@cache
def lanes() -> int:
    """Channels of a block, as the library was compiled for this processor."""
    found = library()
    assert found is not None
    count: int = found.lanes()
    return count


@cache
def library() -> ctypes.CDLL | None:
    """The library; None where it cannot be compiled."""
    found = load(Path(__file__).with_name("spiking_convolution.c"))
    if found is not None:
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        found.lanes.restype = integer
        found.pack_bits.argtypes = [pointer, integer, integer, integer, pointer]
        found.pack_bits.restype = None
        found.bits_over_time.argtypes = [pointer, integer, integer, integer, pointer]
        found.bits_over_time.restype = None
        found.table_blocks.argtypes, found.table_blocks.restype = [pointer, integer], None
        found.table_floats.argtypes, found.table_floats.restype = [integer], integer
        found.forward_blocks.argtypes = [pointer, integer, ctypes.c_int]
        found.recall_blocks.argtypes = [pointer, integer, ctypes.c_int]
        found.backward_blocks.argtypes = [pointer, integer, ctypes.c_int, pointer]
    return found


def run(function: Callable[..., int], blocks: list[Block], *others: object) -> None:
    """Let as many threads as PyTorch uses share the blocks.

    Raises:
        MemoryError: there was too little for the tables.
    """
    if function((Block * len(blocks))(*blocks), len(blocks), torch.get_num_threads(), *others):
        raise MemoryError("the spiking convolution found no memory for its tables")
