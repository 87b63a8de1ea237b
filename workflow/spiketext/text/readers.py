"""Readers of raw labelled text, one generator for every format, in bounded memory.

Lines end at `\\n` only: Python's own idea of a line also ends at 0x85, which in cp1252 is an
ellipsis inside a sentence.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from spiketext.config import TextFile
from spiketext.errors import SpikeTextError

# Longest field accepted, in characters: a quote that is never closed must not swallow the file.
LONGEST_FIELD = 2**24
BYTE_ORDER_MARK = "\ufeff"


class Row(NamedTuple):
    """One labelled text, white space normalised; `label` is None where the text is empty."""

    text: str
    label: int | None


class _Raw(NamedTuple):
    line: int
    text: str
    label: str


def read_rows(path: str | Path, spec: TextFile, classes: list[str]) -> Iterator[Row]:
    """Yield the rows of one file that `spec.where` keeps, in order.

    Args:
        path: the raw file.
        spec: its format, encoding, columns and filter.
        classes: names of the classes; labels in the file are 0 … n-1 or these names.

    Raises:
        SpikeTextError: unreadable or undecodable file, missing column, malformed row or a label
            outside the classes; with file and line.
    """
    labels = {str(number): number for number in range(len(classes))}
    labels |= {name: number for number, name in enumerate(classes)}
    for raw in _read(path, spec):
        text = " ".join(raw.text.split())
        label = labels.get(raw.label.strip())
        if text and label is None:
            raise SpikeTextError(
                f"{path}, line {raw.line}: label {raw.label.strip()[:40]!r} is none of "
                f"0 … {len(classes) - 1} or {', '.join(classes)}; correct it or `classes`"
            )
        yield Row(text, label if text else None)


def _read(path: str | Path, spec: TextFile) -> Iterator[_Raw]:
    lines = _lines(path, spec.encoding)
    if spec.format in ("csv", "tsv"):
        yield from _read_table(lines, path, spec)
        return
    for number, line in enumerate(lines, start=1):
        if spec.format == "lines":
            yield _Raw(number, line, str(spec.label))
        else:
            label, _, text = line.partition(" ")
            yield _Raw(number, text, label)


def _lines(path: str | Path, encoding: str) -> Iterator[str]:
    """Lines with their `\\n`, without a byte order mark."""
    number = 0
    try:
        # Where a newline is one byte, lines are decoded one by one, so that an error has its line.
        one_by_one = "\n".encode(encoding) == b"\n"
        for number, line in enumerate(_decode(path, encoding, one_by_one), start=1):
            yield line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
    except UnicodeError as error:
        place = f"line {number + 1}" if one_by_one else f"after line {number}"
        what = " ".join(str(error).split())[:120]
        raise SpikeTextError(
            f"{path}, {place}: {what}; set `encoding` to the file's own, such as cp1252 or gb18030"
        ) from error
    except OSError as error:
        raise SpikeTextError(f"{path}: cannot be read: {error.strerror}; check the path") from error


def _decode(path: str | Path, encoding: str, one_by_one: bool) -> Iterator[str]:
    if one_by_one:
        with Path(path).open("rb") as file:
            for line in file:
                yield line.decode(encoding)
    else:
        with Path(path).open(encoding=encoding, newline="\n") as text:
            yield from text


def _read_table(lines: Iterable[str], path: str | Path, spec: TextFile) -> Iterator[_Raw]:
    """Rows of a CSV file (RFC 4180, fields may hold newlines) or of a TSV file (no quoting)."""
    csv.field_size_limit(LONGEST_FIELD)
    quoting = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if spec.format == "tsv" else {"strict": True}
    reader = csv.reader(lines, **quoting)
    first = 1
    try:
        header = next(reader, None)
        if header is None:
            return
        columns = [_column(header, name, path) for name in (spec.text, str(spec.label), *spec.where)]
        text, label, *filters = columns
        wanted = list(zip(filters, spec.where.values(), strict=True))
        first = reader.line_num + 1
        for fields in reader:
            if fields:
                if len(fields) <= max(columns):
                    raise SpikeTextError(
                        f"{path}, line {first}: {len(fields)} columns where the header has {len(header)}; "
                        "mend that line"
                    )
                if all(fields[column] == value for column, value in wanted):
                    yield _Raw(first, fields[text], fields[label])
            first = reader.line_num + 1
    except csv.Error as error:
        raise SpikeTextError(
            f"{path}, line {first}: not valid {spec.format} ({error}); mend the row that begins there"
        ) from error


def _column(header: list[str], name: str, path: str | Path) -> int:
    try:
        return header.index(name)
    except ValueError:
        raise SpikeTextError(
            f"{path}, line 1: no column {name!r} among {', '.join(header)[:200]}; "
            "correct `text`, `label` or `where` of this file"
        ) from None
