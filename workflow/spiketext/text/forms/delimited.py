"""CSV files (RFC 4180, fields may hold newlines) with any separator, and TSV files (no quoting)."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.text.forms.columns import Raw, find, has_header, read_grid

# Longest field accepted, in characters: a quote that is never closed must not swallow the file.
LONGEST_FIELD = 2**24
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
# Lines that the separator is guessed from.
SAMPLE = 20


def separator_of(spec: TextFile, sample: list[str]) -> str:
    """What stands between the cells: as set, else what makes the columns exist in the first lines.

    Of several such, one that gives every row as many cells as the first; then one that gives the most cells.
    """
    if spec.form == "tsv":
        return "\t"
    return spec.separator or max(SEPARATORS, key=lambda separator: _fit(separator, spec, sample))


def read_table(lines: Iterable[str], path: str | Path, spec: TextFile, separator: str) -> Iterator[Raw]:
    """Texts and labels of a CSV or TSV file.

    Raises:
        SpikeTextError: malformed quotes, a missing column, or a row of another width; with file and line.
    """
    name = SEPARATORS.get(separator, repr(separator))
    advice = (
        "needs quotes around the text, no blank before them" if spec.form == "csv" else "must become a space"
    )
    rows = table_rows(lines, path, spec, separator)
    yield from read_grid(rows, path, spec, "line", f"a {name} within a text {advice}", separator)


def sampled(lines: Iterator[str]) -> tuple[list[str], Iterator[str]]:
    """The first lines, and all lines."""
    sample = list(islice(lines, SAMPLE))
    return sample, chain(sample, lines)


def fitting(spec: TextFile, sample: list[str]) -> list[str]:
    """The separators that give every one of the first rows as many cells, more than one."""
    return [separator for separator in SEPARATORS if _fit(separator, spec, sample)[1]]


def misfit(spec: TextFile, sample: list[str]) -> str:
    """A separator that suits the first rows where the one that is set does not; else empty."""
    if spec.separator is None or _fit(spec.separator, spec, sample)[1]:
        return ""
    return next(iter(fitting(spec, sample)), "")


def table_rows(
    lines: Iterable[str], path: str | Path, spec: TextFile, separator: str
) -> Iterator[tuple[int, list[str]]]:
    """Line on which each row of a CSV or TSV file begins, and its cells.

    Raises:
        SpikeTextError: malformed quotes; with file and line.
    """
    quoted = spec.form != "tsv"
    reader = _reader(lines, separator, quoted)
    begin = 1
    try:
        for cells in reader:
            yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise SpikeTextError(
            f"{path}, line {begin}: not valid {spec.form} ({error}); mend the row that begins there"
            + (
                f", if {SEPARATORS.get(separator, repr(separator))} is what divides its cells"
                if quoted
                else ""
            )
        ) from error


def _reader(lines: Iterable[str], separator: str, quoted: bool) -> Any:
    csv.field_size_limit(LONGEST_FIELD)
    if quoted:
        return csv.reader(lines, delimiter=separator, strict=True)
    return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)


def _fit(separator: str, spec: TextFile, sample: list[str]) -> tuple[bool, bool, int]:
    """How well a separator fits the first lines; the last row of them may be cut."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(cells for cells in _reader(sample, separator, quoted=True) if cells)
    if not rows:
        return False, False, 0
    first = rows[0]
    exist = find(first, has_header(first, spec), spec) is not None
    return exist, len(first) > 1 and all(len(row) == len(first) for row in rows), len(first)
