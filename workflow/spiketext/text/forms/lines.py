"""Lines of a text file, decoded one by one, in bounded memory.

Lines end at `\\n` only: Python's own idea of a line also ends at 0x85, which in cp1252 is an ellipsis inside
a sentence. A file without any `\\n` has lone carriage returns for line ends; elsewhere they are white space.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, AnyStr, BinaryIO

from spiketext.errors import SpikeTextError

# Longest line, in bytes: a file that is none of lines must not fill the memory.
LONGEST_LINE = 2**25
BYTE_ORDER_MARK = "\ufeff"


def lines(file: BinaryIO, path: str | Path, encoding: str) -> Iterator[str]:
    """Yield the lines of an open file, each with one `\\n` at its end, without a byte order mark.

    Raises:
        SpikeTextError: undecodable text, a NUL or an endless line; with file and line.
    """
    number = 0
    # Where a newline is one byte, lines are decoded one by one, so that an error has its line.
    one_by_one = "\n".encode(encoding) == b"\n"
    try:
        for number, line in enumerate(_decode(file, encoding, one_by_one), start=1):
            if "\0" in line:
                raise SpikeTextError(
                    f"{path}, line {number}: holds a NUL byte, so it is damaged or no text; mend that line"
                )
            if number == 1:
                line = line.removeprefix(BYTE_ORDER_MARK)
            yield line.rstrip("\r\n").replace("\r", " ") + "\n"
    except UnicodeError as error:
        place = f"line {number + 1}" if one_by_one else f"after line {number}"
        what = " ".join(str(error).split())[:120]
        raise SpikeTextError(
            f"{path}, {place}: {what}; set `encoding`, or --encoding, to the file's own, "
            "such as cp1252 or gb18030"
        ) from error
    except _TooLongError:
        raise SpikeTextError(
            f"{path}, line {number + 1}: longer than {LONGEST_LINE:,} bytes; check the file and its `format`"
        ) from None


class _TooLongError(Exception):
    pass


def _decode(file: BinaryIO, encoding: str, one_by_one: bool) -> Iterator[str]:
    end = _line_end(file, encoding)
    if one_by_one:
        source: Any = file if end == "\n" else io.BufferedReader(_CarriageReturns(file))
        for line in _bounded(source.readline):
            yield line.decode(encoding)
    else:
        yield from _bounded(io.TextIOWrapper(file, encoding=encoding, newline=end).readline)


def _line_end(file: BinaryIO, encoding: str) -> str:
    """What ends the lines of a file, judged by the first of them: no line is longer than the bound."""
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="\n")
    first = text.readline(LONGEST_LINE)
    text.detach()
    file.seek(0)
    return "\r" if "\r" in first and not first.endswith("\n") else "\n"


def _bounded(readline: Callable[[int], AnyStr]) -> Iterator[AnyStr]:
    while line := readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise _TooLongError
        yield line


class _CarriageReturns(io.RawIOBase):
    """A file whose carriage returns are read as newlines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(data)] = data
        return len(data)
