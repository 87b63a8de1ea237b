"""The energies of a study, arranged for its figures and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from spiketext.networks.titles import title as layer_title
from spiketext.report.estimates import (
    Estimate,
    geometric_mean_over_datasets,
    geometric_mean_over_seeds,
    mean_over_datasets,
    mean_over_seeds,
    number,
)
from spiketext.report.names import Series
from spiketext.report.study import Study

SKIPPING = "zero-skipping"  # accounting of a DNN that leaves out products with zero
USUAL = ("dense", "event-driven")  # accountings of stages where nothing else is said

# What the energy of a text is spent on, in the order of figures (`energy.prices.terms`); with the title of
# those roles that are one term over all layers. Of the others each layer is a term of its own.
ROLES = {
    "input": None,
    "layer": None,
    "neurons": "neuron updates, ReLU",
    "bias": "bias",
    "memory": "memory",
}
Term = tuple[str, str]  # role and title


def parts(spent: pd.DataFrame) -> dict[Term, float]:
    """Energy of each term, µJ a sentence, mean over the seeds of `Study.spent`."""
    found: dict[Term, float] = {}
    for layer, role, energy in zip(spent["layer"], spent["role"], spent["energy_uj"], strict=True):
        term = role, ROLES[role] or layer_title(layer)
        found[term] = found.get(term, 0.0) + energy / spent["seed"].nunique()
    return found


def terms_in_order(spents: Sequence[pd.DataFrame]) -> list[Term]:
    """All terms of several networks: by role, the layers in the order of the work."""
    layers = dict.fromkeys(layer_title(layer) for spent in spents for layer in spent["layer"])
    places = {title: place for place, title in enumerate(layers)}
    roles = list(ROLES)
    terms = {term for spent in spents for term in parts(spent)}
    return sorted(terms, key=lambda term: (roles.index(term[0]), places.get(term[1], 0)))


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

    def ratio(self, studies: Sequence[Study], table: str | None = None) -> Estimate | None:
        """Its energy over that of the dense DNN; over several data sets the geometric mean."""
        found = [one.energy_ratio(self.series, self.steps, table, self.accounting) for one in studies]
        known = [one for one in found if one is not None]
        return geometric_mean_over_datasets(known) if len(known) == len(found) else None

    def priced(self, studies: Sequence[Study], table: str | None = None) -> bool:
        """Whether its energy was estimated on all data sets; runs that are merged may count differently.

        Args:
            studies: one of each data set.
            table: the cost table; None: the main one.
        """
        return all(self._energies(one, table) for one in studies)

    def energy(self, studies: Sequence[Study], table: str | None = None) -> Estimate:
        """µJ a sentence under a cost table; over several data sets the geometric mean; see `priced`."""
        found = [geometric_mean_over_seeds(self._energies(one, table)) for one in studies]
        return geometric_mean_over_datasets(found)

    def _energies(self, study: Study, table: str | None) -> list[float]:
        return study.energies(self.series, self.steps, table, self.accounting)

    def difference(self, studies: Sequence[Study], other: Reading) -> Estimate:
        """Its test accuracy minus another's on the same texts; over several data sets the mean."""
        gaps = [one.difference((self.series, self.steps), (other.series, other.steps)) for one in studies]
        return mean_over_datasets(gaps)

    def accuracy(self, studies: Sequence[Study]) -> Estimate:
        """Test accuracy; over several data sets the mean."""
        return mean_over_datasets([one.test_accuracy(self.series, self.steps) for one in studies]).share


def detailed(study: Study) -> list[Reading]:
    """Every stage at the T of its detailed figures, DNNs in each way of counting."""
    return [
        Reading(series, study.detailed_steps(series), accounting)
        for series in study.series()
        for accounting in study.accountings(series)
    ]


def anytime(study: Study) -> Iterator[list[Reading]]:
    """For every stage and way of counting its readings, T rising: accuracy and energy are both known."""
    for series in study.series():
        for accounting in study.accountings(series):
            shared = set(study.steps(series)) & set(study.energy_steps(series))
            yield [Reading(series, steps, accounting) for steps in sorted(shared, key=lambda t: t or 0)]


def is_reference(study: Study, reading: Reading) -> bool:
    """Whether it is the dense DNN that its own energy is compared with."""
    return reading.accounting == "dense" and study.reference_of(reading.series) == reading.series


def tabulated_ratio(study: Study, series: Series, steps: int | None, own: str) -> Estimate | None:
    """Its energy over that of its dense DNN with a tabulated first layer, under the main cost table.

    Args:
        study: of the data set.
        series: the stage.
        steps: T.
        own: how its own operations are counted.
    """
    return ratio_of(
        study.energies(series, steps, accounting=own),
        study.energies(study.reference_of(series), None, accounting="tabulated"),
    )


def ratio_of(above: Sequence[float], below: Sequence[float]) -> Estimate | None:
    """Energies over others, seed by seed; None where either were not estimated."""
    if not above or not below:
        return None
    return geometric_mean_over_seeds([a / b for a, b in zip(above, below, strict=True)])


def spikes_per_value(study: Study, series: Series, steps: int) -> Estimate | None:
    """T·r: input spikes for each input value of a sentence, from the synaptic terms.

    Operations at the synapses that the input reaches, over those of one spike of each value. None where the
    input is no spikes, or none was sent with some seed.
    """
    spent = study.spent(series, steps)
    first = _first(spent)
    by_seed = first[first["rate"].notna()].groupby("seed", sort=False)[["per_sentence", "by_each"]].sum()
    if by_seed.empty or len(by_seed) < spent["seed"].nunique():
        return None
    return mean_over_seeds(list(by_seed["per_sentence"] / by_seed["by_each"]))


def _first(spent: pd.DataFrame) -> pd.DataFrame:
    """The terms of synapses that the input reaches, with the operations if each value caused them once."""
    first = spent[spent["by_value"] > 0]
    return first.assign(by_each=first["per_sentence"] / first["by_value"])


def shares_first_synapses(study: Study, series: Series, steps: int | None) -> bool:
    """Whether a value of the input reaches as many synapses as in the dense DNN.

    The break-even of a cost table holds for such networks alone.
    """
    own, dense = (
        _first(study.spent(*one))["by_each"].sum()
        for one in ((series, steps), (study.reference_of(series), None))
    )
    return math.isclose(own, dense, rel_tol=1e-6)


def break_even(study: Study, table: str) -> float | None:
    """T·r at which the synapses of the first layer cost as much as those of the dense DNN: E_MAC / E_AC.

    None where memory has a price: an accumulate then costs what the sizes of the memories make it cost.
    """
    definition = study.names.cost_tables[table]
    return None if definition.get("memory") else float(definition["mac_pj"] / definition["ac_pj"])


def operations(studies: Sequence[Study], table: str) -> set[str]:
    """Operations that any stage spends energy on under a cost table, at the T of its detailed figures."""
    spent = pd.concat(
        study.spent(reading.series, reading.steps, table, reading.accounting)
        for study in studies
        for reading in detailed(study)
    )
    return set(spent.loc[spent["energy_uj"] > 0, "operation"])


def scaled_ratio(studies: Sequence[Study], series: Series, table: str, operation: str, scale: float) -> float:
    """Energy of a spiking stage over that of the dense DNN if one constant of the table were another.

    Args:
        studies: of the data sets; over several the geometric mean.
        series: the stage; at the T of its detailed figures.
        table: the cost table.
        operation: whose cost is changed, in both networks.
        scale: the new cost over the one of the table.
    """
    ratios = []
    for study in studies:
        own = _scaled(study, series, study.detailed_steps(series), table, operation, scale)
        dense = _scaled(study, study.reference_of(series), None, table, operation, scale)
        ratios.append(geometric_mean_over_seeds([a / b for a, b in zip(own, dense, strict=True)]))
    return geometric_mean_over_datasets(ratios).value


def _scaled(
    study: Study, series: Series, steps: int | None, table: str, operation: str, scale: float
) -> list[float]:
    """Energies, one a seed, if one operation cost `scale` times as much."""
    spent = study.spent(series, steps, table)
    own = spent["energy_uj"].where(spent["operation"] == operation, 0.0)
    changed = own.groupby(spent["seed"], sort=False).sum()
    energies = study.energies(series, steps, table)
    return [energy + (scale - 1) * more for energy, more in zip(energies, changed, strict=True)]


def factor_text(value: float, low: float | None, high: float | None) -> str:
    """A factor with three significant digits, its interval with as many decimals: `19.8 [19.2, 20.4]`."""
    digits = max(0, 2 - math.floor(math.log10(value)))
    if low is None or high is None or math.isclose(low, high, rel_tol=1e-9):
        return number(value, digits)
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"
