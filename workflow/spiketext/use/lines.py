"""Texts of files or of standard input, one a line."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from spiketext.config.data import SUFFIXES
from spiketext.errors import SpikeTextError


def read_lines(paths: Sequence[str]) -> Iterator[str]:
    """The lines of files in UTF-8, without their ends; `-`, or no file at all, is standard input.

    Raises:
        SpikeTextError: a file cannot be read, a line is no UTF-8, or lines end with CR alone.
    """
    for path in paths or ["-"]:
        if path == "-":
            yield from _decoded(sys.stdin.buffer, "standard input")
            continue
        try:
            file = Path(path).open("rb")  # noqa: SIM115
        except OSError as error:
            raise SpikeTextError(f"{path} cannot be read ({error.strerror}); check its path") from error
        with file:
            yield from _decoded(file, path)


def tables(paths: Sequence[str]) -> list[str]:
    """Those files whose names are of tables, each line of which would be taken for one text."""
    return [path for path in paths if Path(path.lower().removesuffix(".gz")).suffix in SUFFIXES]


def _decoded(file: BinaryIO, name: str) -> Iterator[str]:
    """Only a line feed ends a line, so that every text has its line of results."""
    try:
        for number, line in enumerate(file, 1):
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            if "\0" in text:
                raise SpikeTextError(
                    f"{name}, line {number}: holds a zero byte, so it is no UTF-8 text; convert it"
                )
            text = text.removesuffix("\n").removesuffix("\r")
            if number == 1 and not line.endswith(b"\n") and "\r" in text:
                raise SpikeTextError(f"{name}: its lines end with CR alone; convert them to LF first")
            yield text
    except UnicodeDecodeError as error:
        raise SpikeTextError(f"{name}, line {number}: this is no UTF-8; convert it first") from error
    except OSError as error:
        raise SpikeTextError(f"{name} cannot be read ({error.strerror}); check its path") from error
