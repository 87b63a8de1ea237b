"""Writing files so that a reader never sees half of one."""

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spiketext.errors import SpikeTextError


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` on success, delete it otherwise.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise _storage_error(target, error) from error
    partial = Path(name)
    try:
        with storage_errors(target):
            yield partial
            # mkstemp makes files private; results are for everybody whom the umask allows.
            partial.chmod(0o666 & ~_umask())
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def storage_errors(target: Path) -> Iterator[None]:
    """Turn a full disk or a refused write of `target` into a `SpikeTextError`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG):
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


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON, atomically; NaN is refused."""
    with atomic_path(path) as partial:
        partial.write_text(
            json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )


def read_json(path: str | Path) -> Any:
    """Read a JSON file of this workflow.

    Raises:
        SpikeTextError: the file is missing or damaged.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpikeTextError(f"cannot read {path}: {error}; delete it and run its rule again") from error
