"""The energies of a study, arranged for its figures and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spiketext.report.estimates import (
    Estimate,
    geometric_mean_over_datasets,
    geometric_mean_over_seeds,
    mean_over_datasets,
    mean_over_seeds,
    number,
)
from spiketext.report.frames import Report
from spiketext.report.series import Series
from spiketext.report.study import Findings

USUAL = ("dense", "event-driven")  # accountings of stages where nothing else is said

# What the energy of a text is spent on, in the order of the work; a network may have other layers.
TERMS = {
    "embedding": "embedding",
    "encoder": "encoder",
    "convolution": "synapses of the convolution",
    "neurons": "neuron updates, ReLU",
    "pooling": "pooling",
    "readout": "read-out",
    "other": "other synapses",
    "bias": "bias",
    "memory": "memory",
}


def term_of(term: Report) -> str:
    """Which of `TERMS` a row of operations belongs to."""
    layer, operation = str(term["layer"]), str(term["operation"])
    if operation == "access":
        return "memory"
    # Comparisons of the convolution are the ReLUs of a DNN: what neurons do in a spiking network.
    if layer != "encoder" and (operation == "update" or (layer, operation) == ("convolution", "compare")):
        return "neurons"
    return layer if layer in TERMS else "other"


def parts(rows: Sequence[Report]) -> dict[str, float]:
    """Energy of each of `TERMS`, µJ a sentence, mean over the rows (one a seed)."""
    found: dict[str, float] = {}
    for row in rows:
        for term in row["terms"]:
            name = term_of(term)
            found[name] = found.get(name, 0.0) + term["energy_uj"] / len(rows)
    return found


@dataclass(frozen=True)
class Reading:
    """A stage read out after some steps, its operations counted in one way.

    Attributes:
        series: the stage.
        steps: T; None for a DNN.
        accounting: `dense` or `zero-skipping` for a DNN, `event-driven` for a spiking stage, `tabulated` for
            either.
    """

    series: Series
    steps: int | None
    accounting: str

    @property
    def usual(self) -> bool:
        """Whether operations are counted as they are where nothing else is said."""
        return self.accounting == self.series.accounting

    @property
    def label(self) -> str:
        """What it is called in figures and tables."""
        return self.series.at(self.steps) + self._counted

    @property
    def line(self) -> str:
        """What it is called together with the other numbers of steps."""
        return self.series.label + self._counted

    @property
    def _counted(self) -> str:
        return "" if self.usual else f", {self.accounting}"

    def ratio(self, all_findings: Sequence[Findings], table: str | None = None) -> Estimate | None:
        """Its energy over that of the dense DNN; over several data sets the geometric mean."""
        found = [one.energy_ratio(self.series, self.steps, table, self.accounting) for one in all_findings]
        known = [one for one in found if one is not None]
        return geometric_mean_over_datasets(known) if len(known) == len(found) else None

    def energy(self, all_findings: Sequence[Findings]) -> Estimate:
        """µJ a sentence under the main cost table; over several data sets the geometric mean."""
        return geometric_mean_over_datasets([
            geometric_mean_over_seeds([
                row["energy_uj"]
                for row in one.energy_rows(self.series, self.steps, accounting=self.accounting)
            ])
            for one in all_findings
        ])  # fmt: skip

    def accuracy(self, all_findings: Sequence[Findings]) -> Estimate:
        """Test accuracy; over several data sets the mean."""
        own = [one.test_accuracy(self.series, self.steps) for one in all_findings]
        return own[0] if len(own) == 1 else mean_over_datasets(own).share


def detailed(findings: Findings) -> list[Reading]:
    """Every stage at the T of its detailed figures, DNNs in each way of counting."""
    return [
        Reading(series, findings.detailed_steps(series), accounting)
        for series in findings.series()
        for accounting in findings.accountings(series)
    ]


def anytime(findings: Findings) -> Iterator[list[Reading]]:
    """For every stage and way of counting its readings, T rising: accuracy and energy are both known."""
    for series in findings.series():
        for accounting in findings.accountings(series):
            shared = set(findings.steps(series)) & set(findings.energy_steps(series))
            yield [Reading(series, steps, accounting) for steps in sorted(shared, key=lambda t: t or 0)]


def is_reference(findings: Findings, reading: Reading) -> bool:
    """Whether it is the dense DNN that its own energy is compared with."""
    return reading.accounting == "dense" and findings.reference_of(reading.series) == reading.series


def tabulated_ratio(findings: Findings, series: Series, steps: int | None, own: str) -> Estimate | None:
    """Its energy over that of its dense DNN with a tabulated first layer, under the main cost table.

    Args:
        findings: of the data set.
        series: the stage.
        steps: T.
        own: how its own operations are counted.
    """
    above = findings.energy_rows(series, steps, accounting=own)
    below = findings.energy_rows(findings.reference_of(series), None, accounting="tabulated")
    if not above or not below:
        return None
    pairs = zip(above, below, strict=True)
    return geometric_mean_over_seeds([a["energy_uj"] / b["energy_uj"] for a, b in pairs])


def spikes_per_value(findings: Findings, series: Series, steps: int) -> Estimate | None:
    """T·r: input spikes for each input value of a sentence, from the synaptic terms.

    Accumulates of the convolution over the multiply-accumulates of the dense DNN's: one spike makes as many
    of the former as one value makes of the latter. None where the input is no spikes.
    """
    rows = findings.energy_rows(series, steps)
    if not any(term["layer"] == "encoder" for row in rows for term in row["terms"]):
        return None  # currents go in, and their sums are added at every step
    own = [_operations(row, "AC") for row in rows]
    dense = [_operations(row, "MAC") for row in findings.energy_rows(findings.reference_of(series), None)]
    if not all(own) or not all(dense):
        return None
    return mean_over_seeds([a / b for a, b in zip(own, dense, strict=True)])


def _operations(row: Report, operation: str) -> float:
    """Operations of a kind that the convolution's synapses do, a sentence."""
    terms = [one for one in row["terms"] if (one["layer"], one["operation"]) == ("convolution", operation)]
    return math.fsum(term["per_sentence"] for term in terms)


def break_even(findings: Findings, table: str) -> float | None:
    """T·r at which the synapses of the convolution cost as much as those of the dense DNN: E_MAC / E_AC.

    None where memory has a price: an accumulate then costs what the sizes of the memories make it cost.
    """
    definition = findings.names.cost_tables[table]
    return None if definition.get("memory") else float(definition["mac_pj"] / definition["ac_pj"])


def operations(all_findings: Sequence[Findings], table: str) -> set[str]:
    """Operations that any stage spends energy on under a cost table."""
    return {
        term["operation"]
        for findings in all_findings
        for reading in detailed(findings)
        for row in findings.energy_rows(reading.series, reading.steps, table, reading.accounting)
        for term in row["terms"]
        if term["energy_uj"] > 0
    }


def scaled_ratio(
    all_findings: Sequence[Findings], series: Series, table: str, operation: str, scale: float
) -> float:
    """Energy of a spiking stage over that of the dense DNN if one constant of the table were another.

    Args:
        all_findings: of the data sets; over several the geometric mean.
        series: the stage; at the T of its detailed figures.
        table: the cost table.
        operation: whose cost is changed, in both networks.
        scale: the new cost over the one of the table.
    """
    ratios = []
    for findings in all_findings:
        own = findings.energy_rows(series, findings.detailed_steps(series), table)
        dense = findings.energy_rows(findings.reference_of(series), None, table)
        pairs = zip(own, dense, strict=True)
        values = [_scaled(a, operation, scale) / _scaled(b, operation, scale) for a, b in pairs]
        ratios.append(geometric_mean_over_seeds(values))
    return geometric_mean_over_datasets(ratios).value


def _scaled(row: Report, operation: str, scale: float) -> float:
    changed = math.fsum(term["energy_uj"] for term in row["terms"] if term["operation"] == operation)
    return float(row["energy_uj"] + (scale - 1) * changed)


def factor_text(value: float, low: float | None, high: float | None) -> str:
    """A factor with three significant digits, its interval with as many decimals: `19.8 [19.2, 20.4]`."""
    digits = max(0, 2 - math.floor(math.log10(value)))
    if low is None or high is None or math.isclose(low, high, rel_tol=1e-9):
        return number(value, digits)
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"
