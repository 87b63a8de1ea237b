"""`make bench`: our spiking TextCNN beside the textbook one on spikingjelly; docs/speed.md says how."""

import argparse
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks import figure, summary, tables
from benchmarks.data import ROOT, Source, prepare
from benchmarks.peers import PEERS, installed
from benchmarks.process import STEPS, Task, beside_peers, comparison, measured
from spiketext.files import write_json
from spiketext.progress import duration
from spiketext.report.machine import machine, versions

HERE = Path(__file__).parent
PLAIN, TUNED = "plain environment", "with the workflow's allocator settings"


def environments() -> dict[str, dict[str, str]]:
    """Environments of the measuring processes: glibc's allocator as it is, and as the workflow sets it."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    rules = (ROOT / "workflow/rules/common.smk").read_text(encoding="utf-8")
    return {PLAIN: plain, TUNED: plain | dict(re.findall(r'(MALLOC_\w+)="(\d+)"', rules))}


class Bench:
    """Runs measurements in processes of their own and says what is going on."""

    def __init__(self, parts: int, threads: int) -> None:
        self.parts, self.threads, self.done, self.began = parts, threads, 0, time.monotonic()
        self.environments = environments()

    def run(self, source: Source, tasks: list[Task], environment: str = PLAIN) -> dict[str, Any]:
        """Results of the tasks by name, all from one process."""
        self.done += 1
        names = ", ".join(dict.fromkeys(name.replace("_", " ") for name, _ in tasks))
        passed = duration(time.monotonic() - self.began)
        print(f"[{self.done}/{self.parts}, {passed}] {source.name}, {environment}: {names}", file=sys.stderr)
        return measured(source, tasks, self.threads, environment=self.environments[environment])


def peaks(bench: Bench, source: Source, batches: int) -> dict[str, dict[str, float]]:
    """Peak memory of both sides, a process each."""
    return {
        case: bench.run(source, [("memory", {"steps": STEPS, "batches": batches, "case": case})])["memory"]
        for case in ("textbook", "ours")
    }


def measure(sources: list[Source], quick: bool, threads: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures by environment and data set, and what belongs to none."""
    batches = {PLAIN: 2} if quick else {PLAIN: 9, TUNED: 4}
    bench = Bench((len(batches) + 3) * len(sources) + 1, threads)
    raw = {
        setting: {source.name: bench.run(source, comparison(source, count), setting) for source in sources}
        for setting, count in batches.items()
    }
    fair = list(batches)[-1]
    others = {
        source.name: bench.run(source, beside_peers(source, 2 if quick else 3), fair) for source in sources
    }
    kept = {source.name: summary.memory(peaks(bench, source, 2 if quick else 3)) for source in sources}
    typical = median(row["distinct"] for row in raw[PLAIN][sources[0].name]["training"]["sums"])
    alone = bench.run(sources[0], [("peak", {"words": int(typical)}), ("growth", {"quick": quick})])
    peak = max(alone["peak"].values())
    figures = {
        setting: {name: summary.of_dataset(one, peak) for name, one in found.items()}
        for setting, found in raw.items()
    }
    for name, one in kept.items():
        figures[PLAIN][name]["memory"] = one
    for name, found in others.items():
        figures[fair][name]["peers"] = summary.of_peers(found["beside_peers"])
    return figures, alone


def show(figures: dict[str, Any], others: dict[str, Any], remark: str) -> None:
    """Print all tables."""
    print(f"\n{machine()} {versions()}\nChinese sentences: {remark}.")
    for setting, datasets in figures.items():
        tables.speeds(setting, datasets)
    fair = list(figures)[-1]
    tables.peers(fair, figures[fair], [name for name in PEERS if name not in installed()])
    tables.dnns(figures[PLAIN])
    tables.memories(figures[PLAIN])
    tables.floors(figures[PLAIN], max(others["peak"].values()))
    tables.growths(others["growth"])
    tables.agreements(figures[fair])
    tables.verdicts(summary.bars(summary.headline(figures[PLAIN])))


def record(figures: dict[str, Any], others: dict[str, Any], remark: str, threads: int) -> dict[str, Any]:
    """What goes into latest.json."""
    headline = summary.headline(figures[PLAIN])
    tuned = {f"{key}_tuned_allocator": value for key, value in summary.headline(figures[TUNED]).items()}
    return {
        **headline,
        **tuned,
        **summary.headline_of_peers(figures[TUNED]),
        "peers": installed(),
        "bars": summary.bars(headline),
        "machine": machine(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "threads": threads,
        "torch": torch.__version__,
        "versions": versions(),
        "chinese": remark,
        "T": STEPS,
        "batch": 32,
        "peak_gflops": others["peak"],
        "datasets": figures,
        "growth": others["growth"],
    }


def commit() -> str | None:
    """The checkout's commit; `+` says that tracked files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def arguments() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--mirror", help="folder or base URL with ChnSenti (the workflow's `mirror` setting)")
    parser.add_argument("--quick", action="store_true", help="MR only, writes no files")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="default: all")
    return parser.parse_args()


def main() -> None:
    """Prepare, measure, print, write latest.json and speed.svg."""
    chosen = arguments()
    began = time.monotonic()
    sources, remark = prepare(chosen.mirror)
    figures, others = measure(sources[: 1 if chosen.quick else None], chosen.quick, chosen.threads)
    show(figures, others, remark)
    apart = [said for datasets in figures.values() for said in summary.disagreements(datasets)]
    if not chosen.quick:
        result = record(figures, others, remark, chosen.threads) | {"agrees": not apart}
        write_json(HERE / "latest.json", result)
        figure.draw(figures[PLAIN], others["growth"], HERE / "speed.svg")
    print(f"\nTook {duration(time.monotonic() - began)}.")
    if apart:
        raise SystemExit("The implementations disagree: " + "; ".join(apart))


main()
