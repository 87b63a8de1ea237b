"""What one study found: the JSON reports of the stages, with the names to show them under."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spiketext.report import estimates
from spiketext.report.estimates import Estimate
from spiketext.report.frames import Report
from spiketext.report.series import Series, series_of
from spiketext.report.settings import Names


@dataclass(frozen=True)
class Reports:
    """The JSON reports of the stages.

    Attributes:
        evaluations: of the evaluation stage, as `load.evaluation` reads them.
        energies: of the energy stage.
        attacks: of the attack stage.
        trainings: of both training stages, with data set, method, stage and seed.
        correct: by data set, method, stage and seed: for each test text the share of draws in which it is
            classified rightly at the T of the stage's detailed figures; 0 or 1 where nothing is drawn. All
            stages of a data set and seed have the texts in the same order.
    """

    evaluations: Sequence[Report] = ()
    energies: Sequence[Report] = ()
    attacks: Sequence[Report] = ()
    trainings: Sequence[Report] = ()
    correct: Mapping[tuple[str, str, str, int], np.ndarray] = field(default_factory=dict)

    def of(self, dataset: str) -> Reports:
        """Those of one data set."""

        def own(reports: Sequence[Report]) -> list[Report]:
            return [report for report in reports if report["dataset"] == dataset]

        correct = {key: shares for key, shares in self.correct.items() if key[0] == dataset}
        return Reports(
            own(self.evaluations), own(self.energies), own(self.attacks), own(self.trainings), correct
        )


@dataclass(frozen=True)
class Findings:
    """What was found on one data set, with all methods and seeds.

    Attributes:
        dataset: name of the data set.
        names: what data sets and methods are called.
        reports: of this data set.
    """

    dataset: str
    names: Names
    reports: Reports

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

    def series(self) -> list[Series]:
        """Stages that were evaluated, method by method in their order."""
        stages = {(report["method"], report["stage"]) for report in self.reports.evaluations}
        return series_of(stages, self.names.methods)

    def headline(self) -> list[Series]:
        """The last stage of each spiking method."""
        last = {series.method: series for series in self.series() if series.spiking_method}
        return list(last.values())

    def evaluations(self, series: Series) -> list[Report]:
        """Evaluations of a stage, one a seed."""
        return [report for report in self.reports.evaluations if _is_of(report, series)]

    def trainings(self, series: Series) -> list[Report]:
        """Trainings of a stage, one a seed; none for a stage that is not trained."""
        return [report for report in self.reports.trainings if _is_of(report, series)]

    def detailed_steps(self, series: Series) -> int | None:
        """T of the stage's detailed figures; None for a DNN."""
        steps: int | None = self.evaluations(series)[0]["T"]
        return steps

    def steps(self, series: Series) -> list[int | None]:
        """Numbers of steps at which the stage was evaluated; one None for a DNN."""
        return [row["T"] for row in self.evaluations(series)[0]["curve"]]

    def curve(self, series: Series, figure: str, steps: int | None) -> list[Any]:
        """One figure of the curve after `steps` steps, one value a seed."""
        return [
            row[figure] for report in self.evaluations(series) for row in report["curve"] if row["T"] == steps
        ]

    def test_accuracy(self, series: Series, steps: int | None) -> Estimate:
        """Test accuracy with its interval."""
        sizes = [report["n_test"] for report in self.evaluations(series)]
        values = self.curve(series, "test_accuracy", steps)
        return estimates.proportion(values, sizes, self.draw_sd(series, steps))

    def draw_sd(self, series: Series, steps: int | None) -> float:
        """Deviation of the test accuracy from one draw of the code to another; 0 where nothing is drawn.

        It is the root of the mean square over the seeds that were evaluated over several draws.
        """
        known = [sd for sd in self.curve(series, "draw_sd", steps) if sd is not None]
        return math.sqrt(math.fsum(sd**2 for sd in known) / len(known)) if known else 0.0

    def draws(self, series: Series) -> int:
        """Draws of the code that the accuracies of a stage are means over, the fewest of any seed."""
        return min(row["draws"] for report in self.evaluations(series) for row in report["curve"])

    def dnn_of(self, series: Series) -> Series:
        """The DNN that the stage's network was made from or is compared with; it may be another method's."""
        owner = self.names.dnns.get(series.method, series.method)
        (dnn,) = (one for one in self.series() if (one.method, one.stage) == (owner, "dnn"))
        return dnn

    def reference_of(self, series: Series) -> Series:
        """The DNN that energies are compared with: dense and of full precision.

        It is the DNN that the stage was made from; where that one is quantised, the one that is the same
        network in full precision, else the first that is not quantised.
        """
        own, quantised = self.dnn_of(series), self.names.quantised
        dense = [one for one in self.series() if not one.spiking and one.method not in quantised]
        wanted = quantised.get(own.method, own.method)
        return next((one for one in dense if one.method == wanted), dense[0] if dense else own)

    def gap(self, series: Series, steps: int | None, against: Series | None = None) -> Estimate:
        """Accuracy of the stage minus that of its DNN, or of another DNN: negative where it is worse."""
        return self.difference((series, steps), (against or self.dnn_of(series), None))

    def difference(self, first: tuple[Series, int | None], second: tuple[Series, int | None]) -> Estimate:
        """Accuracy of one stage after some steps minus that of another, on the same texts.

        The interval is over the seeds' differences; with one seed over the texts' differences, where they are
        known: at the T of the detailed figures. The draws of two stochastic codes count as independent.
        """
        draw_sd = math.hypot(self.draw_sd(*first), self.draw_sd(*second))
        texts = [self._correct(*one) for one in (first, second)]
        if texts[0] is not None and texts[1] is not None:
            return estimates.paired_difference(texts[0] - texts[1], draw_sd)
        values = zip(
            *(self.curve(one, "test_accuracy", steps) for one, steps in (first, second)), strict=True
        )
        return estimates.mean_over_seeds([a - b for a, b in values], draw_sd)

    def _correct(self, series: Series, steps: int | None) -> np.ndarray | None:
        """Which texts a stage gets right with the one seed; None with several or at another T."""
        (seed, *others) = self.seeds()
        if others or steps != self.detailed_steps(series):
            return None
        return self.reports.correct.get((self.dataset, series.method, series.stage, seed))

    def majority(self) -> Estimate:
        """Share of the most frequent class among the test texts, mean over seeds."""
        first = self.evaluations(self.series()[0])
        shares = [max(map(sum, report["confusion"])) / report["n_test"] for report in first]
        return Estimate(estimates.mean_over_seeds(shares).value)

    def test_sizes(self) -> list[int]:
        """Numbers of test texts that occur, rising."""
        return sorted({report["n_test"] for report in self.reports.evaluations})

    def seeds(self) -> list[int]:
        """Seeds that were run."""
        return sorted({report["seed"] for report in self.reports.evaluations})

    @property
    def seeds_in_words(self) -> str:
        """How many seeds a figure is of."""
        seeds = len(self.seeds())
        return "one seed" if seeds == 1 else f"mean over {seeds} seeds"

    def energy_rows(
        self, series: Series, steps: int | None, table: str | None = None, accounting: str | None = None
    ) -> list[Report]:
        """Rows of the energy stage for a stage after `steps` steps, one a seed.

        Args:
            series: the stage.
            steps: T; None for a DNN.
            table: cost table; the main one if left out.
            accounting: how operations are counted; if left out `dense` for a DNN, else `event-driven`.
        """
        key = (series.stage, steps, table or self.cost_table, accounting or series.accounting)
        return [
            row
            for report in self.reports.energies
            if report["method"] == series.method
            for row in report["rows"]
            if (row["stage"], row["T"], row["cost_table"], row["accounting"]) == key
        ]

    def accountings(self, series: Series) -> list[str]:
        """The ways in which a stage's operations were counted, the usual one first."""
        rows = [row for one in self.reports.energies if one["method"] == series.method for row in one["rows"]]
        found = dict.fromkeys(row["accounting"] for row in rows if row["stage"] == series.stage)
        return sorted(found, key=lambda accounting: accounting != series.accounting)

    def energy_steps(self, series: Series) -> list[int | None]:
        """Numbers of steps that the energy stage reports for a stage."""
        of_method = [report for report in self.reports.energies if report["method"] == series.method]
        rows = of_method[0]["rows"] if of_method else []
        return list(dict.fromkeys(row["T"] for row in rows if row["stage"] == series.stage))

    def energy_ratio(
        self, series: Series, steps: int | None, table: str | None = None, accounting: str | None = None
    ) -> Estimate | None:
        """Energy of the stage over that of its `reference_of`; None if it was not estimated.

        Arguments as of `energy_rows`. The mean over seeds is geometric, so that the inverse of this ratio is
        the factor of energy saved.
        """
        rows = self.energy_rows(series, steps, table, accounting)
        if not rows:
            return None
        dense = self.energy_rows(self.reference_of(series), None, table)
        ratios = [a["energy_uj"] / b["energy_uj"] for a, b in zip(rows, dense, strict=True)]
        return estimates.geometric_mean_over_seeds(ratios)

    def attacked(self) -> Iterator[tuple[str, str, list[Report]]]:
        """Recipe, method and reports (one a seed) of each attack that was run."""
        for recipe in dict.fromkeys(report["recipe"] for report in self.reports.attacks):
            for method in self.names.methods:
                reports = [r for r in self.reports.attacks if (r["recipe"], r["method"]) == (recipe, method)]
                if reports:
                    yield recipe, method, reports

    def attacked_series(self, report: Report) -> Series:
        """The stage that an attack was run against."""
        last = [series for series in self.series() if series.method == report["method"]][-1]
        stage = report.get("stage", last.stage)
        return Series(last.method, stage, last.title, last.spiking_method)


def _is_of(report: Report, series: Series) -> bool:
    return (report["method"], report["stage"]) == (series.method, series.stage)


def findings(names: Names, reports: Reports) -> list[Findings]:
    """The findings on each data set of `names`."""
    return [Findings(name, names, reports.of(name)) for name in names.datasets]
