"""The machine-readable tables: results/summary/{accuracy,energy,attack}.csv."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spiketext.files import atomic_path, csv_safe

ACCURACY = (
    "dataset", "method", "stage", "T", "seed", "dev_accuracy", "test_accuracy", "n_test", "draws", "draw_sd",
)  # fmt: skip
ENERGY = (
    "dataset", "method", "stage", "T", "seed", "accounting", "cost_table", "energy_uj", "dnn_energy_uj",
)  # fmt: skip
ATTACK = (
    "dataset", "method", "recipe", "seed", "n",
    "clean_accuracy", "after_attack_accuracy", "success_rate", "mean_queries",
)  # fmt: skip

Report = Mapping[str, Any]  # one stage's JSON


def accuracy_frame(evaluations: Iterable[Report]) -> pd.DataFrame:
    """One row for each evaluation and number of steps, as `load.evaluation` reads them.

    T is missing for a DNN. `test_accuracy` is the mean over `draws` draws of the code, `draw_sd` their
    standard deviation, missing for a single draw.
    """
    return _frame(({**report, **row} for report in evaluations for row in report["curve"]), ACCURACY)


def energy_frame(energies: Iterable[Report]) -> pd.DataFrame:
    """One row for each stage, number of steps, accounting and cost table; T is missing for a DNN.

    Energies are µJ a sentence.
    """
    return _frame(({**report, **row} for report in energies for row in report["rows"]), ENERGY)


def attack_frame(attacks: Iterable[Report]) -> pd.DataFrame:
    """One row for each attack; what is a share of no texts is missing."""
    return _frame(attacks, ATTACK)


def _frame(rows: Iterable[Report], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame([[row[column] for column in columns] for row in rows], columns=list(columns))
    if "T" in columns:
        frame["T"] = frame["T"].astype("Int64")  # whole numbers, though some are missing
    return frame


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table, atomically; missing values are empty cells.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    with atomic_path(path) as partial:
        frame.map(csv_safe).to_csv(partial, index=False, lineterminator="\n")
