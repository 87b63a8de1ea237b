"""Readers of files of arrays, one for each format; nothing in a file is executed."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spiketext.config.sequences import ArrayFile
from spiketext.errors import SpikeTextError
from spiketext.resources.pickled_arrays import load_arrays
from spiketext.sequences.raw import ADVICE, Raw, check_labels, check_size, from_arrays, reading
from spiketext.tasks.base import Task
from spiketext.tasks.classes import LEADING

SUFFIX = ".npy"  # of an array within an npz file
# What damaged npz files make zipfile, zlib and NumPy raise.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, struct.error, SyntaxError)


def read_file(path: Path, spec: ArrayFile, task: Task = LEADING) -> Raw:
    """The sequences of one file, with labels such as the task can have.

    Raises:
        SpikeTextError: it is missing, damaged, of another form, or does not hold what `spec` names.
    """
    found = READERS[spec.form](path, spec)
    if found.labels.dtype.kind not in task.label_kinds:
        raise SpikeTextError(
            f"{path}: `{spec.label}` is of type {found.labels.dtype}, not {task.label_types}; {ADVICE}"
        )
    return found


def read_values(path: Path) -> Raw:
    """The sequences of an npz file whose classes nobody knows yet, in an array `x`; all labels are 0.

    Where there is an array `lengths`, what follows these elements is not read.

    Raises:
        SpikeTextError: see `read_file`.
    """
    with reading(path, *DAMAGE), zipfile.ZipFile(path) as zipped:
        held = {name.removesuffix(SUFFIX) for name in zipped.namelist()}
        if "x" not in held:
            raise SpikeTextError(
                f"{path}: holds no array `x`, but {', '.join(sorted(held))[:200] or 'nothing'}; save the "
                "sequences under that name"
            )
        spec = ArrayFile(path="sequences.npz", lengths="lengths" if "lengths" in held else None)
        names = [spec.values, *([spec.lengths] if spec.lengths else [])]
        arrays = {name: _member(zipped, path, name) for name in names}
        arrays[spec.label] = np.zeros(arrays[spec.values].shape[:1], np.int64)
        return from_arrays(path, spec, arrays)


# ---------------------------------------------------------------------------- NumPy's arrays by name


def _read_npz(path: Path, spec: ArrayFile) -> Raw:
    with reading(path, *DAMAGE), zipfile.ZipFile(path) as zipped:
        return from_arrays(path, spec, {name: _member(zipped, path, name) for name in _names(spec)})


def _names(spec: ArrayFile) -> list[str]:
    return [spec.values, spec.label, *([spec.lengths] if spec.lengths is not None else [])]


def _member(zipped: zipfile.ZipFile, path: Path, name: str) -> np.ndarray:
    """One array, once its header says that it can be had."""
    held = [one.filename for one in zipped.infolist() if one.filename.endswith(SUFFIX)]
    if name + SUFFIX not in held:
        raise _no_such(path, name, [one.removesuffix(SUFFIX) for one in held])
    member = zipped.getinfo(name + SUFFIX)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SpikeTextError(f"{path}: `{name}` is packed in another way than by NumPy; save it again")
    with zipped.open(member) as stream:
        shape, dtype = _header(stream)
    if dtype.hasobject:
        raise SpikeTextError(
            f"{path}: `{name}` holds Python objects, which are not loaded; save it as an array of numbers, "
            "with `lengths` where sequences differ in length"
        )
    count = int(np.prod(shape, dtype=object))
    check_size(path, name, count)
    if count * dtype.itemsize > member.file_size:
        raise ValueError(f"`{name}` is cut off")
    with zipped.open(member) as stream:
        array: np.ndarray = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _header(stream: Any) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:  # 3.0 is for names of fields that are not Latin
        raise ValueError("an array of records")
    shape, _, dtype = readers[version](stream)
    return shape, dtype


def _no_such(path: Path, name: str, held: list[str]) -> SpikeTextError:
    shown = ", ".join(map(str, held))[:200] or "nothing"
    return SpikeTextError(f"{path}: holds no `{name}`, but {shown}; {ADVICE}")


# ---------------------------------------------------------------------------- arrays in a pickle


def _read_pickle(path: Path, spec: ArrayFile) -> Raw:
    found = _loaded(path)
    arrays = {name: _within(found, path, name) for name in _names(spec)}
    check_size(path, spec.values, arrays[spec.values].size)
    return from_arrays(path, spec, arrays)


@lru_cache(maxsize=1)
def _loaded(path: Path) -> Any:
    """What the pickle holds; kept for the next entry, as one file often holds all splits."""
    return load_arrays(path)


def _within(found: Any, path: Path, name: str) -> np.ndarray:
    """The array at a place such as `0/1`, or under a key."""
    for part in name.split("/"):
        inner: Mapping[Any, Any] = {}
        if isinstance(found, dict):
            inner = {_key(key): value for key, value in found.items()}
        elif isinstance(found, (list, tuple)):
            inner = {str(place): value for place, value in enumerate(found)}
        if part not in inner:
            raise _no_such(path, name, list(inner))
        found = inner[part]
    if not isinstance(found, np.ndarray):
        raise SpikeTextError(f"{path}: `{name}` is no array; {ADVICE}")
    return found


def _key(key: Any) -> str:
    """The key of a dictionary as text; those that Python 2 wrote are bytes."""
    return key.decode("latin-1") if isinstance(key, bytes) else str(key)


# ---------------------------------------------------------------------------- Parquet


def _read_parquet(path: Path, spec: ArrayFile) -> Raw:
    with reading(path, pa.ArrowException, ValueError), path.open("rb") as file:
        table = pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True)
        names = table.schema_arrow.names
        for name in (spec.values, spec.label):
            if names.count(name) != 1:
                raise _no_such(path, name, names)
        check_size(path, spec.values, _leaves(table, spec.values))
        columns = table.read([spec.values, spec.label], use_threads=False)
        values, lengths = _lists(path, spec, columns[spec.values].combine_chunks())
        labels = _labels(path, spec, columns[spec.label])
    check_labels(path, spec, labels, len(lengths))
    return Raw(values, lengths, labels)


def _leaves(table: pq.ParquetFile, name: str) -> int:
    """How many values a column of lists holds, as the file's end says."""
    metadata = table.metadata
    places = [
        place for place in range(metadata.num_columns)
        if metadata.schema.column(place).path.split(".")[0] == name
    ]  # fmt: skip
    groups = range(metadata.num_row_groups)
    return sum(metadata.row_group(group).column(place).num_values for group in groups for place in places)


def _lists(path: Path, spec: ArrayFile, column: Any) -> tuple[np.ndarray, np.ndarray]:
    """Values `[elements, D]` and lengths `[N]` of a column of lists of numbers, or of lists of such lists."""
    where = f"{path}: column `{spec.values}`"
    if not len(column):
        raise SpikeTextError(f"{path}: no rows; check the file")
    lengths = _lengths(where, column)
    if not lengths.all():
        raise SpikeTextError(f"{where}: the list in row {int(lengths.argmin()) + 1} is empty; leave it out")
    elements = column.flatten()
    width = 1
    if _is_list(elements.type):
        widths = _lengths(where, elements)
        width = int(widths[0])
        if (widths != width).any() or not width:
            row = int(np.searchsorted(np.cumsum(lengths), int((widths != width).argmax()), "right")) + 1
            raise SpikeTextError(
                f"{where}: the elements in row {row} are not all of {width} values, as the first one is; "
                "every element needs as many"
            )
        elements = elements.flatten()
    if not (pa.types.is_integer(elements.type) or pa.types.is_floating(elements.type)):
        raise SpikeTextError(f"{where}: holds {elements.type}, not lists of numbers; {ADVICE}")
    if elements.null_count:
        raise SpikeTextError(f"{where}: holds empty values (null); fill them in, or leave these rows out")
    return elements.to_numpy(zero_copy_only=False).reshape(-1, width), lengths


def _is_list(type_: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)
    )


def _lengths(where: str, column: Any) -> np.ndarray:
    if not _is_list(column.type):
        raise SpikeTextError(f"{where}: holds {column.type}, not lists of numbers; {ADVICE}")
    if column.null_count:
        raise SpikeTextError(f"{where}: holds empty cells (null); fill them in, or leave these rows out")
    lengths: np.ndarray = pc.list_value_length(column).to_numpy(zero_copy_only=False)
    return lengths.astype(np.int64)


def _labels(path: Path, spec: ArrayFile, column: Any) -> np.ndarray:
    if column.null_count:
        raise SpikeTextError(f"{path}: column `{spec.label}` holds empty cells (null); fill them in")
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return np.array(column.to_pylist(), dtype=np.str_)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise SpikeTextError(
            f"{path}: column `{spec.label}` holds {column.type}, not numbers or texts; {ADVICE}"
        )
    labels: np.ndarray = column.to_numpy()
    return labels


READERS: dict[str, Callable[[Path, ArrayFile], Raw]] = {
    "npz": _read_npz,
    "parquet": _read_parquet,
    "pickle": _read_pickle,
}
