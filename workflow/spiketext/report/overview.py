"""Tables over all data sets: accuracy, published figures, distance from the DNNs, energy, pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Table
from spiketext.report.estimates import (
    AGREE,
    DRAWS,
    ONE_TEST_SET,
    OVER_SEEDS,
    OVER_TEXTS,
    RESAMPLED,
    geometric_mean_over_datasets,
    number,
    shown,
)
from spiketext.report.names import Names, Series, series_of
from spiketext.report.published import Stated, citation, marks_note, published, system_of
from spiketext.report.study import Study
from spiketext.report.summary import MEAN
from spiketext.report.verdicts import MARGIN_TEXT, STANDINGS, verdicts_note

NONE = "–"
MOST = 12  # classifiers in a table of pairs
GAP_OVER_SEEDS = "± is half the 95 % t-interval of the mean of the seeds' differences."
GAP_OVER_TEXTS = "In brackets: 95 % interval for pairs of predictions (Agresti and Min 2005)."
Row = Mapping[str, Any]  # of `summary.comparison_frame`


def tables(frame: pd.DataFrame, names: Names, older: Mapping[str, str] = MappingProxyType({})) -> list[Table]:
    """The tables that the study has rows for.

    Args:
        frame: from `summary.comparison_frame`, or read from table.csv; a column `older`, if it has one, holds
            marks to set behind figures.
        names: of the study.
        older: what each mark means.
    """
    rows = Comparison(frame, names, older)
    found = [_accuracy(rows), _against_published(rows), _below_dnn(rows)]
    return [table for table in found if table.rows]


class Comparison:
    """The rows of the comparison, by data set and stage.

    Attributes:
        cells: row by data set, method and stage.
        datasets: titles of the data sets, and of their mean where there are several.
        series: the stages.
        seeds: number of seeds.
        older: what the marks behind figures mean.
    """

    def __init__(
        self, frame: pd.DataFrame, names: Names, older: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.older = older
        plain: list[Any] = frame.astype(object).where(frame.notna(), None).to_dict("records")
        self.cells: dict[tuple[str, str, str], Row] = {
            (row["dataset"], row["method"], row["stage"]): row for row in plain
        }
        known = {dataset for dataset, _, _ in self.cells}
        titles = {**names.datasets, MEAN: "mean"}
        self.datasets = {name: title for name, title in titles.items() if name in known}
        self.series = series_of({(method, stage) for _, method, stage in self.cells}, names.methods)
        self.seeds = int(frame["n_seeds"].max())

    def of(self, series: Series) -> list[Row]:
        """The rows of a stage, data set by data set."""
        return [self.cells[name, series.method, series.stage] for name in self.datasets]

    def label(self, series: Series) -> str:
        """The stage with its number of steps."""
        return series.at(self.of(series)[0]["T"])

    def table(self, caption: str, rows: list[list[str]], notes: Sequence[str]) -> Table:
        """A table with a column for each data set, n being its test texts."""
        sizes = {dataset: row["n_test"] for (dataset, _, _), row in self.cells.items() if dataset != MEAN}
        own = [
            f"{title}, n = {sizes[name]:,}" if name in sizes else title
            for name, title in self.datasets.items()
        ]
        columns = ["classifier", *own]
        return Table(caption, columns, rows, 1, [*notes, *marks_explained(rows, self.older)])

    def interval(self) -> list[str]:
        """What the intervals are."""
        if self.seeds > 1:
            agree = any(row["low"] is None for row in self.cells.values())
            within = "for the last column, data sets are averaged within each seed first."
            own = f"± is half the 95 % {OVER_SEEDS} ({self.seeds}); {within}"
            said = [own, RESAMPLED, ONE_TEST_SET, *[AGREE] * agree]
        else:
            said = [f"In brackets: 95 % {OVER_TEXTS}; that of the mean follows from those of the data sets."]
        return said + self._draws()

    def _draws(self) -> list[str]:
        """How much the accuracies of stochastic codes differ from draw to draw."""
        found = []
        for series in self.series:
            known = [100 * row["draw_sd"] for row in self.of(series) if row["draw_sd"] is not None]
            if known:
                ends = dict.fromkeys(number(end, 1) for end in (min(known), max(known)))
                found.append(f"{self.label(series)}: {' to '.join(ends)}")
        return [f"{DRAWS} That deviation, points: {'; '.join(found)}."] if found else []


def marks_explained(rows: Sequence[Sequence[str]], older: Mapping[str, str]) -> list[str]:
    """What the marks mean that stand in a table."""
    return [note for mark, note in older.items() if any(mark in cell for row in rows for cell in row)]


def marked(text: str, row: Row) -> str:
    """A figure with the marks of its row, if it has any."""
    return f"{text} {row.get('older') or ''}".rstrip()


def _own(row: Row, digits: int = 1) -> str:
    return marked(shown(row["mean"], row["low"], row["high"], row["n_seeds"], digits=digits), row)


def _theirs(row: Row) -> str:
    return NONE if row["published"] is None else Stated(row["published"], row["mark"]).text


def _verdict(row: Row) -> str:
    return row["verdict"] or NONE


def _gap(row: Row) -> str:
    return marked(shown(row["gap_mean"], row["gap_low"], row["gap_high"], row["n_seeds"]), row)


def _accuracy(rows: Comparison) -> Table:
    """Every classifier on every data set."""
    found = [[rows.label(series), *map(_own, rows.of(series))] for series in rows.series]
    return rows.table("Test accuracy on all data sets, %", found, rows.interval())


def _against_published(rows: Comparison) -> Table:
    """Published systems, under each our classifiers that stand beside it, with a verdict in each cell."""
    beside: dict[str, list[Series]] = {}
    for series in rows.series:
        system = system_of(series)
        if system is not None and any(row["published"] is not None for row in rows.of(series)):
            beside.setdefault(system["title"], []).append(series)
    found = []
    for title, ours in beside.items():
        found.append([f"{title}, published", *map(_theirs, rows.of(ours[0]))])
        for series in ours:
            found.append([f"here: {rows.label(series)}", *(_own(row, 2) for row in rows.of(series))])
            found.append(["verdict on it", *map(_verdict, rows.of(series))])
    marks = [row["mark"] for ours in beside.values() for row in rows.of(ours[0]) if row["mark"]]
    compared = sum(row["p"] is not None for row in rows.cells.values())
    notes = [verdicts_note(compared), *rows.interval(), citation(), marks_note(marks), *published()["notes"]]
    return rows.table("Test accuracy against the published figures, %", found, notes)


def _below_dnn(rows: Comparison) -> Table:
    """Every spiking classifier minus its DNN."""
    found = []
    for series in (one for one in rows.series if one.spiking):
        found.append([rows.label(series), *map(_gap, rows.of(series))])
        found.append([f"verdict, {MARGIN_TEXT}", *(row["standing"] or NONE for row in rows.of(series))])
    notes = [
        STANDINGS,
        "Negative: the spiking network is worse. Both are compared on the same texts, seed by seed. Its "
        "DNN is the convertible one; the paper's distance (2.5 points on the mean) is to the plain TextCNN.",
        "Fine-tuned: the best epoch on dev, where epoch 0 is the converted network; the tables of trainings "
        "say which were kept.",
        GAP_OVER_SEEDS if rows.seeds > 1 else GAP_OVER_TEXTS,
    ]
    return rows.table("Spiking classifier minus its DNN, points of test accuracy", found, notes)


def energy_table(studies: Sequence[Study]) -> Table:
    """Energy of every spiking classifier over that of its DNN, at the T of its detailed figures."""
    rows = []
    for series in studies[0].series():
        steps = studies[0].detailed_steps(series)
        ratios = [study.energy_ratio(series, steps) for study in studies]
        known = [ratio for ratio in ratios if ratio is not None]
        if series.spiking and known:
            mean = geometric_mean_over_datasets(known)
            rows.append([series.at(steps), *(ratio.brackets(1, 2) for ratio in [*known, mean])])
    columns = ["classifier", *(study.title for study in studies), "mean"]
    return Table(f"Energy of a sentence over that of its DNN: {STATEMENT}", columns, rows)


def pairs_table(frame: pd.DataFrame, names: Names, dataset: str = MEAN) -> Table | None:
    """Rows minus columns, points of test accuracy; None where there is nothing to compare.

    Args:
        frame: from `pairs_frame`, or read from pairs.csv.
        names: of the study.
        dataset: the data set, or the mean over all of them.
    """
    own = frame[frame["dataset"] == dataset]
    plain: Any = own.astype(object).where(own.notna(), None).to_dict("records")
    if not plain:
        return None
    cells = {(row["second"], row["first"]): row for row in plain}
    every = list(dict.fromkeys(name for row in plain for name in (row["first"], row["second"])))
    known = {tuple(name.split("/")) for name in every}
    series = {f"{one.method}/{one.stage}": one for one in series_of(known, names.methods)}
    labels = {name: one.label for name, one in series.items()}
    # Of too many the convertible DNNs are left out first, then the last ones.
    needed = [name for name in every if series[name].spiking or not series[name].spiking_method]
    order = every if len(every) <= MOST else needed[:MOST]
    rows = []
    for place, name in enumerate(order, 1):
        found = [cells.get((name, other)) for other in order[:-1]]
        rows.append([f"{place} {labels[name]}", *("" if row is None else _cell(row) for row in found)])
    seeds, n = plain[0]["seeds"], plain[0]["n"]
    where = "the mean of all data sets" if dataset == MEAN else names.datasets[dataset]
    interval = (
        f"± is half the 95 % t-interval of the mean of the {seeds} seeds' differences."
        if seeds > 1
        else "In brackets: 95 % interval for pairs of predictions (Agresti and Min 2005)."
    )
    notes = [
        f"Row minus column, on the same {n:,} test texts, each at the T of its detailed figures. {interval}",
        f"Of {math.comb(len(order), 2)} such intervals one in twenty leaves 0 out by chance alone.",
        *[f"Of {len(every)} classifiers {len(order)} are shown; pairs.csv has all."] * (order != every),
    ]
    columns = ["classifier", *(f"minus {place}" for place in range(1, len(order)))]
    return Table(f"Each against each on {where}, points of test accuracy", columns, rows, 1, notes)


def _cell(row: Any) -> str:
    """The second of a pair minus the first: its row stands below."""
    low, high = (None if end is None else -end for end in (row["high"], row["low"]))
    return shown(-row["difference"], low, high, row["seeds"])
