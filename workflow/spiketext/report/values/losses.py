"""What a study of values found: losses, their differences on the same sequences, and where answers differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from spiketext.files import read_json
from spiketext.report.estimates import LEVEL, Estimate, mean_over_seeds, shown
from spiketext.report.frames import STAGE, frame_of
from spiketext.report.load import load_study
from spiketext.report.names import Names, Series
from spiketext.report.scores import decided
from spiketext.report.study import Study
from spiketext.tables import read_table

FIGURES = ["T", "n_test", "dev_loss", "test_loss", "constant_loss", "detailed"]  # of each stage, seed and T
Reading = tuple[Series, int | None]  # a stage, and T


@dataclass(frozen=True)
class Losses:
    """The losses of a study on one data set.

    Attributes:
        study: its frame `accuracy` has the columns `FIGURES`, its frame `correct` for each test sequence the
            `squared_error` and whether what was told is what the `dnn` told.
    """

    study: Study

    def loss(self, series: Series, steps: int | None) -> Estimate:
        """Mean squared error on test with its interval: over seeds, or over the sequences of the one seed."""
        errors = self._errors(series, steps)
        if errors is not None:
            return over_examples(errors)
        return mean_over_seeds(self.study.curve(series, "test_loss", steps), overlap=self.study.overlap)

    def difference(self, first: Reading, second: Reading) -> Estimate:
        """Loss of the first minus that of the second, on the same sequences: positive where it is worse."""
        errors = [self._errors(*one) for one in (first, second)]
        if errors[0] is not None and errors[1] is not None:
            return over_examples(errors[0] - errors[1])
        own, other = (np.array(self.study.curve(one, "test_loss", steps)) for one, steps in (first, second))
        return mean_over_seeds(list(own - other), overlap=self.study.overlap)

    def constant(self) -> Estimate:
        """Loss of always telling the mean of the training targets."""
        rows = self.study.of("accuracy", self.study.series()[0])
        return mean_over_seeds(list(rows.groupby("seed")["constant_loss"].first()))

    def unlike(self, series: Series) -> tuple[int, int]:
        """On how many test sequences, of how many in all seeds, it told another value than its DNN."""
        known = self.study.of("correct", series)
        return int((~known["dnn"].astype(bool)).sum()), len(known)

    def dev(self, series: Series, steps: int | None) -> Estimate:
        """Loss on dev, with its interval over seeds."""
        return mean_over_seeds(self.study.curve(series, "dev_loss", steps))

    def _errors(self, series: Series, steps: int | None) -> np.ndarray | None:
        """Squared error of each test sequence, with one seed and at the T of the detailed figures."""
        known = decided(self.study, (series, steps))
        return None if known is None else known["squared_error"].to_numpy(dtype=np.float64)


def over_examples(values: np.ndarray) -> Estimate:
    """Mean over examples with its 95 % t-interval; without one where all are alike."""
    mean = float(values.mean())
    if len(values) < 2 or values.min() == values.max():
        return Estimate(mean, values=(mean,))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, len(values) - 1) * values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half, (mean,))


def in_text(estimate: Estimate) -> str:
    """A loss, or a difference of two, with three digits of the larger of value and interval."""
    largest = max(abs(estimate.value), *estimate.errors)
    digits = max(0, 2 - math.floor(math.log10(largest))) if largest else 0
    return shown(estimate.value, estimate.low, estimate.high, estimate.seeds, 1.0, digits)


def load(files: Any, names: Names) -> list[Losses]:
    """Read the reports of the stages, data set by data set.

    Args:
        files: `evaluations` and `predictions` (in the same order), `energies`, `trainings`.
        names: of the study.

    Raises:
        SpikeTextError: a file is missing or damaged.
    """
    rest = load_study({"energies": files.energies, "trainings": files.trainings}, names)
    found: dict[str, list[pd.DataFrame]] = {"accuracy": [], "layers": [], "correct": []}
    for path, predictions in zip(files.evaluations, files.predictions, strict=True):
        report = read_json(path)
        place = {key: report[key] for key in STAGE}
        shared = {**place, "n_test": report["n_test"], "constant_loss": report["constant_loss"]}
        rows = [{**shared, **row, "detailed": row["T"] == report["T"]} for row in report["curve"]]
        found["accuracy"].append(pd.DataFrame(rows)[[*STAGE, *FIGURES]].astype({"T": "Int64"}))
        layers = [{**place, **layer, "layer": layer["name"]} for layer in report["layers"]]
        found["layers"].append(frame_of("layers", layers))
        told = read_table(predictions, ["squared_error", "prediction", "dnn_prediction"])
        own = told.assign(**place, dnn=told["prediction"] == told["dnn_prediction"])
        found["correct"].append(own[[*STAGE, "squared_error", "dnn"]])
    frames = {kind: pd.concat([one for one in some if len(one)] or some[:1]) for kind, some in found.items()}
    study = Study(
        names, frames["accuracy"], energy=rest.energy, terms=rest.terms, trainings=rest.trainings,
        layers=frames["layers"], correct=frames["correct"],
    )  # fmt: skip
    return [Losses(one) for one in study.each()]


def loss_frame(studies: Sequence[Losses]) -> pd.DataFrame:
    """One row for each data set, method, stage, T and seed, for loss.csv."""
    return pd.concat([one.study.accuracy.drop(columns="detailed") for one in studies], ignore_index=True)
