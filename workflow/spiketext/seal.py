"""Checksums within the files that one job writes and others read, whatever their format.

Each such file has room for 64 hexadecimal digits after the word `checksum`: the last key of a JSON object,
the metadata of a safetensors or a Parquet file. They are the sha256 of the whole file with zeros in their
place, so no byte can change unnoticed.
"""

import hashlib
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from spiketext.errors import SpikeTextError

NAME = "checksum"
ROOM = "0" * 64
BLOCK = 2**23  # bytes
# Between name and digits stand JSON's quotes, or Parquet's codes of a string (0x18) of 64 bytes (0x40).
_PLACE = re.compile(NAME.encode() + rb'(?:": ?"|\x18@)([0-9a-f]{64})')
# Which rule makes a file again, by the file's place. The first that fits counts.
MAKERS = {
    "resources/*/*": "fetch",
    "text/*": "tokenise or read_sequences",
    "splits/*": "split",
    "embeddings/retrofitted/*": "retrofit or synonyms",
    "embeddings/*": "embed or read_sequences or synonyms",
    "evaluation/*": "evaluate",
    "attack/*/white-box/*": "white_box",
    "attack/*/*/*": "attack or attack_shard",
    "attack/*": "attack_last_stage",
    "transfer/*": "transfer",
    "similarity/*": "similarity",
    "raster/*": "raster",
    "seed*/fitted.*": "fit",
    "seed*/tuned.*": "tune",
    "seed*/taught.*": "teach",
    "unlabelled/*": "unlabelled",
    "seed*/dnn.*": "train_dnn",
    "seed*/converted.*": "convert",
    "seed*/finetuned.*": "finetune",
    "seed*/trained.*": "train",
    "seed*/energy.json": "energy",
    "seed*/card.json": "card",
    "summary/provenance.json": "report",
}


def seal(path: Path, *, in_front: bool = False) -> None:
    """Fill in the checksum of a file that has room for it; with `in_front` it stands in a header."""
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            begin, digits = _checksum(data, in_front)
        file.seek(begin)
        file.write(digits)


def sealed(text: str) -> bytes:
    """The UTF-8 bytes of a JSON object that has room for a checksum, filled in."""
    data = text.encode()
    begin, digits = _checksum(data, in_front=False)
    return data[:begin] + digits + data[begin + len(digits) :]


def check_sealed(path: str | Path, data: bytes | mmap.mmap, *, in_front: bool = False) -> None:
    """Refuse the contents `data` of the file `path` if they are not as they were written.

    Raises:
        SpikeTextError: the checksum is missing or does not fit.
    """
    begin = _place(path, data, in_front)
    if data[begin : begin + len(ROOM)] != _digest(data, begin):
        raise unusable(path, "is damaged (its checksum does not fit)")


def check_sealed_file(path: str | Path, *, in_front: bool = False) -> None:
    """Refuse a file that is not as it was written.

    Raises:
        SpikeTextError: it is missing, cannot be read, or its checksum is missing or does not fit.
    """
    with _mapped(path) as data:
        check_sealed(path, data, in_front=in_front)


def checksum_of(path: str | Path, *, in_front: bool = False) -> str:
    """The checksum that a file says it has; whoever reads the file checks it.

    Raises:
        SpikeTextError: the file is missing, cannot be read, or has none.
    """
    with _mapped(path) as data:
        begin = _place(path, data, in_front)
        return data[begin : begin + len(ROOM)].decode()


def unreadable(path: str | Path, error: Exception) -> SpikeTextError:
    """What to say of a file that cannot be read at all."""
    if isinstance(error, FileNotFoundError):
        return SpikeTextError(f"{path} is missing; run again: {_made_by(path)}")
    return unusable(path, f"cannot be read ({getattr(error, 'strerror', None) or error})")


def unusable(path: str | Path, why: str) -> SpikeTextError:
    """What to say of a file that an earlier job has written, after its name, and how to make it anew."""
    return SpikeTextError(f"{path} {why}; delete it and run again: {_made_by(path)}")


def _made_by(path: str | Path) -> str:
    rules = (rule for pattern, rule in MAKERS.items() if PurePath(path).match(pattern))
    rule = next(rules, None)
    return f"rule {rule} makes it anew" if rule else "its rule makes it anew"


def _checksum(data: bytes | mmap.mmap, in_front: bool) -> tuple[int, bytes]:
    """Where the digits belong, and which."""
    begin = _find(data, in_front)
    if begin is None:
        raise ValueError("the file has no room for a checksum")
    return begin, _digest(data, begin)


@contextmanager
def _mapped(path: str | Path) -> Iterator[mmap.mmap]:
    """The bytes of a file."""
    try:
        with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data
    except (OSError, ValueError) as error:  # ValueError: an empty file
        raise unreadable(path, error) from error


def _place(path: str | Path, data: bytes | mmap.mmap, in_front: bool) -> int:
    """Where the digits begin in the contents `data` of the file `path`."""
    begin = _find(data, in_front)
    if begin is None:
        raise unusable(path, "is damaged or of an older version (it has no checksum)")
    return begin


def _find(data: bytes | mmap.mmap, in_front: bool) -> int | None:
    """Where the digits begin: in front, or else at the end, behind all that texts may have brought in."""
    name = NAME.encode()
    place = data.find(name) if in_front else data.rfind(name)
    while place >= 0:
        found = _PLACE.match(data, place)
        if found:
            return found.start(1)
        place = data.find(name, place + 1) if in_front else data.rfind(name, 0, place)
    return None


def _digest(data: bytes | mmap.mmap, begin: int) -> bytes:
    digest = hashlib.sha256()
    end = begin + len(ROOM)
    _add(digest, data, 0, begin)
    digest.update(ROOM.encode())
    _add(digest, data, end, len(data))
    return digest.hexdigest().encode()


def _add(digest: Any, data: bytes | mmap.mmap, begin: int, end: int) -> None:
    """Add bytes to a digest; those of a mapped file stay in memory for no longer than a block."""
    with memoryview(data) as view:
        for place in range(begin, end, BLOCK):
            digest.update(view[place : min(place + BLOCK, end)])
            if isinstance(data, mmap.mmap):
                data.madvise(mmap.MADV_DONTNEED)
