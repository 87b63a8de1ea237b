"""Accuracy and energy under every cost table: results/summary/energy_table.csv."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spiketext.report.across import MEAN
from spiketext.report.energies import Reading, detailed
from spiketext.report.estimates import Estimate, mean_over_datasets
from spiketext.report.study import Study

COLUMNS = (
    "dataset", "method", "stage", "T", "accounting", "n_seeds",
    "accuracy", "accuracy_low", "accuracy_high", "gap", "gap_low", "gap_high",
    "cost_table", "factor", "factor_low", "factor_high",
)  # fmt: skip


def energy_table_frame(studies: Sequence[Study]) -> pd.DataFrame:
    """One row for each data set, stage at the T of its detailed figures, accounting and cost table.

    `factor` is the energy of the dense DNN of full precision over that of the classifier: above 1 it saves.
    It is a geometric mean over seeds, for the mean of several data sets over these as well, within each seed
    first; low and high are its 95 % interval over seeds, missing with one seed. Accuracies are fractions
    of 1; the gap is to that same DNN and missing for the DNN itself.
    """
    groups = [(study.dataset, [study]) for study in studies]
    if len(studies) > 1:
        groups.append((MEAN, list(studies)))
    rows: list[list[object]] = []
    for dataset, group in groups:
        for reading in detailed(group[0]):
            rows += _rows(dataset, group, reading)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["T"] = frame["T"].astype("Int64")  # whole numbers, though some are missing
    return frame


def _rows(dataset: str, group: Sequence[Study], reading: Reading) -> list[list[object]]:
    """One row for each cost table that the stage was priced with."""
    series, own = reading.series, reading.accuracy(group)
    gap = _gap(group, reading)
    names = [dataset, series.method, series.stage, reading.steps, reading.accounting, own.seeds]
    rows: list[list[object]] = []
    for table in group[0].names.cost_tables:
        ratio = reading.ratio(group, table)
        if ratio is None:
            continue
        ends = [None if end is None else 1 / end for end in (ratio.high, ratio.low)]
        figures = [own.value, own.low, own.high, gap.value, gap.low, gap.high]
        rows.append([*names, *figures, table, 1 / ratio.value, *ends])
    return rows


def _gap(group: Sequence[Study], reading: Reading) -> Estimate:
    """Accuracy minus that of the dense DNN; nothing for that DNN, however it is counted."""
    series = reading.series
    if group[0].reference_of(series) == series:
        return Estimate(float("nan"))
    gaps = [one.gap(series, reading.steps, one.reference_of(series)) for one in group]
    return gaps[0] if len(gaps) == 1 else mean_over_datasets(gaps)
