"""Receiving a file of known size and checksum into a partial file that a later try can go on with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from spiketext.errors import SpikeTextError
from spiketext.files import storage_errors
from spiketext.progress import Progress

CHUNK = 1 << 18
# Most bytes of a download for which neither `bytes` nor a checksum says what to expect.
UNSTATED_LIMIT = 2**31


class SourceError(Exception):
    """A source cannot give the file, and why; the next source may."""


class MissingError(SourceError):
    """A source simply does not have the file."""


class ChecksumError(SourceError):
    """What was received is another file."""


class Truncated(SourceError):
    """The source stopped before the end."""


@dataclass(frozen=True)
class Expected:
    """The file that is wanted.

    Attributes:
        label: what progress lines call it.
        name: its file name.
        bytes: its size; None: unknown.
        sha256: its checksum in hexadecimal; None: unknown (a local file, or an unpinned one).
    """

    label: str
    name: str
    bytes: int | None = None
    sha256: str | None = None

    def partial(self, folder: Path) -> Path:
        """Where the file stands while it is incomplete; another checksum has another name."""
        return folder / f".{self.name}.{(self.sha256 or 'unpinned')[:12]}.partial"


def whole_number(text: str) -> int | None:
    """A number of plain digits in a server's answer, below 10¹⁵; None: it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def digest_of(path: Path) -> str:
    """The file's sha256 in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def size_of(path: Path) -> int:
    """The file's size in bytes, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def open_partial(partial: Path, mode: str) -> IO[bytes]:
    """Open the partial file unbuffered, so that what was written is what is there."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    return partial.open(mode, buffering=0)


def receive(chunks: Iterable[bytes], partial: Path, expected: Expected, *, resume: bool = False) -> None:
    """Write `chunks` to `partial` (after what it holds, if `resume`) and check size and checksum.

    If the source fails, the partial file stays for another try. If the file is wrong or the disk
    is full, it is deleted.

    Raises:
        ChecksumError: too long, or another checksum.
        Truncated: too short.
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    digest = hashlib.sha256()
    have = 0
    if resume:
        have = size_of(partial)
        with partial.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    progress = None
    if expected.bytes:
        progress = Progress(f"{expected.label}: MiB received", expected.bytes >> 20, done=have >> 20)
    for chunk in _written(chunks, partial, "ab" if resume else "wb"):
        digest.update(chunk)
        have += len(chunk)
        if expected.bytes is not None and have > expected.bytes:
            partial.unlink()
            raise ChecksumError(f"more than the expected {expected.bytes} bytes")
        if progress is not None and have >> 20 > progress.done:
            progress.advance((have >> 20) - progress.done)
    if expected.bytes is not None and have < expected.bytes:
        raise Truncated(f"it ended after {have} of {expected.bytes} bytes")
    if expected.sha256 is not None and digest.hexdigest() != expected.sha256:
        partial.unlink()
        raise ChecksumError(f"wrong checksum: expected sha256 {expected.sha256}, got {digest.hexdigest()}")


def _written(chunks: Iterable[bytes], partial: Path, mode: str) -> Iterable[bytes]:
    """Write each chunk, then pass it on; only failures of the *disk* delete the partial file."""
    with storage_errors(partial):
        out = open_partial(partial, mode)
    with out:
        for chunk in chunks:
            try:
                with storage_errors(partial):
                    view = memoryview(chunk)
                    while view:
                        view = view[out.write(view) :]
            except (OSError, SpikeTextError):
                partial.unlink(missing_ok=True)
                raise
            yield chunk


def copy_local(path: Path, partial: Path, expected: Expected) -> None:
    """Copy a local file to `partial`, checked.

    Raises:
        MissingError: there is no such file.
        SourceError: it cannot be read, or is another file.
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    try:
        there = path.is_file()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from error
    if not there:
        raise MissingError("no such file")
    size = size_of(path)
    if expected.bytes not in (None, size):
        raise ChecksumError(f"wrong size: expected {expected.bytes} bytes, got {size}")
    try:
        stream = path.open("rb")
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from error
    with stream:
        receive(iter(lambda: _read(stream), b""), partial, expected)


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from error
