"""Named arrays on disk, as safetensors, and what each file may hold."""

import json
import math
import mmap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path
from spiketext.seal import NAME, ROOM, check_sealed_file, seal, unreadable, unusable

BLOCK = 2**20  # values that are looked at together


class Arrays(dict[str, np.ndarray]):
    """Arrays of a file, by name.

    Attributes:
        path: the file, for messages; None: they come from no file.
        data: the bytes of the file, where the arrays lie in it; None: they are copies.
    """

    def __init__(
        self, path: str | Path | None, arrays: Mapping[str, np.ndarray], data: mmap.mmap | None = None
    ) -> None:
        """Hold `arrays` of `path`."""
        super().__init__(arrays)
        self.path, self.data = path, data

    def blocks(self, name: str) -> Iterator[np.ndarray]:
        """An array's values, some at a time; those of a file stay in memory for no longer."""
        flat = self[name].reshape(-1)
        for begin in range(0, len(flat), BLOCK):
            yield flat[begin : begin + BLOCK]
            self.release()

    def release(self) -> None:
        """What has been read of a file need not stay in this process's memory; it can be read again."""
        if self.data is not None:
            self.data.madvise(mmap.MADV_DONTNEED)


@dataclass(frozen=True)
class Layout:
    """What one array must be; values that are not finite are never allowed.

    Attributes:
        dtype: numpy's name of the type.
        shape: sizes; a name stands for any size, the same wherever it stands.
        low: least value allowed.
        high: largest value allowed.
    """

    dtype: str
    shape: tuple[int | str, ...]
    low: float = -math.inf
    high: float = math.inf


def write_arrays(path: str | Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays with a checksum, atomically.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    with atomic_path(path) as partial:
        try:
            save_file(ordered, partial, metadata={NAME: ROOM})
        except SafetensorError as error:
            # safetensors hides the operating system's error number in its message.
            raise SpikeTextError(
                f"cannot write {path}: {error}; free some space or choose another results folder"
            ) from error
        seal(partial, in_front=True)


def read_arrays(
    path: str | Path, layout: Mapping[str, Layout] | None = None, only: Collection[str] | None = None
) -> Arrays:
    """Read named arrays.

    Args:
        path: the file.
        layout: what it must hold, see `check_arrays`; None: anything.
        only: the arrays to read; the others take no memory. None: all.

    Raises:
        SpikeTextError: the file is missing, damaged or holds something else.
    """
    check_sealed_file(path, in_front=True)
    try:
        arrays = Arrays(path, load_file(path) if only is None else _some(path, only))
    except (OSError, SafetensorError) as error:
        raise unreadable(path, error) from error
    if layout is not None:
        check_arrays(arrays, layout)
    return arrays


def map_arrays(path: str | Path, layout: Mapping[str, Layout]) -> Arrays:
    """Named arrays that stay in their file and cannot be written to; see `Arrays.release`.

    Arguments and errors are those of `read_arrays`.
    """
    check_sealed_file(path, in_front=True)
    try:
        with safe_open(path, framework="numpy"), Path(path).open("rb") as file:  # refuses a head that is none
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        arrays = Arrays(path, dict(_lying_in(data)), data)
    except (OSError, ValueError, SafetensorError) as error:
        raise unreadable(path, error) from error
    check_arrays(arrays, layout)
    return arrays


def _lying_in(data: mmap.mmap) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a safetensors file, by name.

    The format (github.com/huggingface/safetensors, "Format"): the length of the head as 8 bytes,
    little-endian; the head as JSON, for each array its type, as "I32", its shape, and its first and last byte
    behind the head.
    """
    begin = 8 + int.from_bytes(data[:8], "little")
    for name, entry in json.loads(data[8:begin]).items():
        if name != "__metadata__":
            code, shape, place = entry["dtype"], entry["shape"], begin + entry["data_offsets"][0]
            kind = "?" if code == "BOOL" else f"<{code[0].lower()}{int(code[1:]) // 8}"
            yield name, np.frombuffer(data, kind, math.prod(shape), place).reshape(shape)


def _some(path: str | Path, names: Collection[str]) -> dict[str, np.ndarray]:
    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in names}


def check_arrays(arrays: Arrays, layout: Mapping[str, Layout]) -> None:
    """Refuse arrays that are not exactly those of `layout`: names, types, shapes and ranges.

    Raises:
        SpikeTextError: the first difference.
    """
    trouble = next(_differences(arrays, layout), None)
    if trouble is None:
        return
    if arrays.path is None:
        raise SpikeTextError(f"these arrays do not fit ({trouble})")
    raise unusable(arrays.path, f"does not fit ({trouble})")


def _differences(arrays: Arrays, layout: Mapping[str, Layout]) -> Iterator[str]:
    for verb, names in (("lacks", layout.keys() - arrays.keys()), ("has", arrays.keys() - layout.keys())):
        if names:
            yield f"it {verb} {', '.join(sorted(names))}"
    sizes: dict[str, int] = {}
    for name, wanted in layout.items():
        array = arrays[name]
        if array.dtype != wanted.dtype:
            yield f"{name} is {array.dtype}, not {wanted.dtype}"
        if len(wanted.shape) == array.ndim:  # a name stands for the first size in its place
            for size, found in zip(wanted.shape, array.shape, strict=True):
                if isinstance(size, str):
                    sizes.setdefault(size, found)
        expected = tuple(sizes.get(size, size) if isinstance(size, str) else size for size in wanted.shape)
        if array.shape != expected:
            yield f"{name} has the shape {list(array.shape)}, not [{', '.join(map(str, expected))}]"
        for block in arrays.blocks(name):
            if array.dtype.kind == "f" and not np.isfinite(block).all():
                yield f"{name} holds values that are not finite"
            if not (wanted.low <= block.min() and block.max() <= wanted.high):
                yield f"{name} holds values beyond {wanted.low:g} to {wanted.high:g}"
