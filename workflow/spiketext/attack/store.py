"""Rows that are kept as they come, so that a killed job goes on where it stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, storage_errors
from spiketext.seal import NAME, ROOM, check_sealed, sealed


class RowStore:
    """JSON lines beside the output, each with a checksum: first what they belong to, then one row each.

    Attributes:
        rows: rows of this run and of an interrupted one with the same key.
    """

    def __init__(self, path: Path, key: str) -> None:
        """`key`: digest of everything that the rows depend on; rows of another key are dropped."""
        self.path = path
        self.rows = _read(path, key)
        with atomic_path(path) as partial:  # also cuts off a line that was being written
            partial.write_bytes(b"".join(map(_line, [{"key": key}, *self.rows])))

    def append(self, row: dict[str, Any]) -> None:
        """Add a row; it is on disk when this returns.

        Raises:
            SpikeTextError: the disk is full.
        """
        self.rows.append(row)
        with storage_errors(self.path), self.path.open("ab") as file:
            file.write(_line(row))
            file.flush()
            os.fsync(file.fileno())

    def delete(self) -> None:
        """Remove the file, once the result is written."""
        self.path.unlink(missing_ok=True)


def _line(value: dict[str, Any]) -> bytes:
    return sealed(json.dumps({**value, NAME: ROOM}, ensure_ascii=False) + "\n")


def _read(path: Path, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    try:
        for line in path.read_bytes().splitlines(keepends=True):
            check_sealed(path, line)
            rows.append({name: value for name, value in json.loads(line).items() if name != NAME})
    except OSError:
        return []
    except SpikeTextError:  # a damaged line: keep what stands before it
        pass
    return rows[1:] if rows and rows[0] == {"key": key} else []
