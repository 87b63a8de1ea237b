"""`make verify CELLS='mr/dnn/1 …'`: cells of the kept results, computed anew, beside what is kept.

A cell is a data set, a method and a seed: it is trained again from the raw texts, in a results folder of its
own, and every accuracy that is kept of it is compared with what comes out.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tabulate import tabulate

from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.report.machine import LIMITS
from tools.reference import short

ROOT = Path(__file__).parents[1]
# Studies by name: the configuration, and the folder of results/reference that keeps its rows.
STUDIES = {"default": ("config", "default"), "six-sets": ("reference", ".")} | {
    name: (name, name)
    for name in sorted(path.parent.name for path in (ROOT / "results/reference").glob("*/accuracy.csv"))
    if (ROOT / "config" / f"{name}.yaml").exists()
}
# What most kept results were limited to; wider instructions round sums in another way (docs/tables.md).
INSTRUCTIONS = dict(zip(LIMITS, ("avx2", "AVX2", "AVX2"), strict=True))
SAME = 1e-9  # of two shares of right texts


@dataclass(frozen=True)
class Cell:
    """A data set, a method and a seed."""

    dataset: str
    method: str
    seed: int

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """Of `DATASET/METHOD/SEED`.

        Raises:
            SpikeTextError: it is none.
        """
        parts = text.split("/")
        if len(parts) != 3 or not all(parts) or not parts[2].isdecimal():
            raise SpikeTextError(f"{text!r} is no cell: write DATASET/METHOD/SEED, such as mr/sparse-20/1")
        return cls(parts[0], parts[1], int(parts[2]))

    def rows(self, kept: pd.DataFrame) -> pd.DataFrame:
        """What is kept of it.

        Raises:
            SpikeTextError: nothing is.
        """
        own = kept[
            (kept["dataset"] == self.dataset) & (kept["method"] == self.method) & (kept["seed"] == self.seed)
        ]
        if own.empty:
            known = kept["dataset"] + "/" + kept["method"] + "/" + kept["seed"].astype(str)
            raise SpikeTextError(
                f"nothing is kept of {self.dataset}/{self.method}/{self.seed}; there are "
                f"{', '.join(known.unique()[:6])}, …"
            )
        return own

    def evaluation(self, results: Path, stage: str) -> Path:
        """The file with its accuracies."""
        return results / self.dataset / self.method / f"seed{self.seed}" / "evaluation" / f"{stage}.json"


def compare(rows: pd.DataFrame, results: Path, cell: Cell) -> list[dict[str, str]]:
    """A row for each accuracy that is kept of a cell: it, what was found now, whether they match."""
    found = []
    for stage, own in rows.groupby("stage", sort=False):
        curve = read_json(cell.evaluation(results, str(stage)))["curve"]
        now: Mapping[int | None, float] = {one["T"]: one["test_accuracy"] for one in curve}
        for steps, accuracy, texts, run in own[["T", "test_accuracy", "n_test", "run"]].itertuples(
            index=False
        ):
            new = now.get(None if pd.isna(steps) else int(steps))
            found.append(
                {
                    "cell": f"{cell.dataset}/{cell.method}/{cell.seed}",
                    "stage": str(stage),
                    "T": "" if pd.isna(steps) else str(steps),
                    "kept, %": f"{100 * accuracy:.2f}",
                    "now, %": "not evaluated" if new is None else f"{100 * new:.2f}",
                    "run": str(run),
                    "match": _match(accuracy, new, texts),
                }
            )
    return found


def _match(kept: float, now: float | None, texts: int) -> str:
    if now is None:
        return "no"
    return "yes" if abs(now - kept) <= SAME else f"no: {(now - kept) * texts:+.1f} of {texts:,} texts"


def compute(study: str, wanted: Mapping[Cell, Sequence[str]], cores: str, settings: Sequence[str]) -> Path:
    """Let the workflow evaluate stages of cells; the results folder.

    Raises:
        SpikeTextError: it could not.
    """
    limits = [os.environ[name] for name in LIMITS if name in os.environ]
    folder = "-".join([study, *dict.fromkeys(limit.lower() for limit in limits)])
    config, results = Path("config", f"{STUDIES[study][0]}.yaml"), Path("results", "verify", folder)
    command = [
        sys.executable, "-m", "snakemake", "--cores", cores, "--forcerun", "train_dnn", "fit",
        "--configfile", str(config), "--config", f"results={results}", *settings, "--",
        *(str(cell.evaluation(results, stage)) for cell, stages in wanted.items() for stage in stages),
    ]  # fmt: skip
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SpikeTextError("the workflow could not compute these cells; what it said last tells why")
    return ROOT / results


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute and compare; 0 if everything matches."""
    parser = ArgumentParser(prog="make verify", description=__doc__)
    parser.add_argument("cells", nargs="+", metavar="DATASET/METHOD/SEED")
    parser.add_argument("--study", choices=STUDIES, default="default")
    parser.add_argument("--mirror", help="a folder or base URL that has files of the web")
    parser.add_argument("--cores", default="all")
    parser.add_argument("--native", action="store_true", help="with the widest instructions of this machine")
    chosen = parser.parse_args(arguments)
    cells = [Cell.parse(text) for text in chosen.cells]
    folder = ROOT / "results/reference" / STUDIES[chosen.study][1]
    kept = pd.read_csv(folder / "accuracy.csv", dtype={"T": "Int64"})
    if "run" not in kept:
        kept["run"] = short(read_json(folder / "provenance.json", sealed=False))
    rows = {cell: cell.rows(kept) for cell in cells}
    if not chosen.native:
        os.environ.update(INSTRUCTIONS)
    stages = {cell: list(own["stage"].unique()) for cell, own in rows.items()}
    settings = [] if chosen.mirror is None else [f"mirror={chosen.mirror}"]
    results = compute(chosen.study, stages, chosen.cores, settings)
    found = [row for cell, own in rows.items() for row in compare(own, results, cell)]
    print(tabulate(found, headers="keys", tablefmt="github", disable_numparse=True))
    matching = sum(row["match"] == "yes" for row in found)
    print(f"{matching} of {len(found)} accuracies match")
    return 0 if matching == len(found) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SpikeTextError as error:
        sys.exit(f"verify: {error}")
