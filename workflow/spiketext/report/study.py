"""What a study found, as tidy frames: a row for each data set, method, stage, seed and what else it is by."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from spiketext.attack.metrics import HEADLINE
from spiketext.report import estimates
from spiketext.report.estimates import Estimate
from spiketext.report.frames import COLUMNS, frame_of
from spiketext.report.names import Names, Series, series_of


@dataclass(frozen=True)
class Study:
    """What was found, on one data set or on all, with all methods and seeds.

    Each frame has data set, method, stage and seed; its rows are in the order of the study.

    Attributes:
        names: what data sets and methods are called.
        accuracy: by T (missing for a DNN): `test_accuracy` is the mean over `draws` draws of the code,
            `draw_sd` their standard deviation (that of a sample; missing for a single one), `macro_f1` and
            `macro_f1_draw_sd` likewise, `n_test` the number of texts; `detailed`: T is that of the stage's
            detailed figures.
        energy: by T, accounting and cost table, µJ a sentence.
        terms: of the energies, by layer, operation and role too, in the order of `energy.prices.terms`.
        attacks: by recipe and mode of the victim; what is a share of no texts is missing.
        attack_texts: of these, by text (`id`): the rows of `attack.metrics`.
        attack_examples: some of these texts, with the words of both.
        reductions: likewise by recipe that leaves out words; `share_left` of no texts is missing.
        transfers: of texts that attacks found on another stage (`source_method`, `source_stage`), by recipe
            and mode too; what is a share of no texts is missing.
        trainings: of the stages that are trained: `epochs`, `best_epoch`, its accuracy on `chosen_on`.
        settling: of stages that can be read out early, by `step`: see `evaluation.settling`.
        layers: of spiking stages at the T of the detailed figures, by layer.
        confusion: by `true` and `predicted` class, there too.
        correct: by test text, in one order for all stages of a data set and seed: the share of draws in which
            it is classified rightly, there too; places of its `label` and the first `prediction`.
        dataset: the one data set.
    """

    names: Names
    accuracy: pd.DataFrame
    energy: pd.DataFrame = field(default_factory=lambda: frame_of("energy"))
    terms: pd.DataFrame = field(default_factory=lambda: frame_of("terms"))
    attacks: pd.DataFrame = field(default_factory=lambda: frame_of("attacks"))
    attack_texts: pd.DataFrame = field(default_factory=lambda: frame_of("attack_texts"))
    attack_examples: pd.DataFrame = field(default_factory=lambda: frame_of("attack_examples"))
    reductions: pd.DataFrame = field(default_factory=lambda: frame_of("reductions"))
    transfers: pd.DataFrame = field(default_factory=lambda: frame_of("transfers"))
    trainings: pd.DataFrame = field(default_factory=lambda: frame_of("trainings"))
    settling: pd.DataFrame = field(default_factory=lambda: frame_of("settling"))
    layers: pd.DataFrame = field(default_factory=lambda: frame_of("layers"))
    confusion: pd.DataFrame = field(default_factory=lambda: frame_of("confusion"))
    correct: pd.DataFrame = field(default_factory=lambda: frame_of("correct"))
    dataset: str = ""

    def each(self) -> list[Study]:
        """The study on each data set."""
        frames: Mapping[str, pd.DataFrame] = {kind: getattr(self, kind) for kind in COLUMNS}
        found = []
        for name in self.names.datasets:
            own: dict[str, Any] = {kind: one[one["dataset"] == name] for kind, one in frames.items()}
            found.append(replace(self, dataset=name, **own))
        return found

    @property
    def title(self) -> str:
        """The data set's name in tables and figures."""
        return self.names.datasets[self.dataset]

    @property
    def published(self) -> str | None:
        """The data set's column of the published table."""
        return self.names.published.get(self.dataset)

    @property
    def cost_table(self) -> str:
        """Name of the main cost table."""
        return self.names.cost_table

    @cached_property
    def _curves(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        return _groups(self.accuracy, ["method", "stage", "T"])

    @cached_property
    def _priced(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        return _groups(self.energy, ["method", "stage", "T", "cost_table", "accounting"])

    @cached_property
    def _spent(self) -> dict[tuple[Any, ...], pd.DataFrame]:
        return _groups(self.terms, ["method", "stage", "T", "cost_table", "accounting"])

    @cached_property
    def _stages(self) -> dict[str, dict[tuple[Any, ...], pd.DataFrame]]:
        return {kind: _groups(getattr(self, kind), ["method", "stage"]) for kind in COLUMNS}

    def series(self) -> list[Series]:
        """Stages that were evaluated, method by method in their order."""
        return series_of(self._stages["accuracy"], self.names.methods)

    def headline(self) -> list[Series]:
        """The last stage of each spiking method."""
        last = {series.method: series for series in self.series() if series.spiking_method}
        return list(last.values())

    def of(self, kind: str, series: Series) -> pd.DataFrame:
        """The rows of a frame that are of a stage."""
        found = self._stages[kind].get((series.method, series.stage))
        frame: pd.DataFrame = getattr(self, kind)
        return frame.head(0) if found is None else found

    def detailed_steps(self, series: Series) -> int | None:
        """T of the stage's detailed figures; None for a DNN."""
        own = self.of("accuracy", series)
        return plain_steps(own.loc[own["detailed"].astype(bool), "T"].iloc[0])

    def steps(self, series: Series) -> list[int | None]:
        """Numbers of steps at which the stage was evaluated; one None for a DNN."""
        return [plain_steps(one) for one in self.of("accuracy", series)["T"].unique()]

    def curve(self, series: Series, figure: str, steps: int | None) -> list[Any]:
        """One figure of the curve after `steps` steps, one value a seed."""
        return list(self._curves[series.method, series.stage, steps][figure])

    def test_accuracy(self, series: Series, steps: int | None) -> Estimate:
        """Test accuracy with its interval."""
        values, sizes = (self.curve(series, figure, steps) for figure in ("test_accuracy", "n_test"))
        return estimates.proportion(values, sizes, self.draw_sd(series, steps), self.overlap)

    @property
    def overlap(self) -> float:
        """How much the seeds' values depend on each other: see `estimates.mean_over_seeds`."""
        return self.names.overlaps.get(self.dataset, 0.0)

    def draw_sd(self, series: Series, steps: int | None, of: str = "draw_sd") -> float:
        """Deviation of the test accuracy from one draw of the code to another; 0 where nothing is drawn.

        The root of the mean square over the seeds with several draws. `of`: the column of another metric's.
        """
        known = [sd for sd in self.curve(series, of, steps) if not math.isnan(sd)]
        return math.sqrt(math.fsum(sd**2 for sd in known) / len(known)) if known else 0.0

    def draws(self, series: Series) -> int:
        """Draws of the code that the accuracies of a stage are means over, the fewest of any seed."""
        return int(self.of("accuracy", series)["draws"].min())

    def dnn_of(self, series: Series) -> Series:
        """The DNN that the stage's network was made from or is compared with; it may be another method's."""
        owner = self.names.dnns.get(series.method, series.method)
        (dnn,) = (one for one in self.series() if one.method == owner and not one.spiking)
        return dnn

    def reference_of(self, series: Series) -> Series:
        """The DNN that energies are compared with: dense and of full precision.

        That which the stage was made from; where it is quantised, the same network in full precision, else
        the first that is not quantised; where all are, its own.
        """
        own, quantised = self.dnn_of(series), self.names.quantised
        dense = [one for one in self.series() if one.is_dnn and one.method not in quantised]
        wanted = quantised.get(own.method, own.method)
        return next((one for one in dense if one.method == wanted), dense[0] if dense else own)

    def gap(self, series: Series, steps: int | None, against: Series | None = None) -> Estimate:
        """Accuracy of the stage minus that of its DNN, or of another DNN: negative where it is worse."""
        return self.difference((series, steps), (against or self.dnn_of(series), None))

    def difference(self, first: tuple[Series, int | None], second: tuple[Series, int | None]) -> Estimate:
        """Accuracy of one stage after some steps minus that of another, on the same texts.

        The interval is over the seeds' differences; where all seeds have the same texts, over these too, and
        with one seed over these alone, as far as they are known (at the T of the detailed figures). The draws
        of two codes count as independent.
        """
        draw_sd = math.hypot(self.draw_sd(*first), self.draw_sd(*second))
        own, other = (np.array(self.curve(one, "test_accuracy", steps)) for one, steps in (first, second))
        told = [self._correct(*one) for one in (first, second)]
        if (self.overlap and len(own) > 1) or not all(map(len, told)):
            return estimates.mean_over_seeds(list(own - other), draw_sd, self.overlap)
        by_text = np.mean([a - b for a, b in zip(*told, strict=True)], axis=0)
        if len(own) == 1:
            return estimates.paired_difference(by_text, draw_sd)
        variance = estimates.paired_difference(by_text).variance
        return estimates.mean_over_seeds(list(own - other), draw_sd, texts=variance)

    def _correct(self, series: Series, steps: int | None) -> list[np.ndarray]:
        """Which texts a stage gets right, seed by seed; nothing at another T than the detailed figures'."""
        known = self.of("correct", series) if steps == self.detailed_steps(series) else self.correct.head(0)
        return [own["correct"].to_numpy(dtype=np.float64) for _, own in known.groupby("seed")]

    def majority(self) -> Estimate:
        """Share of the most frequent class among the test texts, mean over seeds."""
        classes = self.of("confusion", self.series()[0]).groupby(["seed", "true"])["texts"].sum()
        shares = classes.groupby("seed").max() / classes.groupby("seed").sum()
        return Estimate(estimates.mean_over_seeds(list(shares)).value)

    def test_sizes(self) -> list[int]:
        """Numbers of test texts that occur, rising."""
        return sorted(map(int, self.accuracy["n_test"].unique()))

    def seeds(self) -> list[int]:
        """Seeds that were run."""
        return sorted(map(int, self.accuracy["seed"].unique()))

    @property
    def seeds_in_words(self) -> str:
        """How many seeds a figure is of."""
        seeds = len(self.seeds())
        return "one seed" if seeds == 1 else f"mean over {seeds} seeds"

    def energies(
        self, series: Series, steps: int | None, table: str | None = None, accounting: str | None = None
    ) -> list[float]:
        """µJ a sentence of a stage after `steps` steps, one value a seed; none if it was not estimated.

        Args:
            series: the stage.
            steps: T; None for a DNN.
            table: cost table; the main one if left out.
            accounting: how operations are counted; if left out `dense` for a DNN, else `event-driven`.
        """
        found = self._priced.get(self._key(series, steps, table, accounting))
        return [] if found is None else list(found["energy_uj"])

    def spent(
        self, series: Series, steps: int | None, table: str | None = None, accounting: str | None = None
    ) -> pd.DataFrame:
        """The terms of these energies, seed by seed in the order of the work; arguments as of `energies`."""
        found = self._spent.get(self._key(series, steps, table, accounting))
        return self.terms.head(0) if found is None else found

    def _key(
        self, series: Series, steps: int | None, table: str | None, accounting: str | None
    ) -> tuple[Any, ...]:
        return series.method, series.stage, steps, table or self.cost_table, accounting or series.accounting

    def accountings(self, series: Series) -> list[str]:
        """The ways in which a stage's operations were counted, the usual one first."""
        found = self.of("energy", series)["accounting"].unique()
        return sorted(found, key=lambda accounting: accounting != series.accounting)

    def energy_steps(self, series: Series) -> list[int | None]:
        """Numbers of steps that the energy stage reports for a stage."""
        return [plain_steps(one) for one in self.of("energy", series)["T"].unique()]

    def energy_ratio(
        self, series: Series, steps: int | None, table: str | None = None, accounting: str | None = None
    ) -> Estimate | None:
        """Energy of the stage over that of its `reference_of`; None if it was not estimated.

        Arguments as of `energies`. The mean over seeds is geometric: its inverse is the factor saved.
        """
        own = self.energies(series, steps, table, accounting)
        if not own:
            return None
        dense = self.energies(self.reference_of(series), None, table)
        return estimates.geometric_mean_over_seeds([a / b for a, b in zip(own, dense, strict=True)])

    def attacked(self) -> Iterator[tuple[str, Series, str, pd.DataFrame]]:
        """Recipe, attacked stage, its mode and rows (one a seed) of each attack that was run."""
        known = {(one.method, one.stage): one for one in self.series()}
        for recipe, attacks in self.attacks.groupby("recipe", sort=False):
            for (method, stage, mode), rows in _groups(attacks, ["method", "stage", "mode"]).items():
                yield str(recipe), known[method, stage], mode, rows

    def hardest(self) -> Iterator[tuple[str, Series, str, pd.DataFrame]]:
        """Of `attacked`, for each recipe and stage the mode that leaves least accuracy at the headline."""
        found: dict[tuple[str, Series], tuple[str, Series, str, pd.DataFrame]] = {}
        for one in self.attacked():
            known = found.get(one[:2])
            if known is None or held(one[3]).value < held(known[3]).value:
                found[one[:2]] = one
        yield from found.values()


def held(attacks: pd.DataFrame, budget: str = HEADLINE, overlap: float = 0.0) -> Estimate:
    """Accuracy if an attack may change so much of a text; `attacks` are rows of `Study.attacked`."""
    values = [one[budget] for one in attacks["budgets"]]
    return estimates.proportion(values, list(attacks["n"]), overlap=overlap)


def plain_steps(steps: Any) -> int | None:
    """T as a frame has it; None where it is missing."""
    return None if pd.isna(steps) else int(steps)


def _groups(frame: pd.DataFrame, columns: list[str]) -> dict[tuple[Any, ...], pd.DataFrame]:
    """The rows of each combination of values in their order; None where one is missing."""
    found: Any = frame.groupby(columns, sort=False, dropna=False)
    return {tuple(None if pd.isna(value) else value for value in key): rows for key, rows in found}
