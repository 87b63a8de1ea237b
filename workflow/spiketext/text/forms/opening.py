"""Opening a file of labelled texts, gzipped or not, and telling what it is by its first bytes."""

import codecs
import gzip
import io
import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from spiketext.errors import SpikeTextError
from spiketext.files import GZIP_MAGIC, most_unpacked

HEAD = 4096


class Kind(NamedTuple):
    """What a file is.

    Attributes:
        name: in words, with the article.
        form: the `format` that reads it, "" for none.
        advice: what to do with it where another format is set.
    """

    name: str
    form: str = ""
    advice: str = "save it as CSV"


_UNPACK = "unpack it first"
_MAGIC: list[tuple[bytes, Kind]] = [
    (rb"PK\x05\x06", Kind("an empty zip archive", advice=_UNPACK)),
    (rb"PAR1[\x00-\x1f]", Kind("a Parquet file", "parquet", "set `format: parquet`")),
    (
        rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Kind("an old Excel workbook (xls)", advice="save it as xlsx or CSV"),
    ),
    (GZIP_MAGIC, Kind("gzip within gzip", advice=_UNPACK)),
    (rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", Kind("a bzip2 file", advice=_UNPACK)),
    (rb"\xfd7zXZ\x00", Kind("an xz file", advice=_UNPACK)),
    (rb"\x28\xb5\x2f\xfd", Kind("a Zstandard file", advice=_UNPACK)),
    (rb"\x04\x22\x4d\x18", Kind("an LZ4 file", advice=_UNPACK)),
    (rb"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive", advice=_UNPACK)),
    (rb"Rar!\x1a\x07", Kind("a RAR archive", advice=_UNPACK)),
    (rb".{257}ustar", Kind("a tar archive", advice=_UNPACK)),
    (rb"%PDF-", Kind("a PDF", advice="take the texts out of it and save them as CSV")),
    (rb"\{\\rtf", Kind("an RTF document", advice="save it as plain text")),
    (rb"SQLite format 3\x00", Kind("an SQLite database", advice="export the table as CSV")),
    (rb"ARROW1\x00\x00", Kind("an Arrow file", advice="save it as Parquet")),
    (rb"Obj\x01", Kind("an Avro file", advice="save it as Parquet")),
    (rb"\x89HDF\r\n", Kind("an HDF5 file", advice="save it as Parquet")),
    (
        rb"\x80[\x02-\x05]",
        Kind("a Python pickle", advice="it is never loaded, as it could run code: save it as CSV"),
    ),
    (
        rb"version https://git-lfs\.github\.com/spec/",
        Kind("a Git LFS pointer", advice="fetch the file itself with `git lfs pull`"),
    ),
    (
        rb"(?i:\s*<(!doctype\s+html|html|head|body)\b)",
        Kind("an HTML page", advice="download the data file itself"),
    ),
    (rb"\s*<\?xml\b", Kind("an XML file")),
]
_JSON_OBJECT = re.compile(rb'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:')
_JSON_ARRAY = re.compile(rb"\s*\[\s*[\[{]")
_BYTE_ORDER_MARKS = [
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
]
# So many characters beyond ASCII that are right UTF-8, and none that is not, are chance in no other encoding.
FEWEST_UTF8 = 5
_UTF8_MARK = b"\xef\xbb\xbf"


@contextmanager
def opened(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading; a gzipped one is unpacked as it is read.

    Raises:
        SpikeTextError: it cannot be read, or is damaged gzip; errors while it is read included.
    """
    try:
        with Path(path).open("rb") as file:
            if file.peek(2)[:2] != GZIP_MAGIC:
                yield file
            else:
                with gzip.GzipFile(fileobj=file) as unpacked, io.BufferedReader(unpacked) as buffered:
                    yield buffered
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SpikeTextError(f"{path}: damaged gzip ({error}); get the file again") from error
    except OSError as error:
        raise SpikeTextError(f"{path}: cannot be read: {error.strerror or error}; check the path") from error


@contextmanager
def whole(file: BinaryIO, path: str | Path) -> Iterator[BinaryIO]:
    """The open file, for a reader that jumps about in it: a gzipped one is unpacked to a temporary file.

    Raises:
        SpikeTextError: it unpacks to far more than its size.
    """
    if not isinstance(getattr(file, "raw", None), gzip.GzipFile):
        yield file
        return
    most = most_unpacked(Path(path).stat().st_size)
    with tempfile.TemporaryFile() as plain:
        while piece := file.read(2**20):
            if plain.tell() + len(piece) > most:
                raise SpikeTextError(f"{path}: unpacks to more than {most:,} bytes; unpack it first")
            plain.write(piece)
        plain.seek(0)
        yield plain


def kind_of(file: BinaryIO) -> Kind | None:
    """What an open file is, by its first bytes; None for text of no known form, and for an empty file."""
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(file)
    text = head.removeprefix(_UTF8_MARK)
    for pattern, kind in _MAGIC:
        if re.match(pattern, text, re.DOTALL):
            return kind
    if _JSON_OBJECT.match(text):
        first = text.strip().splitlines()[0]
        try:
            json.loads(first)
        except (ValueError, RecursionError):
            # A first line that is longer than what was read may be whole.
            if len(head) < HEAD or b"\n" in text.strip():
                return Kind("a JSON document", "jsonl", "write it as JSON lines, one object a line")
        return Kind("a file of JSON lines", "jsonl", "set `format: jsonl`")
    if _JSON_ARRAY.match(text):
        return Kind("a JSON array", advice="write it as JSON lines, one object a line")
    return None


def _kind_of_zip(file: BinaryIO) -> Kind:
    try:
        names = zipfile.ZipFile(file).namelist()
    except Exception:  # zipfile raises many kinds on damaged archives
        return Kind("a damaged zip archive", advice="get the file again")
    finally:
        file.seek(0)
    if "xl/workbook.xml" in names:
        return Kind("an Excel workbook", "xlsx", "set `format: xlsx`")
    if "mimetype" in names:
        return Kind("an OpenDocument file", advice="save it as xlsx or CSV")
    if names and all(name.endswith(".npy") for name in names):
        return Kind(
            "a file of NumPy arrays", advice="for these there is `kind: sequences` (docs/sequences.md)"
        )
    return Kind("a zip archive", advice=_UNPACK)


def check_text(head: bytes, path: str | Path, encoding: str) -> None:
    """Refuse what is no text in the encoding that was set.

    Raises:
        SpikeTextError: UTF-8 or a byte order mark where another encoding was set, or NUL bytes.
    """
    if not codecs.lookup(encoding).name.startswith("utf-8") and is_utf8(head):
        raise SpikeTextError(
            f"{path}: is in UTF-8, not {encoding}; set `encoding: utf-8`, or --encoding utf-8"
        )
    if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf16", "utf32", "u16", "u32")):
        return
    if name := byte_order_mark(head):
        raise SpikeTextError(
            f"{path}: begins with the byte order mark of {name}; set `encoding: {name}`, or --encoding {name}"
        )
    if b"\0" in head:
        if name := unmarked_utf16(head):
            raise SpikeTextError(
                f"{path}: looks like {name} without a byte order mark; set `encoding: {name}`, "
                f"or --encoding {name}"
            )
        raise SpikeTextError(f"{path}: holds NUL bytes, so it is no text file; convert it to CSV")


def is_utf8(head: bytes) -> bool:
    """Whether the beginning of a file is in UTF-8 and in nothing else; the last character may be cut."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return sum(ord(char) > 127 for char in text) >= FEWEST_UTF8


def byte_order_mark(head: bytes) -> str | None:
    """The encoding, UTF-8 aside, whose byte order mark a file begins with."""
    return next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)


def unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 by its zeros, as texts in Latin script have them."""
    odd, even = head[1::2], head[0::2]
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros and zeros.count(0) > 0.9 * len(zeros) and not others.count(0):
            return name
    return None
