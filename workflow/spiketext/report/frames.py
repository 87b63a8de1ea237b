"""The machine-readable tables: results/summary/{accuracy,energy,attack}.csv."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spiketext.files import atomic_path, csv_safe
from spiketext.report.study import Study

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
    """One row for each attack; what is a share of no texts is missing."""
    return study.attacks[list(ATTACK)]


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table, atomically; missing values are empty cells.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    with atomic_path(path) as partial:
        frame.map(csv_safe).to_csv(partial, index=False, lineterminator="\n")
