"""JSON lines and Parquet: rows whose values have names and types."""

import json
import math
from collections.abc import Iterable, Iterator
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
        yield Raw(place, *(_text(record[name], name, where) for name in (spec.text, spec.label)))


def read_parquet(file: BinaryIO, path: str | Path, spec: TextFile) -> Iterator[Raw]:
    """Texts and labels of a Parquet file, a batch of rows at a time.

    Raises:
        SpikeTextError: damaged file, missing column, or one that holds no text; with file and row.
    """
    try:
        table = pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True)
        names = table.schema_arrow.names
        used = columns(names, True, spec, str(path))
        chosen = sorted({used.text, used.label, *(column for column, _ in used.where)})
        place = 0
        for batch in table.iter_batches(
            BATCH_ROWS, columns=[names[column] for column in chosen], use_threads=False
        ):
            # By name: pyarrow gives the columns of a batch in an order of its own.
            values = {column: batch.column(names[column]).to_pylist() for column in chosen}
            for row in range(len(batch)):
                place += 1
                where = f"{path}, row {place}"
                cells = {column: _text(values[column][row], names[column], where) for column in chosen}
                if all(comparable(cells[column]) == value for column, value in used.where):
                    yield Raw(place, cells[used.text], cells[used.label])
    except (pa.ArrowException, OSError, ValueError) as error:
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
