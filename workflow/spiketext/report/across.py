"""All data sets of a study side by side: results/summary/table.csv."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spiketext.report.estimates import Estimate, mean_over_datasets
from spiketext.report.published import stated, system_of
from spiketext.report.series import Series
from spiketext.report.study import Study
from spiketext.report.verdicts import p_value, standing, verdicts

MEAN = "mean"  # stands for a data set in the rows of the mean over all of them
COLUMNS = (
    "dataset", "method", "stage", "T", "n_seeds", "n_test", "mean", "sd", "draws", "draw_sd", "low", "high",
    "gap_mean", "gap_low", "gap_high", "standing", "published", "published_error", "mark", "p", "verdict",
)  # fmt: skip


def comparison_frame(studies: Sequence[Study]) -> pd.DataFrame:
    """One row for each data set and stage, at the T of its detailed figures; several data sets: and the mean.

    All accuracies are fractions of 1, of `n_test` texts a seed, the fewest of any (for the mean those of all
    data sets together). `low` and `high` are the 95 % interval of `mean`: over seeds, with one
    seed over texts; of a stochastic code it also holds `draw_sd`, the standard deviation of a single one of
    its `draws`. The gap is the accuracy of a spiking stage minus that of its DNN, paired, and `standing` what
    it is called (`verdicts.standing`). `p` is that of being the published accuracy, whose standard error is
    `published_error`; the verdict counts all comparisons of the frame (`verdicts.holm`).
    """
    rows = []
    for series in studies[0].series():
        steps = studies[0].detailed_steps(series)
        own = [study.test_accuracy(series, steps) for study in studies]
        gaps = [study.gap(series, steps) for study in studies]
        for study, accuracy, gap in zip(studies, own, gaps, strict=True):
            rows.append(_row([study], series, accuracy, gap))
        if len(studies) > 1:
            accuracy, gap = mean_over_datasets(own).share, mean_over_datasets(gaps)
            rows.append(_row(studies, series, accuracy, gap))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    p_values = [None if pd.isna(p) else float(p) for p in frame["p"]]
    frame["verdict"] = verdicts(list(frame["mean"]), list(frame["published"]), p_values)
    frame["T"] = frame["T"].astype("Int64")  # whole numbers, though some are missing
    order = {study.dataset: place for place, study in enumerate(studies)}
    return frame.sort_values("dataset", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _row(studies: Sequence[Study], series: Series, own: Estimate, gap: Estimate) -> list[object]:
    dataset = studies[0].dataset if len(studies) == 1 else MEAN
    steps = studies[0].detailed_steps(series)
    draws = min(study.draws(series) for study in studies)
    gap_cells = [None] * 4 if not series.spiking else [gap.value, gap.low, gap.high, standing(gap)]
    system = system_of(series)
    theirs = stated(system, [study.published for study in studies]) if system else None
    told: list[object] = [None] * 5
    if theirs is not None:
        p = p_value(own, theirs.value, theirs.error)
        told = [theirs.value, theirs.error, theirs.mark, p, None]  # the verdict needs all rows
    n_test = sum(study.test_sizes()[0] for study in studies)
    accuracy = [own.seeds, n_test, own.value, own.deviation, draws, own.draw_sd or None, own.low, own.high]
    return [dataset, series.method, series.stage, steps, *accuracy, *gap_cells, *told]
