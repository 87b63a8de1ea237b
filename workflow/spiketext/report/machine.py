"""Where a report comes from: commit, versions, machine, time taken."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from spiketext.networks.native import build
from spiketext.progress import duration
from spiketext.provenance import PACKAGE

# The widest instructions decide how sums are rounded, so a training's digits; these variables limit them.
LIMITS = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")
WIDE = {"avx512f": "AVX-512", "avx2": "AVX2"}  # as Linux names them, the widest first
PACKAGES = ("torch", "spikingjelly", "snakemake", "textattack", "numpy", "pandas", "matplotlib")


def record(
    benchmarks: Sequence[str], manifests: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Where results come from, for provenance.json.

    Args:
        benchmarks: paths of the benchmark files of the study's jobs; those that are missing do not count.
        manifests: of the resources.
        settings: of the study, from `names.used_settings`.
    """
    return {
        **commit(),
        "versions": versions(),
        "machine": machine(),
        "time": time_taken(benchmarks),
        "resources": {one["resource"]: one["sha256"] for one in manifests},
        "settings": settings,
    }


def sentences(record: Mapping[str, Any]) -> list[str]:
    """The record for readers, less resources and settings, which a report lists elsewhere."""
    said = "Not run from a git checkout with a commit."
    if record["commit"] is not None:
        changes = "no" if record["clean"] else "with"
        said = f"Git commit of the code: {record['commit']}, {changes} uncommitted changes."
    return [
        said,
        f"Versions: {record['versions']}",
        f"Report written on: {record['machine']}",
        record["time"],
    ]


def commit(folder: Path = PACKAGE) -> dict[str, str | bool | None]:
    """`commit` of the git checkout that holds the package, and whether its tracked files are `clean`.

    Both are None where there is no commit.
    """
    head = _git(folder, "rev-parse", "HEAD")
    # Of tracked files only: results and virtual environments beside them change no code.
    changed = None if head is None else _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": head, "clean": None if changed is None else not changed}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def versions() -> str:
    """Versions of Python and of the packages that results depend on, as far as they are installed."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    # Without a compiler the spiking networks run on PyTorch alone, and round differently.
    compiler = build.find_compiler()
    found.append("no C compiler" if compiler is None else build.version(compiler).splitlines()[0])
    return ", ".join(found) + "."


def machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Processor with its widest instructions and what limits them, cores and memory of this machine."""
    memory = psutil.virtual_memory().total / 2**30
    limits = [f"{name}={os.environ[name]}" for name in LIMITS if name in os.environ]
    said = [_processor(cpuinfo), *limits, f"{os.cpu_count()} cores", f"{memory:.0f} GiB of memory"]
    return f"{', '.join(said)}, {platform.system()}."


def _processor(cpuinfo: Path) -> str:
    try:
        lines = [line.partition(":") for line in cpuinfo.read_text(encoding="utf-8").splitlines()]
    except OSError:
        lines = []
    found = {key.strip(): value.strip() for key, _, value in lines}
    name = found.get("model name") or platform.processor() or platform.machine()
    wide = [title for flag, title in WIDE.items() if flag in found.get("flags", "").split()]
    return f"{name} with {wide[0]}" if wide else name


def time_taken(benchmarks: Sequence[str | Path]) -> str:
    """Wall time and memory of the study's jobs, from their benchmark files."""
    taken: dict[str, tuple[float, float]] = {}
    for path in map(Path, benchmarks):
        try:
            # "NA" stands where a job was too short to be measured.
            rows = pd.read_csv(path, sep="\t")[["s", "max_rss"]].apply(pd.to_numeric, errors="coerce")
        except (OSError, ValueError, KeyError):
            continue  # no such job was run here, or its file is just being written
        taken[f"{path.parent.name}/{path.stem}"] = (
            float(rows["s"].fillna(0).sum()),
            float(rows["max_rss"].fillna(0).max()),
        )
    if not taken:
        return "No benchmark files, so the time taken is not known."
    longest = sorted(taken, key=lambda name: -taken[name][0])[:3]
    listed = ", ".join(f"{name} {duration(taken[name][0])}" for name in longest)
    total = duration(sum(seconds for seconds, _ in taken.values()))
    memory = max(memory for _, memory in taken.values())
    return (
        f"{len(taken)} jobs took {total} in all, those that ran side by side added up; the longest: "
        f"{listed}. The largest used {memory:,.0f} MiB of memory. Each job of this study "
        "counts with its last run, and a resource where this study fetched it."
    )
