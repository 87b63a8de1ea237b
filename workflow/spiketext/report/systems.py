"""All systems in one table: accuracy, energy, what an attack leaves, and what training took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd

from spiketext.attack.metrics import HEADLINE
from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Block, Section, Table
from spiketext.report.energy.readings import Reading
from spiketext.report.estimates import (
    Estimate,
    mean_over_datasets,
    mean_over_seeds,
    number,
    shown,
    significant,
)
from spiketext.report.figures import captions
from spiketext.report.names import Names, Series, series_of, steps_cell
from spiketext.report.outcome import classifiers
from spiketext.report.scores import SCORES
from spiketext.report.study import Study, held
from spiketext.report.summary import MEAN
from spiketext.report.training_time import Times, training_time

NONE = "–"
WITHSTOOD = "withstood"  # accuracy on the attacked texts within the headline's budget
COLUMNS = {score: score.replace("-", "_") for score in SCORES}


def section(
    settings: Mapping[str, Any], names: Names, frame: pd.DataFrame, pictures: Mapping[str, Path]
) -> Section:
    """A table for each data set; of several first the figure and the table of their mean.

    Args:
        settings: from `names.used_settings`.
        names: of the study.
        frame: from `systems_frame`.
        pictures: of all of them, by kind.
    """
    blocks: list[Block] = []
    if len(names.datasets) > 1:
        blocks += captions.figure("systems", settings, names, list(names.datasets), pictures)
    return Section("All systems in one table", "systems", [*blocks, *systems_tables(frame, names)])


def systems_frame(studies: Sequence[Study], known: Times) -> pd.DataFrame:
    """A row for each data set and classifier at its last stage; of several data sets the mean's first.

    `accuracy`, `macro_f1` and `withstood` (accuracy on the attacked texts if a tenth of a text's words may
    change) are fractions of 1, means over `n_seeds` with the ends of their 95 % interval in `…_low` and
    `…_high`. `energy_uj TABLE` is µJ a sentence under a cost table, operations counted as `accounting TABLE`
    says, the cheapest way; of several data sets the geometric mean. `training_minutes` are of one core and
    seed. What was not run, or not measured, is missing.
    """
    groups = {one.dataset: [one] for one in studies}
    if len(studies) > 1:
        groups = {MEAN: list(studies), **groups}
    tables = price_models(studies[0].names)
    return pd.DataFrame(
        [
            {"dataset": dataset, **_figures(own, series, steps, tables, known)}
            for dataset, own in groups.items()
            for series, steps in classifiers(own[0])
        ]
    ).astype({"T": "Int64"})


def systems_tables(frame: pd.DataFrame, names: Names) -> list[Table]:
    """The rows of `systems_frame` as tables, one for each data set and the mean."""
    several = f"the mean of {len(names.datasets)} data sets"
    return [
        _table(own, names, several if dataset == MEAN else names.datasets[str(dataset)])
        for dataset, own in frame.groupby("dataset", sort=False)
    ]


def _table(frame: pd.DataFrame, names: Names, where: str) -> Table:
    priced = [table for table in price_models(names) if frame[f"energy_uj {table}"].notna().any()]
    stages = {(str(method), str(stage)) for method, stage in frame[["method", "stage"]].to_numpy()}
    series = {(one.method, one.stage): one for one in series_of(stages, names.methods)}
    rows = []
    plain: list[Any] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    for row in plain:
        own = series[row["method"], row["stage"]]
        took = row["training_minutes"]
        rows.append(
            [
                own.label,
                steps_cell(row["T"]),
                *(_share(row, column) for column in COLUMNS.values()),
                *(_energy(row, own, table) for table in priced),
                _share(row, WITHSTOOD),
                NONE if took is None else number(took, 1),
            ]
        )
    columns = ["classifier", "T", "accuracy, %", "macro-F1, %"]
    columns += [f"energy, µJ: {names.cost_title(table)}" for table in priced]
    columns += [f"under attack, {HEADLINE} of the words, %", "training, minutes"]
    notes = [
        f"Energy of a sentence ({STATEMENT}): operations counted in the way that makes it cheapest, in "
        "brackets where that is not the usual one; over several data sets the geometric mean.",
        f"Under attack: accuracy on the attacked texts if {HEADLINE} of a text's words may change, mean over "
        "the recipes, each in the mode that leaves least; the table of attacks has each. A dash: not "
        "attacked by every recipe of the study.",
        "Training: minutes of one processor core for a seed, from data to this classifier: what it was made "
        "from, began with or learnt from counts, loading too. A dash: not measured here.",
    ]
    return Table(f"All systems on {where}", columns, rows, 1, notes)


def price_models(names: Names) -> list[str]:
    """The main cost table; the first with memory whose weights are read at every product, and once a text."""
    priced: dict[str, str] = {}
    for table, definition in names.cost_tables.items():
        if definition.get("memory"):
            priced.setdefault(definition.get("reuse", "none"), table)
    return list(
        dict.fromkeys([names.cost_table, *(priced[one] for one in ("none", "text") if one in priced)])
    )


def cheapest(studies: Sequence[Study], series: Series, steps: int | None, table: str) -> Reading | None:
    """The way of counting its operations that makes it cheapest; None: its energy is not known."""
    ways = [Reading(series, steps, accounting) for accounting in studies[0].accountings(series)]
    priced = [one for one in ways if one.priced(studies, table)]
    return min(priced, key=lambda one: one.energy(studies, table).value, default=None)


def withstood(studies: Sequence[Study], series: Series) -> Estimate | None:
    """Accuracy within the headline's budget, mean over recipes; None where one of them was not run on it.

    With one seed there is no interval: recipes attack the same texts.
    """
    found = []
    for study in studies:
        hardest = list(study.hardest())
        own = [held(rows).values for _, one, _, rows in hardest if one == series]
        if not own or len(own) < len({recipe for recipe, *_ in hardest}):
            return None
        by_seed = [fmean(values) for values in zip(*own, strict=True)]
        found.append(mean_over_seeds(by_seed, overlap=study.overlap).share)
    return mean_over_datasets(found).share


def _figures(
    studies: Sequence[Study], series: Series, steps: int | None, tables: Sequence[str], known: Times
) -> dict[str, Any]:
    means = {
        COLUMNS[name]: mean_over_datasets([score.of(study, (series, steps)) for study in studies]).share
        for name, score in SCORES.items()
    }
    took = training_time(studies, series, known)
    row: dict[str, Any] = {"method": series.method, "stage": series.stage, "T": steps}
    row["n_seeds"] = max(mean.seeds for mean in means.values())
    for name, mean in (means | {WITHSTOOD: withstood(studies, series)}).items():
        row |= {name: mean and mean.value}
        row |= {f"{name}_low": mean and mean.low, f"{name}_high": mean and mean.high}
    for table in tables:
        way = cheapest(studies, series, steps, table)
        row[f"energy_uj {table}"] = way and way.energy(studies, table).value
        row[f"accounting {table}"] = way and way.accounting
    return row | {"training_minutes": took and took.value / 60}


def _share(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return NONE
    return shown(row[name], row[f"{name}_low"], row[f"{name}_high"], row["n_seeds"])


def _energy(row: Mapping[str, Any], series: Series, table: str) -> str:
    spent, accounting = row[f"energy_uj {table}"], row[f"accounting {table}"]
    if spent is None:
        return NONE
    return significant(spent) if accounting == series.accounting else f"{significant(spent)} ({accounting})"
