"""Every classifier against every other one: results/summary/pairs.csv and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from spiketext.report.across import MEAN
from spiketext.report.document import Table
from spiketext.report.estimates import mean_over_datasets, shown
from spiketext.report.series import Series, series_of
from spiketext.report.settings import Names
from spiketext.report.study import Study

COLUMNS = ("dataset", "first", "second", "seeds", "n", "difference", "low", "high")
MOST = 12  # classifiers in a table


def pairs_frame(studies: Sequence[Study]) -> pd.DataFrame:
    """One row for each data set, and their mean if there are several, and pair of `contenders`.

    `first` and `second` are METHOD/STAGE, at the T of the stage's detailed figures. `difference`, a fraction
    of 1, is the accuracy of the first minus that of the second on the same `n` texts (of one seed; for the
    mean those of all data sets); `low` and `high` are its 95 % interval as of `Study.difference`.
    """
    rows: list[list[object]] = []
    groups = [[study] for study in studies]
    if len(studies) > 1:
        groups.append(list(studies))
    for group in groups:
        dataset = group[0].dataset if len(group) == 1 else MEAN
        seeds, n = len(group[0].seeds()), sum(study.test_sizes()[0] for study in group)
        for first, second in combinations(contenders(group[0]), 2):
            found = [
                one.difference((first, one.detailed_steps(first)), (second, one.detailed_steps(second)))
                for one in group
            ]
            away = found[0] if len(found) == 1 else mean_over_datasets(found)
            names = [f"{one.method}/{one.stage}" for one in (first, second)]
            rows.append([dataset, *names, seeds, n, away.value, away.low, away.high])
    return pd.DataFrame(rows, columns=list(COLUMNS))


def contenders(study: Study) -> list[Series]:
    """The DNNs and the last stage of each spiking method; of too many, the convertible DNNs are left out."""
    last = study.headline()
    found = [one for one in study.series() if not one.spiking or one in last]
    if len(found) > MOST:
        found = [one for one in found if one in last or not one.spiking_method]
    return found[:MOST]


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
    order = list(dict.fromkeys(name for row in plain for name in (row["first"], row["second"])))
    known = {tuple(name.split("/")) for name in order}
    labels = {f"{one.method}/{one.stage}": one.label for one in series_of(known, names.methods)}
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
        f"Of {len(plain)} such intervals one in twenty leaves 0 out by chance alone.",
    ]
    columns = ["classifier", *(f"minus {place}" for place in range(1, len(order)))]
    return Table(f"Each against each on {where}, points of test accuracy", columns, rows, 1, notes)


def _cell(row: Any) -> str:
    """The second of a pair minus the first: its row stands below."""
    low, high = (None if end is None else -end for end in (row["high"], row["low"]))
    return shown(-row["difference"], low, high, row["seeds"])
