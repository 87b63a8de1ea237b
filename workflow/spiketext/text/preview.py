"""The cells of a data file before it is known which columns are wanted, and the encoding of a text file."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.text.forms.delimited import SEPARATORS, fitting, misfit, sampled, table_rows
from spiketext.text.forms.opening import HEAD, byte_order_mark, kind_of, opened, unmarked_utf16, whole
from spiketext.text.forms.records import as_text, json_records, parquet_records
from spiketext.text.forms.workbook import sheet_rows
from spiketext.text.readers import check_form, text_lines

RECORDS = ("jsonl", "parquet")  # forms whose columns always have names
# What is looked at to tell encodings without a rule of their own, in bytes.
SAMPLE = 2**20
# Of the characters beyond ASCII: fewer come from the bytes of another encoding by chance.
COMMON = 0.95


def form_of(path: str | Path) -> str | None:
    """The form that the content of a file shows, if it shows one.

    Raises:
        SpikeTextError: it is of a form that nothing reads.
    """
    with opened(path) as file:
        kind = kind_of(file)
    if kind is None:
        return None
    if not kind.form:
        raise SpikeTextError(f"{path}: is {kind.name}; {kind.advice}")
    return kind.form


def cells(path: str | Path, spec: TextFile) -> Iterator[dict[str, str]]:
    """Yield each row of a file by column: by name in `RECORDS`, else by number, the header row included.

    Args:
        path: the file.
        spec: its form, encoding and separator; which columns it names does not matter.

    Raises:
        SpikeTextError: as `read_rows` does.
    """
    with opened(path) as file:
        check_form(file, path, spec)
        if spec.form in RECORDS:
            for _, record in _records(file, path, spec):
                yield {
                    str(name): text for name, value in record.items() if (text := as_text(value)) is not None
                }
        else:
            for _, row in _grid(file, path, spec):
                yield {str(place): cell for place, cell in enumerate(row)}


def _records(file: BinaryIO, path: str | Path, spec: TextFile) -> Iterator[tuple[int, dict[str, object]]]:
    if spec.form == "jsonl":
        yield from json_records(text_lines(file, path, spec), path)
    else:
        with whole(file, path) as seekable:
            yield from parquet_records(seekable, path)


def _grid(file: BinaryIO, path: str | Path, spec: TextFile) -> Iterator[tuple[int, list[str]]]:
    if spec.form == "xlsx":
        with whole(file, path) as seekable:
            yield from sheet_rows(seekable, path, spec.sheet)
    else:
        separator = "\t" if spec.form == "tsv" else spec.separator or ","
        rows = table_rows(text_lines(file, path, spec), path, spec, separator)
        yield from ((place, row) for place, row in rows if row)


def guess_separator(path: str | Path, spec: TextFile) -> str:
    """What stands between the cells of a CSV file.

    Raises:
        SpikeTextError: no separator, or more than one, gives the first rows the same number of cells.
    """
    with opened(path) as file:
        check_form(file, path, spec)
        sample, _ = sampled(text_lines(file, path, spec))
    found = fitting(spec, sample)
    if len(found) == 1:
        return found[0]
    names = ", ".join(SEPARATORS[separator] for separator in found or SEPARATORS)
    if found:
        raise SpikeTextError(f"{path}: cells could be divided by {names}; say which: --separator CHARACTER")
    raise SpikeTextError(
        f"{path}: no separator ({names}) gives the first rows the same number of cells, two or more; give "
        "the right one, --separator CHARACTER, or put quotes around the texts"
    )


def check_separator(path: str | Path, spec: TextFile) -> None:
    """Raises SpikeTextError where the separator that is set does not suit the first rows and another does."""
    with opened(path) as file:
        check_form(file, path, spec)
        sample, _ = sampled(text_lines(file, path, spec))
    if better := misfit(spec, sample):
        name = SEPARATORS.get(str(spec.separator), repr(spec.separator))
        raise SpikeTextError(
            f"{path}: a {name} does not divide the first rows into the same number of cells, two or more, "
            f"and a {SEPARATORS[better]} does; correct --separator, or leave it out"
        )


def guess_encoding(path: str | Path) -> str:
    """The encoding of a text file: by its mark or its zeros, UTF-8 if it is valid, GB 18030, Windows-1252.

    Raises:
        SpikeTextError: it fits none of them well.
    """
    with opened(path) as file:
        head = file.read(HEAD)
        if name := byte_order_mark(head) or unmarked_utf16(head):
            return name
        file.seek(0)
        if _is_utf8(file):
            return "utf-8"
        file.seek(0)
        data = file.read(SAMPLE)
    if b"\0" in data:
        raise SpikeTextError(f"{path}: holds bytes that no text has; give a table of texts, not another file")
    data = data[: data.rfind(b"\n") + 1] or data
    damaged = data.decode("utf-8", errors="replace")
    beyond = sum(ord(char) > 127 for char in damaged)
    if damaged.count("\ufffd") < 0.1 * beyond:
        raise SpikeTextError(f"{path}: UTF-8 with some bytes that are not; mend them, or give --encoding")
    for name, narrow in (("gb18030", "gb2312"), ("cp1252", "cp1252")):
        if _is_mostly(data, name, narrow):
            return name
    raise SpikeTextError(
        f"{path}: in no encoding that is tried unasked; give it: --encoding big5, for example"
    )


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(SAMPLE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly(data: bytes, encoding: str, narrow: str) -> bool:
    """Whether data is in an encoding, by its characters beyond ASCII.

    GB 18030 reads nearly any bytes as some character, but in true Chinese text most are of GB 2312; true
    Western text has few such characters, and those are letters and marks that stand between others.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    beyond = [char for char in text if ord(char) > 127]
    if narrow == encoding:
        return len(beyond) < 0.15 * len(text)
    encoded = (char.encode(narrow, errors="ignore") for char in beyond)
    return sum(map(bool, encoded)) > COMMON * len(beyond)
