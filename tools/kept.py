"""Studies of a page each: their rows are kept in results/reference, a table of them stands on the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from spiketext.config.stages import STAGES
from spiketext.files import read_json
from spiketext.report import estimates
from spiketext.report.names import names_of

FILES = ("accuracy.csv", "table.csv", "energy_table.csv", "pairs.csv", "provenance.json")


@dataclass(frozen=True)
class Kept:
    """A study.

    Attributes:
        name: of its folder in results/ and results/reference, and in the marks of its page.
        page: where its table stands.
    """

    name: str
    page: Path


STUDIES = [
    Kept("mnist", Path("docs", "lossless.md")),
    Kept("lossless", Path("docs", "lossless.md")),
    Kept("robust", Path("docs", "robust.md")),
]


def accuracies(folder: Path) -> str:
    """Test accuracies of a study against the number of steps, a row for each data set and method."""
    found = pd.read_csv(folder / "accuracy.csv")
    names = names_of(read_json(folder / "provenance.json", sealed=False)["settings"])
    rows = []
    for (dataset, method), own in found.groupby(["dataset", "method"], sort=False):
        row = {"data set": names.datasets[str(dataset)], "classifier": names.methods[str(method)]}
        runs: pd.DataFrame
        steps: Any
        for (stage, steps), runs in own.groupby(["stage", "T"], sort=False, dropna=False):
            kind = STAGES[str(stage)]
            title = kind.title if pd.isna(steps) else f"{kind.title}, T = {steps:.0f}"
            row[title] = estimates.mean_over_seeds(list(runs["test_accuracy"])).text()
        rows.append(row)
    return str(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))
