"""`make bench`: our spiking TextCNN against the textbook one, alternating, medians of ratios."""

import json
import platform
import statistics
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
from tqdm import tqdm

from spiketext.files import write_json

ROOT = Path(__file__).parents[1]
DATASETS = ("mr", "zh_reviews")
STEPS, BATCHES, REPEATS, THREADS = 50, 8, 3, 2


def prepare() -> None:
    """Tokens and word vectors of both data sets, by the workflow itself."""
    targets = [
        f"results/{name}/{file}"
        for name in DATASETS
        for file in ("text/tokens.safetensors", "embeddings/table.safetensors")
    ]
    subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "--", *targets], cwd=ROOT, check=True
    )


def measure(case: str, mode: str, dataset: str) -> dict:
    """One implementation in a process of its own, so that its peak memory is its own."""
    arguments = [case, mode, str(ROOT / "results" / dataset), str(STEPS), str(BATCHES), str(THREADS)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure", *arguments],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def compare(mode: str, dataset: str) -> dict[str, float]:
    """Ratios textbook / ours, batch by batch; the first batch warms up. The outputs are compared as well."""
    ratios, memory = [], []
    for _ in range(REPEATS):
        theirs, ours = measure("textbook", mode, dataset), measure("ours", mode, dataset)
        np.testing.assert_allclose(theirs["checks"][0], ours["checks"][0], rtol=1e-2)
        ratios += [a / b for a, b in zip(theirs["seconds"][1:], ours["seconds"][1:], strict=True)]
        memory.append(ours["extra_mib"] / theirs["extra_mib"])
    return {"speed": statistics.median(ratios), "memory": statistics.median(memory)}


def main() -> None:
    """Measure, print a table, write benchmarks/latest.json."""
    prepare()
    found = {}
    for dataset, mode in tqdm([(d, m) for d in DATASETS for m in ("training", "inference")]):
        found[f"{dataset} {mode}"] = compare(mode, dataset)
    for name, row in found.items():
        print(f"{name:24} {row['speed']:5.1f} times faster, {row['memory']:.2f} of the memory")
    result = {
        "T": STEPS,
        "batch": 32,
        "threads": THREADS,
        "ratios": found,
        "machine": platform.processor() or platform.machine(),
        "date": date.today().isoformat(),
    }
    write_json(ROOT / "benchmarks" / "latest.json", result)


main()
