"""Which columns of a table hold the texts, the labels and what rows are chosen by."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.labels import bare, comparable, is_number

# A cell of so many characters in the first row is a text rather than the name of a column.
LONG_NAME = 40


class Raw(NamedTuple):
    """One text with its label as they stand in a file, and the line or row where they begin.

    Attributes:
        within: labels of the lines that make up the row, if each of several would be a row of its own.
    """

    place: int
    text: str
    label: str
    within: tuple[str, ...] = ()


class Columns(NamedTuple):
    """Places of the columns that are used, and the values that rows must have."""

    text: int
    label: int
    where: list[tuple[int, str]]

    def row(self, place: int, cells: Sequence[str], separator: str = "") -> Raw | None:
        """The text and the label of a row; None where `where` leaves it out."""
        if all(comparable(cells[column]) == value for column, value in self.where):
            return Raw(place, cells[self.text], cells[self.label], self._within(cells, separator))
        return None

    def _within(self, cells: Sequence[str], separator: str) -> tuple[str, ...]:
        """See `Raw.within`: a quote that is not closed takes the following rows into its cell."""
        if not separator or not any("\n" in cell for cell in cells):
            return ()
        rows = [line.split(separator) for line in separator.join(cells).split("\n")]
        if any(len(row) != len(cells) for row in rows):
            return ()
        return tuple(row[self.label] for row in rows)


def wanted(spec: TextFile) -> list[str]:
    """Names, or numbers from 0, of the columns used."""
    return [spec.text, spec.label, *spec.where]


def has_header(first: Sequence[str], spec: TextFile) -> bool:
    """Whether the first row holds names: as set, else unless all columns are given by numbers.

    What looks like a number may be a name: then it stands in the first row.
    """
    if spec.header is not None:
        return spec.header
    names = wanted(spec)
    return not all(map(_is_place, names)) or set(names) <= set(map(bare, first))


def find(first: Sequence[str], header: bool, spec: TextFile) -> Columns | None:
    """The columns by name or by number; None where one is missing."""
    names = list(map(bare, first)) if header else []
    places = [_place(name, names, len(first)) for name in wanted(spec)]
    found = [place for place in places if place is not None]
    if len(found) < len(places):
        return None
    text, label, *where = found
    values = [comparable(value) for value in spec.where.values()]
    return Columns(text, label, list(zip(where, values, strict=True)))


def columns(first: Sequence[str], header: bool, spec: TextFile, where: str) -> Columns:
    """The columns by name or by number.

    Args:
        first: cells of the first row.
        header: whether they are names.
        spec: which columns to use.
        where: the file and the place of the first row, for the message.

    Raises:
        SpikeTextError: a column is missing, or its name stands twice.
    """
    found = find(first, header, spec)
    names = list(map(bare, first)) if header else []
    if found is None:
        missing = next(name for name in wanted(spec) if _place(name, names, len(first)) is None)
        shown = ", ".join(repr(cell.strip()[:LONG_NAME]) for cell in first[:8]) + ", …" * (len(first) > 8)
        advice = _as_data(first) if header and spec.header is None else None
        raise SpikeTextError(
            f"{where}: no column {missing!r}, but {shown}; "
            + (advice or "correct `text`, `label` or `where` of this file")
        )
    for name in wanted(spec):
        if names.count(name) > 1:
            raise SpikeTextError(
                f"{where}: column {name!r} stands {names.count(name)} times; rename all but one"
            )
    return found


def read_grid(
    rows: Iterator[tuple[int, list[str]]],
    path: str | Path,
    spec: TextFile,
    unit: str,
    advice: str,
    separator: str = "",
) -> Iterator[Raw]:
    """Texts and labels of a table that comes as rows of cells, with its header row or without.

    Args:
        rows: place and cells of each row.
        path: the file, for messages.
        spec: which columns to use.
        unit: what a place counts, "line" or "row".
        advice: what to do about a row that is wider than the first.
        separator: what stands between the cells, if a cell may hold line ends.

    Raises:
        SpikeTextError: a column is missing, or a row has more or fewer cells than the first.
    """
    rows = ((place, cells) for place, cells in rows if "".join(cells[:2]).strip() or len(cells) > 1)
    begin, first = next(rows, (0, []))
    if not first:
        return
    header = has_header(first, spec)
    used = columns(first, header, spec, f"{path}, {unit} {begin}")
    if not header and (row := used.row(begin, first, separator)):
        yield row
    for place, cells in rows:
        if len(cells) != len(first):
            whose = "the header has" if header else f"{unit} {begin} has"
            raise SpikeTextError(
                f"{path}, {unit} {place} has {_cells(len(cells))} where {whose} {len(first)}; "
                + (advice if len(cells) > len(first) else f"mend that {unit}")
            )
        if row := used.row(place, cells, separator):
            yield row


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _is_place(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= 6


def _place(name: str, names: list[str], width: int) -> int | None:
    if name in names:
        return names.index(name)
    return int(name) if _is_place(name) and int(name) < width else None


def _as_data(first: Sequence[str]) -> str | None:
    """How to read a file whose first row looks like data, not like names."""
    if len(first) < 2 or not any(len(cell) > LONG_NAME or is_number(cell) for cell in first):
        return None
    text = max(range(len(first)), key=lambda column: len(first[column]))
    label = min((column for column in range(len(first)) if column != text), key=lambda c: len(first[c]))
    return f"if the file has no header row, give columns by number, such as `text: {text}, label: {label}`"
