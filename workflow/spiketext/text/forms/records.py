"""JSON lines and Parquet: rows whose values have names and types."""

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.labels import comparable
from spiketext.text.forms.columns import Raw, columns

BATCH_ROWS = 2048


def as_text(value: Any) -> str | None:
    """A value as it would stand in a CSV file; "" for none, None for lists and the like."""
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal | date | time | timedelta):
        return str(value)
    return None


def read_json_lines(lines: Iterable[str], path: str | Path, spec: TextFile) -> Iterator[Raw]:
    """Texts and labels of one JSON object a line.

    Raises:
        SpikeTextError: a line is no JSON object or lacks a key, or a value is no text; with file and line.
    """
    for place, record in json_records(lines, path):
        where = f"{path}, line {place}"
        if any(
            comparable(_text(record.get(name), name, where)) != comparable(value)
            for name, value in spec.where.items()
        ):
            continue
        for name in (spec.text, spec.label):
            if name not in record:
                shown = ", ".join(map(repr, record))[:200] or "nothing"
                raise SpikeTextError(
                    f"{where}: no key {name!r}, but {shown}; correct `text` or `label` of this file"
                )
        text, label = (_text(record[name], name, where) for name in (spec.text, spec.label))
        yield Raw(place, text, label)


def json_records(lines: Iterable[str], path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line and object of each line that is not empty.

    Raises:
        SpikeTextError: a line is no JSON object; with file and line.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_without_repeats)
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {place}"
        try:
            record = decoder.decode(line)
        except (ValueError, RecursionError) as error:
            raise SpikeTextError(f"{where}: not valid JSON ({error}); mend that line") from error
        if not isinstance(record, dict):
            raise SpikeTextError(
                f"{where}: no JSON object; every line needs one, with the keys of `text` and `label`"
            )
        yield place, record


def read_parquet(file: BinaryIO, path: str | Path, spec: TextFile) -> Iterator[Raw]:
    """Texts and labels of a Parquet file, a batch of rows at a time.

    Raises:
        SpikeTextError: damaged file, missing column, or one that holds no text; with file and row.
    """
    with _parquet_errors(path):
        table = _parquet_file(file)
        names = table.schema_arrow.names
        used = columns(names, True, spec, str(path))
        chosen = sorted({used.text, used.label, *(column for column, _ in used.where)})
        for place, values in _parquet_rows(table, [names[column] for column in chosen]):
            where = f"{path}, row {place}"
            texts = [_text(value, name, where) for name, value in values.items()]
            cells = dict(zip(chosen, texts, strict=True))
            if all(comparable(cells[column]) == value for column, value in used.where):
                yield Raw(place, cells[used.text], cells[used.label])


def parquet_records(file: BinaryIO, path: str | Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row and values of each row of a Parquet file; columns of one name are left out.

    Raises:
        SpikeTextError: damaged file.
    """
    with _parquet_errors(path):
        table = _parquet_file(file)
        names = table.schema_arrow.names
        yield from _parquet_rows(table, [name for name in names if names.count(name) == 1])


def _parquet_file(file: BinaryIO) -> pq.ParquetFile:
    return pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True)


def _parquet_rows(table: pq.ParquetFile, names: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    place = 0
    for batch in table.iter_batches(BATCH_ROWS, columns=names, use_threads=False):
        # By name: pyarrow gives the columns of a batch in an order of its own.
        columns = [batch.column(name).to_pylist() for name in names]
        for values in zip(*columns, strict=True):
            place += 1
            yield place, dict(zip(names, values, strict=True))


@contextmanager
def _parquet_errors(path: str | Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # the last: dates out of range
        raise SpikeTextError(
            f"{path}: damaged Parquet file ({str(error)[:120]}); get the file again"
        ) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key stands twice")
    return record


def _text(value: Any, name: str, where: str) -> str:
    text = as_text(value)
    if text is None:
        raise SpikeTextError(
            f"{where}: {name!r} holds a {type(value).__name__}, not a text; name another column"
        )
    return text
