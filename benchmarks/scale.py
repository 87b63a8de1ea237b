"""How time and memory grow with the number of texts: `python -m benchmarks.scale`; docs/speed.md says how.

Made-up reviews go through the workflow's own rules, from tokenising to evaluation, once for each size. What a
job took and the most memory that it held are the last line of its log.
"""

import argparse
import csv
import gzip
import json
import re
import string
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tabulate import tabulate

from benchmarks.data import ROOT
from spiketext.config.files import read_yaml
from spiketext.config.load import load_config
from spiketext.files import atomic_path, write_json
from spiketext.progress import duration
from spiketext.report.machine import machine, versions

SIZES = [50_000, 500_000]
# One epoch of each training.
METHODS = {
    "dnn": {"training": {"epochs": 1}},
    "sparse-20": {"training": {"epochs": 1}, "finetuning": {"epochs": 1}},
}
WORDS, WIDTH = 50, 300  # of a review, of a word vector
VOCABULARY, TELLING = 30_000, 200  # words in all, and those of them that speak for one class
SHARE = 0.03  # of a review's words that are such
ROWS = 10_000  # made at once
SEED = 1
ORDER = ["tokenise", "split", "embed", "fit", "train_dnn", "convert", "finetune", "evaluate"]  # of the DAG
FOUND = Path(__file__).with_name("scale.json")
LAST_LINE = re.compile(r"rule (\w+) took ([\d.]+) s and at most ([\d,]+) MiB")


@dataclass(frozen=True)
class Taken:
    """What a job took."""

    seconds: float
    mib: int


def vocabulary() -> list[str]:
    """Made-up words: numbers whose digits are letters."""
    letters = np.array(list(string.ascii_lowercase))
    places = 26 ** np.arange(4)
    return ["".join(letters[number // places % 26]) for number in range(VOCABULARY)]


def reviews(size: int) -> Iterator[tuple[str, str]]:
    """Texts whose words follow Zipf's law, but for some that only reviews of the class have; and labels."""
    generator = np.random.default_rng(SEED)
    words = np.array(vocabulary())
    common = words[2 * TELLING :]
    frequency = 1 / np.arange(1, len(common) + 1)
    for begin in range(0, size, ROWS):
        count = min(ROWS, size - begin)
        labels = np.arange(begin, begin + count) % 2
        chosen = common[generator.choice(len(common), (count, WORDS), p=frequency / frequency.sum())]
        telling = words[labels[:, None] * TELLING + generator.integers(0, TELLING, (count, WORDS))]
        texts = np.where(generator.random((count, WORDS)) < SHARE, telling, chosen)
        yield from (
            (" ".join(text), ("bad", "good")[label]) for text, label in zip(texts, labels, strict=True)
        )


def write_study(folder: Path, size: int, baselines: Sequence[str]) -> Path:
    """Reviews, vectors and configuration, unless an earlier run has made them; the configuration's path."""
    data, vectors, study = folder / "reviews.csv", folder / "vectors.txt.gz", folder / "study.yaml"
    if not data.exists():
        with atomic_path(data) as partial, partial.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(("text", "label"))
            csv.writer(file).writerows(reviews(size))
    if not vectors.exists():
        generator = np.random.default_rng(SEED)
        with atomic_path(vectors) as partial, gzip.open(partial, "wt", 1, encoding="utf-8") as out:
            for word in vocabulary():
                out.write(
                    " ".join([word, *(f"{value:.4f}" for value in generator.normal(size=WIDTH))]) + "\n"
                )
    config = {
        "datasets": ["scale"],
        "methods": list(METHODS),
        "baselines": list(baselines),
        "results": str(folder / "results"),
        "define": {
            "datasets": {
                "scale": {
                    "language": "en",
                    "classes": ["bad", "good"],
                    "embedding": "scale",
                    "files": [{"path": "reviews.csv"}],
                }
            },
            "embeddings": {"scale": {"sources": [{"kind": "text", "path": "vectors.txt.gz"}]}},
            "methods": METHODS,
        },
    }
    with atomic_path(study) as partial:
        partial.write_text(json.dumps(config, indent=2), encoding="utf-8")
    return study


def run(study: Path, cores: int) -> dict[str, Taken]:
    """Let the workflow make all evaluations anew; what each job took, by the name of its log."""
    config = load_config(read_yaml(study), [study])
    targets = [
        f"{config.results}/scale/{method}/seed1/evaluation/{stage}.json"
        for method in config.classifiers
        for stage in config.define.methods[method].stages
    ]
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet", "--forceall"]
    subprocess.run([*command, "--configfile", str(study), "--", *targets], cwd=ROOT, check=True)
    logs = Path(config.results) / "logs"
    return dict(sorted(_taken(logs), key=lambda one: ORDER.index(one[0].split()[0])))


def _taken(logs: Path) -> Iterator[tuple[str, Taken]]:
    for path in sorted(logs.rglob("*.log")):
        found = LAST_LINE.search(path.read_text(encoding="utf-8"))
        if found and found[1] in ORDER:
            _, _, job = path.stem.partition("scale-")
            name = f"{found[1]} {job.replace('-1-', ' ').removesuffix('-1')}".strip()
            yield name, Taken(float(found[2]), int(found[3].replace(",", "")))


def table(found: dict[int, dict[str, Taken]]) -> str:
    """A row a job: seconds and MiB at each size, and by how much they grow from the first to the last."""
    sizes = list(found)
    rows = [
        [
            job,
            *(f"{found[size][job].seconds:,.0f}" for size in sizes),
            *(f"{found[size][job].mib:,}" for size in sizes),
            f"{found[sizes[-1]][job].mib / found[sizes[0]][job].mib:.2f}",
        ]
        for job in found[sizes[0]]
    ]
    columns = [f"{what}, {size:,}" for what in ("seconds", "MiB") for size in sizes]
    return tabulate(rows, ["job", *columns, "memory grows"], tablefmt="github", disable_numparse=True)


def main() -> None:
    """Make the texts, run the workflow on each size, print the table and write scale.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of reviews")
    parser.add_argument(
        "--baselines", nargs="*", default=[], help="classifiers that are fitted, of the catalogue"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT / "results" / "scale")
    chosen = parser.parse_args()
    found, seconds = {}, {}
    for size in chosen.sizes:
        study = write_study(chosen.folder / str(size), size, chosen.baselines)
        began = time.monotonic()
        found[size] = run(study, chosen.cores)
        seconds[size] = time.monotonic() - began
        print(f"{size:,} reviews of {WORDS} words took {duration(seconds[size])}", file=sys.stderr)
    print(f"\n{machine()} {versions()}\n\n{table(found)}")
    if chosen.sizes == SIZES:
        jobs = {size: {job: vars(one) for job, one in jobs.items()} for size, jobs in found.items()}
        about = {"machine": machine(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
        write_json(FOUND, {**about, "cores": chosen.cores, "seconds": seconds, "jobs": jobs})


if __name__ == "__main__":
    main()
