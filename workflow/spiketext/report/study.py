"""What one study found: the JSON reports of the stages, with the names to show them under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from spiketext.attack.recipes import RECIPES
from spiketext.report import estimates
from spiketext.report.estimates import Estimate
from spiketext.report.frames import Report, accuracy_frame, attack_frame, energy_frame

STAGES = {"dnn": "DNN", "converted": "converted", "finetuned": "fine-tuned"}


def recipe_title(name: str) -> str:
    """The name to show for an attack recipe."""
    return RECIPES[name].title if name in RECIPES else name


def layer_title(name: str) -> str:
    """The name to show for a layer."""
    return {"readout": "read-out"}.get(name, name)


@dataclass(frozen=True)
class Series:
    """One stage of one method: a line of a figure, a group of rows of a table.

    Attributes:
        method: name in the configuration.
        stage: `dnn`, `converted` or `finetuned`.
        title: the method's title.
        spiking_method: whether the method has spiking stages, so that its DNN is the tailored one.
    """

    method: str
    stage: str
    title: str
    spiking_method: bool

    @property
    def stage_title(self) -> str:
        """What the stage is called in tables."""
        if self.stage == "dnn" and self.spiking_method:
            return "tailored DNN"
        return STAGES[self.stage]

    @property
    def label(self) -> str:
        """What the stage is called in figures and tables."""
        if self.stage == "dnn":
            return f"tailored DNN of {self.title}" if self.spiking_method else f"{self.title} (DNN)"
        return f"{self.title}, {self.stage_title}"

    @property
    def phrase(self) -> str:
        """What the stage is called within a sentence."""
        if self.stage == "dnn":
            return f"the tailored DNN of {self.title}" if self.spiking_method else f"the DNN {self.title}"
        return f"the {self.stage_title} {self.title}"


@dataclass(frozen=True)
class Findings:
    """Reports of the stages for one data set, all methods and seeds.

    Attributes:
        dataset: name of the data set.
        title: its name in tables and figures.
        methods: title of each method, in the order of the configuration.
        evaluations: reports of the evaluation stage.
        energies: reports of the energy stage.
        attacks: reports of the attack stage.
        pairs: by method, stage and seed: test sentences that only the method's DNN gets right, that
            only the stage gets right (at the T of its detailed figures), and all of them.
    """

    dataset: str
    title: str
    methods: Mapping[str, str]
    evaluations: list[Report] = field(default_factory=list)
    energies: list[Report] = field(default_factory=list)
    attacks: list[Report] = field(default_factory=list)
    pairs: Mapping[tuple[str, str, int], tuple[int, int, int]] = field(default_factory=dict)

    @cached_property
    def accuracy(self) -> pd.DataFrame:
        """Rows of accuracy.csv."""
        return accuracy_frame(self.evaluations)

    @cached_property
    def energy(self) -> pd.DataFrame:
        """Rows of energy.csv."""
        return energy_frame(self.energies)

    @cached_property
    def attack(self) -> pd.DataFrame:
        """Rows of attack.csv."""
        return attack_frame(self.attacks)

    def series(self) -> list[Series]:
        """Stages that were evaluated, method by method in their order."""
        found = {(report["method"], report["stage"]) for report in self.evaluations}
        spiking = {method for method, stage in found if stage != "dnn"}
        return [
            Series(method, stage, title, method in spiking)
            for method, title in self.methods.items()
            for stage in STAGES
            if (method, stage) in found
        ]

    def headline(self) -> list[Series]:
        """The last stage of each spiking method."""
        last = {series.method: series for series in self.series() if series.spiking_method}
        return list(last.values())

    def reports(self, series: Series) -> list[Report]:
        """Evaluations of a stage, one a seed."""
        return [
            report
            for report in self.evaluations
            if (report["method"], report["stage"]) == (series.method, series.stage)
        ]

    def detailed_steps(self, series: Series) -> int | None:
        """T of the stage's detailed figures; None for a DNN."""
        steps: int | None = self.reports(series)[0]["T"]
        return steps

    def steps(self, series: Series) -> list[int | None]:
        """Numbers of steps at which the stage was evaluated; one None for a DNN."""
        return [row["T"] for row in self.reports(series)[0]["curve"]]

    def curve(self, series: Series, figure: str, steps: int | None) -> list[float]:
        """One figure of the curve after `steps` steps, one value a seed."""
        return [
            row[figure] for report in self.reports(series) for row in report["curve"] if row["T"] == steps
        ]

    def test_accuracy(self, series: Series, steps: int | None) -> Estimate:
        """Test accuracy with its interval."""
        sizes = [report["n_test"] for report in self.reports(series)]
        return estimates.proportion(self.curve(series, "test_accuracy", steps), sizes)

    def dnn_of(self, series: Series) -> Series:
        """The DNN that the stage's network was made from."""
        return Series(series.method, "dnn", series.title, series.spiking_method)

    def gap(self, series: Series, steps: int | None) -> Estimate:
        """Accuracy of the method's own DNN minus that of the stage.

        The interval is over seeds; with one seed over pairs of predictions, where they are known.
        """
        seeds = self.seeds()
        pair = self.pairs.get((series.method, series.stage, seeds[0]))
        if len(seeds) == 1 and pair is not None and steps == self.detailed_steps(series):
            return estimates.paired_difference(*pair)
        own = self.curve(self.dnn_of(series), "test_accuracy", None)
        values = self.curve(series, "test_accuracy", steps)
        return estimates.mean_over_seeds([a - b for a, b in zip(own, values, strict=True)])

    def majority(self) -> Estimate:
        """Share of the most frequent class among the test sentences, mean over seeds."""
        first = self.reports(self.series()[0])
        shares = [max(map(sum, report["confusion"])) / report["n_test"] for report in first]
        return Estimate(estimates.mean_over_seeds(shares).value)

    def test_sizes(self) -> list[int]:
        """Numbers of test sentences that occur, rising."""
        return sorted({report["n_test"] for report in self.evaluations})

    def seeds(self) -> list[int]:
        """Seeds that were run."""
        return sorted({report["seed"] for report in self.evaluations})

    def energy_rows(self, series: Series, steps: int | None) -> list[Report]:
        """Rows of the energy stage for a stage after `steps` steps, one a seed."""
        return [
            row
            for report in self.energies
            if report["method"] == series.method
            for row in report["rows"]
            if (row["stage"], row["T"]) == (series.stage, steps)
        ]

    def energy_steps(self, series: Series) -> list[int | None]:
        """Numbers of steps that the energy stage reports for a stage."""
        of_method = [report for report in self.energies if report["method"] == series.method]
        return [row["T"] for row in of_method[0]["rows"] if row["stage"] == series.stage] if of_method else []

    def energy_ratio(self, series: Series, steps: int | None) -> Estimate | None:
        """Energy of the stage over that of its own DNN; None if it was not estimated."""
        rows = self.energy_rows(series, steps)
        if not rows:
            return None
        return estimates.mean_over_seeds([row["energy_uj"] / row["dnn_energy_uj"] for row in rows])

    def attacked(self) -> Iterator[tuple[str, str, list[Report]]]:
        """Recipe, method and reports (one a seed) of each attack that was run."""
        for recipe in dict.fromkeys(report["recipe"] for report in self.attacks):
            for method in self.methods:
                reports = [r for r in self.attacks if (r["recipe"], r["method"]) == (recipe, method)]
                if reports:
                    yield recipe, method, reports

    def attacked_series(self, report: Report) -> Series:
        """The stage that an attack was run against."""
        last = [series for series in self.series() if series.method == report["method"]][-1]
        stage = report.get("stage", last.stage)
        return Series(last.method, stage, last.title, last.spiking_method)


def findings(
    datasets: Mapping[str, str],
    methods: Mapping[str, str],
    evaluations: list[Report],
    energies: list[Report],
    attacks: list[Report],
    pairs: Mapping[tuple[str, str, str, int], tuple[int, int, int]] | None = None,
) -> list[Findings]:
    """Sort reports by data set.

    Args:
        datasets: title of each data set, in the order to show them.
        methods: title of each method.
        evaluations: reports of the evaluation stage.
        energies: reports of the energy stage.
        attacks: reports of the attack stage.
        pairs: as in `Findings`, with the data set before the other keys.
    """

    def of(dataset: str, reports: list[Report]) -> list[Report]:
        return [report for report in reports if report["dataset"] == dataset]

    return [
        Findings(
            name,
            title,
            methods,
            of(name, evaluations),
            of(name, energies),
            of(name, attacks),
            {key[1:]: pair for key, pair in (pairs or {}).items() if key[0] == name},
        )
        for name, title in datasets.items()
    ]
