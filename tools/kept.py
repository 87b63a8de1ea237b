"""Studies of a page each: their rows are kept in results/reference, tables and figures stand on the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from spiketext.attack.metrics import HEADLINE
from spiketext.config.stages import STAGES
from spiketext.files import read_json
from spiketext.report import estimates, overview
from spiketext.report.attacks import pairs
from spiketext.report.document import Table, table_markdown
from spiketext.report.energy.early import early_table
from spiketext.report.names import Names, in_mode, names_of, recipe_title, series_of
from spiketext.report.summary import comparison_frame
from spiketext.report.systems import systems_tables
from tools.reference import Reference

FILES = ("accuracy.csv", "table.csv", "energy_table.csv", "pairs.csv", "provenance.json")
EARLY_FILES = (*FILES, "energy.csv", "systems.csv")
SYSTEMS_FILES = (*FILES, "systems.csv", "attack.csv", "attack_pairs.csv")
ATTACK_FILES = ("accuracy.csv", "attack.csv", "attack_pairs.csv", "transfer.csv", "provenance.json")
SIGNS = {pairs.MORE: " ▲", pairs.LESS: " ▼", pairs.EQUAL: " ="}  # behind a difference under attack


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
            values, overlap = list(runs["test_accuracy"]), names.overlaps[str(dataset)]
            row[title] = estimates.mean_over_seeds(values, overlap=overlap).text()
        rows.append(row)
    return str(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


def systems(folder: Path) -> Table:
    """All systems in one table: of one data set, or the mean of several."""
    names = names_of(read_json(folder / "provenance.json", sealed=False)["settings"])
    return systems_tables(pd.read_csv(folder / "systems.csv", dtype={"T": "Int64"}), names)[0]


def at_every_step(folder: Path) -> str:
    """Accuracies on all data sets; all systems on their mean; and that at each T, beside quantised DNNs."""
    rows = Reference.read(folder)
    found = rows.study().each()
    accuracy, *_ = overview.tables(comparison_frame(found), found[0].names)
    tables = accuracy, systems(folder), early_table(rows.record["settings"], found)
    return "\n\n".join(map(table_markdown, tables))


def attacked_systems(folder: Path) -> str:
    """All systems on the mean of the data sets, and who withstands how much on each."""
    names = names_of(read_json(folder / "provenance.json", sealed=False)["settings"])
    return f"{table_markdown(systems(folder))}\n\n{_withstood(folder, names)}"


def under_attack(folder: Path) -> str:
    """Who withstands how much, and spiking networks beside their DNNs; see docs/attacks.md for the signs."""
    names = names_of(read_json(folder / "provenance.json", sealed=False)["settings"])
    return f"{_withstood(folder, names)}\n\n{_beside_dnns(folder, names)}"


def _withstood(folder: Path, names: Names) -> str:
    """A row for each data set and recipe, a column for each classifier: right before, and after."""
    found = pd.read_csv(folder / "attack.csv")
    found = found[found["budget"] == HEADLINE]
    series = series_of(set(found[["method", "stage"]].itertuples(index=False, name=None)), names.methods)
    rows = []
    for (dataset, recipe), attacks in found.groupby(["dataset", "recipe"], sort=False):
        row = {"data set": names.datasets[str(dataset)], "attack": recipe_title(str(recipe))}
        for one in series:
            own: pd.DataFrame = attacks[(attacks["method"] == one.method) & (attacks["stage"] == one.stage)]
            for mode, runs in own.groupby("mode", sort=False):
                clean, left = runs["clean_accuracy"].mean(), runs["after_attack_accuracy"].mean()
                row[in_mode(one.label, str(mode))] = f"{100 * clean:.1f} → {100 * left:.1f}"
        rows.append(row)
    return str(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


def _beside_dnns(folder: Path, names: Names) -> str:
    """A row for each spiking stage and recipe, a column for each data set: it minus its DNN."""
    found = pairs.records(pd.read_csv(folder / "attack_pairs.csv"))
    series = {
        f"{one.method}/{one.stage}": one.label
        for one in series_of({tuple(row["first"].split("/")) for row in found}, names.methods)
    }
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in (row for row in found if row["relation"] == pairs.OWN_DNN):
        label, recipe = in_mode(series[row["first"]], row["mode"]), recipe_title(row["recipe"])
        own = rows.setdefault((label, recipe), {"minus its DNN": label, "attack": recipe})
        told = pairs.difference(row).brackets()
        own[names.datasets[row["dataset"]]] = told + SIGNS.get(row["verdict"], "")
    return str(tabulate(list(rows.values()), headers="keys", tablefmt="github", disable_numparse=True))


@dataclass(frozen=True)
class Kept:
    """A study.

    Attributes:
        name: of its folder in results/ and results/reference, and in the marks of its page.
        page: where its table stands.
        table: what stands there, made of the folder with its files.
        files: of its summary that are kept.
        figures: drawn of what is kept, `accuracy.csv` and `energy.csv` among it: docs/figures/NAME/KIND.svg.
    """

    name: str
    page: Path
    table: Callable[[Path], str] = accuracies
    files: Sequence[str] = FILES
    figures: Sequence[str] = ()


STUDIES = [
    Kept("mnist", Path("docs", "lossless.md"), at_every_step, EARLY_FILES),
    Kept("mnist-five-seeds", Path("docs", "lossless.md")),
    Kept(
        "lossless",
        Path("docs", "lossless.md"),
        at_every_step,
        EARLY_FILES,
        ("pareto",),
    ),
    Kept("robust", Path("docs", "robust.md"), attacked_systems, SYSTEMS_FILES),
    Kept("robustness", Path("docs", "attacks.md"), under_attack, ATTACK_FILES),
]
