"""Measurements in a process of their own, and those that compare both implementations on one data set."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.data import ROOT, Source

STEPS = 50
Task = tuple[str, dict[str, Any]]


def comparison(source: Source, batches: int) -> list[Task]:
    """The tasks of one data set in one environment; long sentences take the textbook long."""
    count = _count(source, batches)
    return [
        ("training", {"steps": STEPS, "batches": count}),
        ("inference", {"steps": STEPS, "batches": count}),
        ("against_dnn", {"batches": 4 * count}),
    ]


def beside_peers(source: Source, batches: int) -> list[Task]:
    """The task of other packages on one data set."""
    return [("beside_peers", {"steps": STEPS, "batches": _count(source, batches)})]


def _count(source: Source, batches: int) -> int:
    return max(2, batches * 2 // 3) if source.max_length > 64 else batches


def measured(
    source: Source,
    tasks: list[Task],
    threads: int,
    device: str = "cpu",
    tf32: bool = False,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Results of the tasks by name, all from one process of `benchmarks.worker`.

    Args:
        source: the texts.
        tasks: with their arguments.
        threads: torch's.
        device: where both implementations run.
        tf32: whether a GPU may round the factors of products to 10 bits.
        environment: of the process; None: as it is here.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        order = {
            "source": asdict(source),
            "threads": threads,
            "device": device,
            "tf32": tf32,
            "tasks": tasks,
            "result": str(result),
        }
        subprocess.run(
            [sys.executable, "-m", "benchmarks.worker"],
            cwd=ROOT,
            env=environment,
            input=json.dumps(order),
            text=True,
            check=True,
        )
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return found
