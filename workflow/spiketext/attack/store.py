"""Rows that are kept as they come, so that a killed job goes on where it stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from spiketext.files import atomic_path, storage_errors


class RowStore:
    """JSON lines beside the output: first what they belong to, then one row each.

    Attributes:
        rows: rows of this run and of an interrupted one with the same key.
    """

    def __init__(self, path: Path, key: str) -> None:
        """`key`: digest of everything that the rows depend on; rows of another key are dropped."""
        self.path = path
        self.rows = _read(path, key)
        with atomic_path(path) as partial:  # also cuts off a line that was being written
            lines = [{"key": key}, *self.rows]
            partial.write_text("".join(map(_line, lines)), encoding="utf-8")

    def append(self, row: dict[str, Any]) -> None:
        """Add a row; it is on disk when this returns.

        Raises:
            SpikeTextError: the disk is full.
        """
        self.rows.append(row)
        with storage_errors(self.path), self.path.open("a", encoding="utf-8") as file:
            file.write(_line(row))
            file.flush()
            os.fsync(file.fileno())

    def delete(self) -> None:
        """Remove the file, once the result is written."""
        self.path.unlink(missing_ok=True)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _read(path: Path, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    try:
        # Only "\n" ends a line here: texts may hold other characters that splitlines() cuts at.
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]:
            rows.append(json.loads(line))
    except OSError:
        return []
    except ValueError:  # a damaged line: keep what stands before it
        pass
    return rows[1:] if rows and rows[0] == {"key": key} else []
