"""The machine-readable tables: results/summary/*.csv."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from spiketext.files import atomic_path, csv_safe
from spiketext.report.attacks.attacked import similarity, with_areas
from spiketext.report.energy.readings import Reading, detailed
from spiketext.report.estimates import Estimate, mean_over_datasets
from spiketext.report.names import Series
from spiketext.report.published import stated, system_of
from spiketext.report.study import Study
from spiketext.report.verdicts import p_value, standing, verdicts

ACCURACY = (
    "dataset", "method", "stage", "T", "seed",
    "dev_accuracy", "dev_macro_f1", "test_accuracy", "macro_f1", "n_test", "draws", "draw_sd",
)  # fmt: skip
ENERGY = (
    "dataset", "method", "stage", "T", "seed", "accounting", "cost_table", "energy_uj", "dnn_energy_uj",
)  # fmt: skip
ATTACK = (
    "dataset", "method", "stage", "recipe", "mode", "seed", "budget", "n",
    "clean_accuracy", "after_attack_accuracy", "success_rate", "mean_queries", "mean_changed", "similarity",
    "area", "area_low", "area_high",
)  # fmt: skip


def accuracy_frame(study: Study) -> pd.DataFrame:
    """One row for each evaluation and number of steps.

    T is missing for a DNN. `test_accuracy` is the mean over `draws` draws of the code, `draw_sd` their
    standard deviation, missing for a single draw.
    """
    return study.accuracy[list(ACCURACY)]


def energy_frame(study: Study) -> pd.DataFrame:
    """One row for each stage, number of steps, accounting and cost table; T is missing for a DNN.

    Energies are µJ a sentence.
    """
    return study.energy[list(ENERGY)]


def attack_frame(study: Study) -> pd.DataFrame:
    """One row for each attack, mode of the victim and budget of words that may change or of queries.

    What is a share of no texts is missing. `success_rate`, queries and the share of changed words are of the
    unlimited attack. `similarity` is the mean cosine of the texts that fell within the budget and their
    originals, missing where it was not asked for. `area` is that under the curve of accuracy, the same for
    all budgets; `area_low` and `area_high` are its 95 % bootstrap interval over texts.
    """
    rows = [
        {
            **attack,
            "budget": budget,
            "after_attack_accuracy": accuracy,
            "similarity": similarity(attack, budget),
        }
        for attack in with_areas(study).to_dict("records")
        for budget, accuracy in _budgets(attack).items()
    ]
    return pd.DataFrame(rows, columns=list(ATTACK))


def _budgets(attack: Mapping[Hashable, Any]) -> dict[str, float | None]:
    """Accuracy under each budget, of words and then of queries."""
    return attack["budgets"] | {f"{most} queries": left for most, left in attack["queries"].items()}


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table, atomically; missing values are empty cells.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    with atomic_path(path) as partial:
        frame.map(csv_safe).to_csv(partial, index=False, lineterminator="\n")


MEAN = "mean"  # stands for a data set in the rows of the mean over all of them
COMPARISON = (
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
            rows.append(_compared([study], series, accuracy, gap))
        if len(studies) > 1:
            accuracy, gap = mean_over_datasets(own).share, mean_over_datasets(gaps)
            rows.append(_compared(studies, series, accuracy, gap))
    frame = pd.DataFrame(rows, columns=list(COMPARISON))
    p_values = [None if pd.isna(p) else float(p) for p in frame["p"]]
    frame["verdict"] = verdicts(list(frame["mean"]), list(frame["published"]), p_values)
    frame["T"] = frame["T"].astype("Int64")  # whole numbers, though some are missing
    order = {study.dataset: place for place, study in enumerate(studies)}
    return frame.sort_values("dataset", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _compared(studies: Sequence[Study], series: Series, own: Estimate, gap: Estimate) -> list[object]:
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


FACTORS = (
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
            rows += _factors(dataset, group, reading)
    frame = pd.DataFrame(rows, columns=list(FACTORS))
    frame["T"] = frame["T"].astype("Int64")  # whole numbers, though some are missing
    return frame


def _factors(dataset: str, group: Sequence[Study], reading: Reading) -> list[list[object]]:
    """One row for each cost table that the stage was priced with."""
    series, own = reading.series, reading.accuracy(group)
    gap = _gap_to_dense(group, reading)
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


def _gap_to_dense(group: Sequence[Study], reading: Reading) -> Estimate:
    """Accuracy minus that of the dense DNN; nothing for that DNN, however it is counted."""
    series = reading.series
    if group[0].reference_of(series) == series:
        return Estimate(float("nan"))
    return mean_over_datasets([one.gap(series, reading.steps, one.reference_of(series)) for one in group])


PAIRS = ("dataset", "first", "second", "seeds", "n", "difference", "low", "high")


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
            one, other = (
                Reading(series, group[0].detailed_steps(series), series.accounting)
                for series in (first, second)
            )
            away = one.difference(group, other)
            names = [f"{series.method}/{series.stage}" for series in (first, second)]
            rows.append([dataset, *names, seeds, n, away.value, away.low, away.high])
    return pd.DataFrame(rows, columns=list(PAIRS))


def contenders(study: Study) -> list[Series]:
    """What does not spike, and the last stage of each spiking method."""
    last = study.headline()
    return [one for one in study.series() if not one.spiking or one in last]
