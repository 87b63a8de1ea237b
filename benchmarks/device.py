"""What has to be seen on a GPU: `benchmarks/device.sh` runs it after the tests, docs/device.md shows it.

Three questions: do two runs give the same bits, and what a CPU gives; how fast are we beside spikingjelly on
the same device; does a row of the reference study come out as on a CPU. `--device cpu` tries the plumbing.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import Any

import pandas as pd
import torch

from benchmarks import summary
from benchmarks.data import ROOT, Source, files, snakemake
from benchmarks.process import comparison, measured
from spiketext.files import read_json, write_json
from spiketext.report.machine import machine
from tests.golden.study import in_a_process

PACKAGES = ("torch", "triton", "spikingjelly", "snakemake", "numpy")
RESULT = ROOT / "benchmarks" / "device.json"
DATASET, METHOD, SEEDS = "mr_full", "lv2023", (1, 2, 3, 4, 5)
STUDY = "results/device"
PARTS = ("cells", "speed", "row")
PRECISIONS = {"float32": False, "tf32": True}


def cells(device: str) -> dict[str, Any]:
    """Golden cells twice on the device and once on the CPU, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        places = {"first": device, "second": device, "cpu": "cpu"}
        runs = {name: pool.submit(in_a_process, Path(folder) / name, on) for name, on in places.items()}
        return apart(*(runs[name].result() for name in places))


def apart(first: dict[str, Any], second: dict[str, Any], cpu: dict[str, Any]) -> dict[str, Any]:
    """Whether two runs agree to the bit, and how far they are from a third.

    Returns:
        `identical`; the largest and the mean difference of an accuracy, in points; the largest difference of
        the operations of a stage, as a share of them.
    """
    pairs = list(zip(_stages(first), _stages(cpu), strict=True))
    accuracies = [
        100 * abs(mean(a[2]) - mean(b[2]))
        for one, other in pairs
        for a, b in zip(one["curve"], other["curve"], strict=True)
    ]
    return {
        "cells": sum("/" in name for name in first),
        "identical": first == second,
        "accuracy_apart": max(accuracies),
        "accuracy_apart_mean": mean(accuracies),
        "operations_apart": max(abs(_operations(one) / _operations(other) - 1) for one, other in pairs),
    }


def _stages(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, cell in found.items():
        if "/" in name:
            yield from (stage for key, stage in cell.items() if key != "energy")


def _operations(stage: dict[str, Any]) -> float:
    return float(sum(sum(count[4:]) for count in stage["counts"]))


def speed(device: str, source: Source, batches: int) -> dict[str, Any]:
    """Ratios to the textbook on spikingjelly and to the DNN, both on the device; seconds a batch of 32."""
    found = {}
    for precision, tf32 in PRECISIONS.items():
        if tf32 and device == "cpu":
            continue
        raw = measured(source, comparison(source, batches), torch.get_num_threads(), device, tf32)
        found[precision] = {
            "training": summary.speed(raw["training"]),
            "inference": summary.speed(raw["inference"]),
            "beside_dnn": summary.beside_dnn(raw),
            "agreement": summary.agreement(raw),
        }
    return found


def workflow(device: str, targets: list[str], options: list[str]) -> None:
    """Let Snakemake make files of the reference study, in a folder of its own.

    Raises:
        OSError: it could not.
    """
    study = ("--configfile", "config/reference.yaml", "--config", f"device={device}", f"results={STUDY}")
    if not snakemake(targets, *study, *options, cores=os.cpu_count() or 1):
        raise OSError("the workflow could not make them; its messages above say why")


def row(device: str, dataset: str, method: str, seeds: tuple[int, ...], options: list[str]) -> dict[str, Any]:
    """A row of the reference study on the device, beside that in results/reference."""
    targets = [
        f"{STUDY}/{dataset}/{method}/seed{seed}/evaluation/{stage}.json"
        for seed in seeds
        for stage in ("dnn", "converted", "finetuned")
    ]
    began = time.monotonic()
    workflow(device, targets, options)
    took = time.monotonic() - began
    here = [read_json(ROOT / target) for target in targets]
    known = pd.read_csv(ROOT / "results/reference/accuracy.csv")
    rows = []
    for report in here:
        last = report["curve"][-1]
        same = known[(known["dataset"] == dataset) & (known["method"] == method)
                     & (known["seed"] == report["seed"]) & (known["stage"] == report["stage"])]  # fmt: skip
        steps = same["T"].isna() if last["T"] is None else same["T"] == last["T"]
        on_cpu = same.loc[steps, "test_accuracy"]
        rows.append({"seed": report["seed"], "stage": report["stage"], "T": last["T"],
                     "here": last["test_accuracy"],
                     "cpu": float(on_cpu.iloc[0]) if len(on_cpu) else None})  # fmt: skip
    return {"dataset": dataset, "method": method, "seconds": took, "rows": rows}


def main() -> None:
    """Run all, print and write the result after each part, so that a part that fails leaves the others."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device", description=__doc__)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--batches", type=int, default=12, help="of 32 texts, for each timing")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="of the row")
    parser.add_argument("--dataset", default=DATASET)
    parser.add_argument("--out", type=Path, help="else device.json here, of a CPU in results/")
    parser.add_argument("--set", nargs="*", default=[], help="settings of the row's study (mirror=…)")
    chosen = parser.parse_args()
    found = {name: version(name) for name in PACKAGES if find_spec(name)}
    out: Path = chosen.out or (RESULT if chosen.device == "cuda" else ROOT / "results" / "device.json")
    here: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if chosen.device == "cuda" else "CPU",
        "machine": machine(),
        "versions": found,
    }
    # Parts of an earlier run stay if they are of the same machine.
    result: dict[str, Any] = read_json(out) if out.is_file() else {}
    if {name: result.get(name) for name in here} != here:
        result = here
    source = Source(chosen.dataset, f"{STUDY}/{chosen.dataset}", 64)
    workflow(chosen.device, files([source]), chosen.set)
    calls = {
        "cells": lambda: cells(chosen.device),
        "speed": lambda: speed(chosen.device, source, chosen.batches),
        "row": lambda: row(chosen.device, chosen.dataset, METHOD, tuple(chosen.seeds), chosen.set),
    }
    failed = []
    for part in chosen.parts:
        began = time.monotonic()
        result.pop(part, None)
        try:
            result[part] = calls[part]()
        except (subprocess.CalledProcessError, AssertionError, OSError) as error:
            failed.append(f"{part}: {error}")
        print(
            f"{part}, {time.monotonic() - began:.0f} s: {json.dumps(result.get(part), indent=1)}", flush=True
        )
        write_json(out, result)
    if failed:
        raise SystemExit("; ".join(failed))
    if "cells" in chosen.parts and not result["cells"]["identical"]:
        raise SystemExit("two runs differ")


if __name__ == "__main__":
    main()
