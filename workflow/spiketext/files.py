"""Writing files so that a reader never sees half of one."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spiketext.errors import SpikeTextError
from spiketext.seal import NAME, ROOM, check_sealed, sealed, unreadable

GZIP_MAGIC = b"\x1f\x8b"  # the first bytes of a gzipped file


def most_unpacked(size: int) -> int:
    """Most bytes that a packed file of `size` bytes may unpack to, unless something else is said."""
    return 20 * size + 2**26


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` on success, delete it otherwise.

    The name is always the same, so that the next run of a killed job takes over what that has left. Its lock,
    which ends with the process, keeps two processes from writing one target.

    Raises:
        SpikeTextError: the disk is full, the folder cannot be written, another process writes `path`, or that
            is a folder.
    """
    target = Path(path)
    if not target.name:
        raise SpikeTextError(f"`{path}` is the name of no file; name one")
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(partial)
    except BlockingIOError as error:
        raise SpikeTextError(f"another process is writing {target}; wait until it has ended") from error
    except OSError as error:
        raise _storage_error(target, error) from error
    try:
        with storage_errors(target):
            yield partial
            # The partial file is private; results are for everybody whom the umask allows.
            partial.chmod(0o666 & ~_umask())
            partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    finally:
        os.close(lock)


def _locked(partial: Path) -> int:
    """Make or take over the partial file, and empty it; returns the descriptor that holds its lock."""
    while True:
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):  # no locks on this disk
                    raise
            if _is_at(handle, partial):
                os.truncate(handle, 0)
                return handle
        except OSError:
            os.close(handle)
            raise
        os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still the one at `path`: its last owner may have renamed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def storage_errors(target: Path) -> Iterator[None]:
    """Turn a full disk or a refused write of `target` into a `SpikeTextError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG, errno.EISDIR):
            raise _storage_error(target, error) from error
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _storage_error(target: Path, error: OSError) -> SpikeTextError:
    advice = "choose another results folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        advice = f"free some space or {advice}"
    return SpikeTextError(f"cannot write {target}: {error.strerror}; {advice}")


def write_json(path: str | Path, value: dict[str, Any]) -> None:
    """Write `value` as indented UTF-8 JSON with a checksum, atomically; NaN is refused."""
    assert NAME not in value
    with atomic_path(path) as partial:
        text = json.dumps({**value, NAME: ROOM}, indent=2, ensure_ascii=False, allow_nan=False)
        partial.write_bytes(sealed(text + "\n"))


def read_json(path: str | Path, *, sealed: bool = True) -> dict[str, Any]:
    """Read a JSON file of this workflow.

    Args:
        path: the file.
        sealed: whether it must have a checksum; if it has one, that must fit in any case.

    Raises:
        SpikeTextError: the file is missing or damaged.
    """
    try:
        data = Path(path).read_bytes()
        value = json.loads(data.decode())
        if not isinstance(value, dict):
            raise ValueError("no JSON object")
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, error) from error
    if sealed or NAME in value:
        check_sealed(path, data)
    value.pop(NAME, None)
    return value


def csv_safe(cell: Any) -> Any:
    """A table's cell so that no spreadsheet takes its text for a formula; numbers stay as they are."""
    if not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
