"""Taking single files out of archives that nobody has vouched for.

Files are written under the names that the registry gives them, never under the archive's own; what
is no regular file, or has a name that leads elsewhere, is refused; and no more is unpacked than
the registry allows.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import lzma
import mmap
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from spiketext.config.resources import GZIP_SUFFIXES, TAR_SUFFIXES, ZIP_SUFFIXES, is_safe_name
from spiketext.errors import SpikeTextError
from spiketext.files import storage_errors

CHUNK = 1 << 18
SHOWN = 8  # names in an error message
MEMBER_BYTES = 4096  # what each member counts for, however small: empty ones take time and memory too
ZIP_ENTRY = re.compile(rb"PK\x01\x02")  # begins each entry of a zip file's directory


def _without_returns(chunk: bytes) -> bytes:
    return chunk.replace(b"\r", b"")


TRANSFORMS: dict[str | None, Callable[[bytes], bytes]] = {None: bytes, "strip-cr": _without_returns}


class ArchiveError(Exception):
    """What is wrong with an archive, without its name."""


def unpack(
    archive: Path, members: dict[str, str], target: Path, *, limit: int, transform: str | None = None
) -> dict[str, dict[str, Any]]:
    """Write the wanted members of `archive` below `target`.

    Args:
        archive: a .zip, .whl, .tar (.gz, .bz2, .xz) or .gz file; its suffix says which.
        members: local name → path in the archive; `FOLDER/` → a pattern for several files. A
            .gz file holds one member, named like the archive without the suffix.
        target: an existing, empty folder.
        limit: most bytes that may be unpacked, in all; each member counts for `MEMBER_BYTES` besides.
        transform: what to do with the members' bytes; a key of `TRANSFORMS`.

    Returns:
        For each file, by local name: its `bytes` and `sha256`.

    Raises:
        SpikeTextError: something is missing, damaged, unsafe or too big, or the disk is full.
    """
    wanted = _Wanted(members)
    name = archive.name
    try:
        with _damage_named():
            files = {
                local: _write(target / local, chunks, TRANSFORMS[transform])
                for local, chunks in _contents(archive, wanted, limit)
            }
        wanted.check_complete()
    except ArchiveError as error:
        raise SpikeTextError(
            f"{name}: {error}; nothing was unpacked, check `members` and `sha256` of its resource"
        ) from error
    return files


def _contents(archive: Path, wanted: _Wanted, limit: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Local name and content of each wanted member, in the archive's order."""
    budget = _Budget(limit)
    if archive.name.endswith(TAR_SUFFIXES):
        return _tar_contents(archive, wanted, budget)
    if archive.name.endswith(ZIP_SUFFIXES):
        return _zip_contents(archive, wanted, budget)
    if archive.name.endswith(GZIP_SUFFIXES):
        return _gzip_contents(archive, wanted, budget)
    raise ArchiveError("not an archive that can be unpacked")


def _tar_contents(archive: Path, wanted: _Wanted, budget: _Budget) -> Iterator[tuple[str, Iterator[bytes]]]:
    openers: dict[str, Callable[[Path], Any]] = {".bz2": bz2.open, ".xz": lzma.open, ".tar": Path.open}
    opener = openers.get(archive.suffix, gzip.open)
    # One pass over the stream; everything counts, also what is skipped or hidden in headers.
    with (
        archive.open("rb") if opener is Path.open else opener(archive) as stream,
        tarfile.open(fileobj=_Counted(stream, budget), mode="r|") as tar,  # type: ignore[call-overload]
    ):
        for member in tar:
            budget.spend(MEMBER_BYTES)
            for local in wanted.claim(member.name, is_folder=member.isdir()):
                if not member.isreg() or member.issparse():
                    raise ArchiveError(f"{member.name[:80]!r} is no regular file")
                content = tar.extractfile(member)
                if content is None:
                    raise ArchiveError(f"{member.name[:80]!r} cannot be read")
                yield local, _chunks(content)


def _zip_contents(archive: Path, wanted: _Wanted, budget: _Budget) -> Iterator[tuple[str, Iterator[bytes]]]:
    _count_entries(archive, budget)
    with zipfile.ZipFile(archive) as zipped:
        for member in zipped.infolist():
            # `orig_filename` is the name as stored; `filename` has been cut and converted.
            for local in wanted.claim(member.orig_filename, is_folder=member.is_dir()):
                kind = stat.S_IFMT(member.external_attr >> 16)
                if kind not in (0, stat.S_IFREG):
                    raise ArchiveError(f"{member.orig_filename[:80]!r} is no regular file")
                # Of other methods zipfile unpacks all that it has read at once, however large that becomes.
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ArchiveError(
                        f"{member.orig_filename[:80]!r} is packed in another way than deflated"
                    )
                with zipped.open(member) as content:
                    yield local, _chunks(_Counted(content, budget))


def _count_entries(archive: Path, budget: _Budget) -> None:
    """Charge the entries of a zip file, before zipfile makes objects of them all."""
    with archive.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for _ in ZIP_ENTRY.finditer(data):
            budget.spend(MEMBER_BYTES)


def _gzip_contents(archive: Path, wanted: _Wanted, budget: _Budget) -> Iterator[tuple[str, Iterator[bytes]]]:
    with gzip.open(archive) as content:
        for local in wanted.claim(archive.name.removesuffix(".gz"), is_folder=False):
            yield local, _chunks(_Counted(content, budget))


class _Wanted:
    """Which members are wanted, and which have been found."""

    def __init__(self, members: dict[str, str]) -> None:
        self.members = {local: inside.split("/") for local, inside in members.items()}
        self.found: set[str] = set()
        self.taken: set[str] = set()
        self.seen: list[str] = []

    def claim(self, name: str, *, is_folder: bool) -> list[str]:
        """Local names under which the member `name` is wanted; mostly none."""
        if is_folder:
            return []
        parts = name.removeprefix("./").split("/")
        if len(self.seen) < SHOWN:
            self.seen.append(name[:80])
        locals_ = []
        for key, inside in self.members.items():
            if not _matches(parts, inside, pattern=key.endswith("/")):
                continue
            local = key + parts[-1] if key.endswith("/") else key
            if ".." in parts or parts[0] == "" or not is_safe_name(local):
                raise ArchiveError(f"{name[:80]!r} is no name for a file")
            if local in self.taken:
                raise ArchiveError(f"{name[:80]!r} is there twice")
            self.found.add(key)
            self.taken.add(local)
            locals_.append(local)
        if len(locals_) > 1:  # a stream is read once
            raise ArchiveError(f"{name[:80]!r} is wanted under two names")
        return locals_

    def check_complete(self) -> None:
        """Refuse if a wanted member was not there."""
        for key, inside in self.members.items():
            if key not in self.found:
                shown = ", ".join(self.seen) or "nothing"
                raise ArchiveError(f"no {'/'.join(inside)!r} in it (it begins with {shown})")


def _matches(parts: list[str], inside: list[str], *, pattern: bool) -> bool:
    if not pattern:
        return parts == inside
    return len(parts) == len(inside) and all(map(fnmatchcase, parts, inside))


class _Budget:
    """The bytes that may still be unpacked."""

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise ArchiveError(f"unpacks to more than the {self.limit} bytes allowed (`unpacked_bytes`)")


class SupportsRead(Protocol):
    """Anything with `read`."""

    def read(self, size: int = ..., /) -> bytes:
        """At most `size` bytes."""
        ...


class _Counted:
    """A stream whose reads are charged to a budget."""

    def __init__(self, stream: SupportsRead, budget: _Budget) -> None:
        self.stream, self.budget = stream, budget

    def read(self, size: int = CHUNK) -> bytes:
        data = self.stream.read(size)
        self.budget.spend(len(data))
        return data


def _chunks(content: Any) -> Iterator[bytes]:
    while chunk := content.read(CHUNK):
        yield chunk


def _write(path: Path, chunks: Iterator[bytes], transform: Callable[[bytes], bytes]) -> dict[str, Any]:
    digest = hashlib.sha256()
    size = 0
    with storage_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            out = path.open("xb")
        except (FileExistsError, NotADirectoryError) as error:
            raise ArchiveError(f"two members want the name {path.name!r}") from error
        with out:
            for chunk in chunks:
                changed = transform(chunk)
                out.write(changed)
                digest.update(changed)
                size += len(changed)
    return {"bytes": size, "sha256": digest.hexdigest()}


@contextmanager
def _damage_named() -> Iterator[None]:
    """Everything that the readers of archives raise for a damaged one, as one kind of error."""
    damage = (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        RuntimeError,  # zipfile: encrypted
        NotImplementedError,  # zipfile: unknown compression
        ValueError,
        struct.error,
        OverflowError,
        LookupError,
    )
    try:
        yield
    except damage as error:
        raise ArchiveError(f"damaged ({type(error).__name__}: {str(error)[:100]})") from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # the disk's trouble, not the archive's
            raise
        raise ArchiveError(f"damaged ({error})") from error
