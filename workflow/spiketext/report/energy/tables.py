"""Tables of energies: of one data set, of the cost tables, and of all data sets under every cost table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from spiketext.energy.prices import STATEMENT
from spiketext.networks.titles import title as layer_title
from spiketext.report.document import Table
from spiketext.report.energy.readings import (
    Reading,
    break_even,
    detailed,
    factor_text,
    operations,
    scaled_ratio,
    spikes_per_value,
)
from spiketext.report.estimates import OVER_SEEDS, OVER_TEXTS, mean_over_seeds, number, shown, significant
from spiketext.report.names import Names, series_of, steps_cell
from spiketext.report.overview import marked, marks_explained
from spiketext.report.study import Study
from spiketext.report.summary import MEAN

NONE = "–"
RIVAL = "its own full-precision DNN"

SCOPE = (
    "Counted, from the neurons' own spikes over the whole test set: fetching word vectors, the encoder's "
    "random numbers and comparisons, every synapse that a spike reaches, input layer included, the update of "
    "every neuron at every step, pooling, read-out and biases; for a DNN its multiply-accumulates, ReLUs and "
    "comparisons. Memory accesses are priced by the cost tables that say what one costs. Zero-skipping: the "
    "same DNN where products with an activation of zero are left out and each activation is tested once. "
    "Every occurrence of a word is encoded anew, but for what is called tabulated: there, all that a word "
    "causes in the first layer is read from a table. Its ratio, too, is to the DNN that computes its first "
    "layer; the summary compares both with a table."
)
NOT_COUNTED = (
    "Not counted: leakage and other static power, the routing of spikes between cores, the host processor, "
    "the clock, reading and splitting the text, and operations on padding."
)
PRICED = {
    "mac_pj": "MAC",
    "ac_pj": "AC",
    "compare_pj": "comparison",
    "update_pj": "neuron update",
    "draw_pj": "random number",
}
SENSITIVITY = {
    "MAC": "multiply-accumulate",
    "AC": "accumulate",
    "multiply": "multiplication",
    "compare": "comparison",
    "update": "neuron update",
    "draw": "random number",
    "look-up": "look-up",
    "access": "memory access",
}


def cost_note(names: Names) -> str:
    """The main cost table with its citation and the statement."""
    cost = names.cost_tables[names.cost_table]
    return (
        f"An {STATEMENT}: {cost['mac_pj']} pJ a multiply-accumulate (MAC), {cost['ac_pj']} pJ an "
        f"accumulate (AC); cost table {names.cost_title(names.cost_table)}, {cost['citation']}: "
        f"{names.pricing(names.cost_table)}."
    )


def cost_tables(study: Study) -> Table:
    """The cost tables, each with its break-even and citation."""
    rows = []
    for name, cost in study.names.cost_tables.items():
        figures = [f"{cost[key]:g}" for key in PRICED]
        ends = [f"{size['pj']:g}" for size in (*cost["memory"][:1], *cost["memory"][1:][-1:])]
        level = break_even(study, name)
        memory = " … ".join(ends) or NONE
        rows.append(
            [
                study.names.cost_title(name),
                cost["citation"],
                *figures,
                memory,
                NONE if level is None else significant(level),
            ]
        )
    notes = [
        f"The main one is {study.names.cost_title(study.cost_table)}. Memory access: one word of the "
        "smallest … largest memory that the table gives; without it memory has no price.",
        "Break-even: spikes for each input value of a sentence (T·r: steps times firing rate) at which the "
        "synapses of the first layer cost what those of the dense DNN cost; MAC over AC. Where memory has a "
        "price that is no constant of the table.",
    ]
    columns = ["cost table", "source", *PRICED.values(), "memory access", "break-even T·r"]
    return Table("Cost tables, pJ an operation", columns, rows, 2, notes)


def energy_table(study: Study) -> Table:
    """Energy a sentence of every stage at every T under the main cost table, against its dense DNN."""
    rows = []
    for series in study.series():
        for accounting in study.accountings(series):
            for steps in study.energy_steps(series):
                rows.append(_energy_cells(study, Reading(series, steps, accounting)))
    columns = ["method", "stage", "counted", "T", "T·r", "energy, µJ", "its DNN, µJ", "ratio to its DNN"]
    notes = [
        cost_note(study.names),
        "T·r: input spikes for each input value and sentence. Its DNN: the dense one of full precision.",
    ]
    if len(study.seeds()) > 1:
        notes.append(
            f"± is half the 95 % {OVER_SEEDS}; the ratio is a geometric mean, in brackets the interval of "
            "the mean logarithm."
        )
    return Table(f"Energy of one sentence of {study.title}: {STATEMENT}", columns, rows, 3, notes)


def _energy_cells(study: Study, reading: Reading) -> list[str]:
    series, steps = reading.series, reading.steps
    dense = study.energies(study.reference_of(series), None)
    own = study.energies(series, steps, accounting=reading.accounting)
    energies = [mean_over_seeds(values).text(1, 3) for values in (own, dense)]
    rate = None if steps is None else spikes_per_value(study, series, steps)
    ratio = study.energy_ratio(series, steps, accounting=reading.accounting)
    relative = NONE if ratio is None else ratio.brackets(1, 3)
    sent = NONE if rate is None else significant(rate.value)
    cells = [series.title, series.stage_title, reading.accounting, steps_cell(steps), sent]
    return [*cells, *energies, relative]


def terms_table(study: Study) -> Table:
    """The energy of each stage by layer and operation, at the T of its detailed figures."""
    rows = []
    for reading in detailed(study):
        spent = study.spent(reading.series, reading.steps, accounting=reading.accounting)
        figures = {"per_sentence": "sum", "rate": "max", "energy_uj": "sum"}  # of all roles together
        terms = spent.groupby(["seed", "layer", "operation"], sort=False).agg(figures)
        means = terms.groupby(["layer", "operation"], sort=False).mean().reset_index()
        for layer, operation, per_sentence, rate, energy in means.to_numpy():
            fires = NONE if math.isnan(rate) else number(rate, 4)
            cells = [f"{per_sentence:,.0f}", fires, significant(energy)]
            rows.append([reading.label, layer_title(layer), operation, *cells])
    columns = ["classifier", "layer", "operation", "operations a sentence", "presynaptic firing rate", "µJ"]
    return Table(f"Where the energy on {study.title} goes: {STATEMENT}", columns, rows, 3)


def sensitivity_tables(studies: Sequence[Study]) -> list[Table]:
    """Ratio to the DNN with each constant halved and doubled: main cost table, and the first with memory."""
    names = studies[0].names
    with_memory = [name for name, table in names.cost_tables.items() if table.get("memory")]
    tables = dict.fromkeys([names.cost_table, *with_memory[:1]])
    found = [_sensitivity(studies, table) for table in tables]
    return [table for table in found if table.rows]


def _sensitivity(studies: Sequence[Study], table: str) -> Table:
    first = studies[0]
    known = operations(studies, table)
    found = [operation for operation in SENSITIVITY if operation in known]
    rows = []
    for series in (one for one in first.series() if one.spiking):
        steps = first.detailed_steps(series)
        now = Reading(series, steps, series.accounting).ratio(studies, table)
        if now is None:
            continue
        cells = [
            " … ".join(
                significant(scaled_ratio(studies, series, table, operation, scale)) for scale in (0.5, 2)
            )
            for operation in found
        ]
        rows.append([series.at(steps), significant(now.value), *cells])
    columns = ["classifier", "as in the table", *(SENSITIVITY[operation] for operation in found)]
    notes = [
        "Energy over that of the dense DNN if one constant alone were half as large … twice as large, in "
        "both networks; operations stay as counted. Below 1 the spiking network saves."
    ]
    caption = f"Sensitivity to the constants of {first.names.cost_title(table)}: {STATEMENT}"
    return Table(caption, columns, rows, 1, notes)


def accuracy_energy_table(
    frame: pd.DataFrame,
    names: Names,
    dataset: str = MEAN,
    older: Mapping[str, str] = MappingProxyType({}),
) -> Table:
    """Accuracy of each classifier and the factor of energy that it saves under every cost table.

    Args:
        frame: from `summary.energy_table_frame`, or read from energy_table.csv; a column `older`, if it
            has one, holds marks to set behind classifiers.
        names: of the study.
        dataset: the data set, or the mean over all of them.
        older: what each mark means.
    """
    own = frame[frame["dataset"] == dataset]
    plain: list[Any] = own.astype(object).where(own.notna(), None).to_dict("records")
    grouped = _by_reading(plain, names)
    rows = []
    for reading, by_table in grouped.items():
        first = next(iter(by_table.values()))
        accuracy = shown(first["accuracy"], first["accuracy_low"], first["accuracy_high"], first["n_seeds"])
        gap = first["gap"]
        away = NONE if gap is None else shown(gap, first["gap_low"], first["gap_high"], first["n_seeds"])
        factors = [_factor(by_table.get(table)) for table in names.cost_tables]
        rows.append([marked(reading.label, first), accuracy, away, *factors])
    where = "the mean of all data sets" if dataset == MEAN else names.datasets[dataset]
    columns = [
        "classifier", "accuracy, %", "minus the DNN, points",
        *(f"{names.cost_title(table)}, ×" for table in names.cost_tables),
    ]  # fmt: skip
    seeds = max((int(row["n_seeds"]) for row in plain), default=1)
    notes = [
        _factor_note(seeds, dataset == MEAN),
        _pricings(names),
        *_dearer(grouped, names),
        *marks_explained(rows, older),
    ]
    return Table(f"Accuracy and energy saved on {where}: {STATEMENT}", columns, rows, 1, notes)


def _by_reading(plain: Sequence[Any], names: Names) -> dict[Reading, dict[str, Any]]:
    """The rows of each classifier by cost table."""
    known = series_of({(row["method"], row["stage"]) for row in plain}, names.methods)
    series = {(one.method, one.stage): one for one in known}
    found: dict[Reading, dict[str, Any]] = {}
    for row in plain:
        reading = Reading(series[row["method"], row["stage"]], row["T"], row["accounting"])
        found.setdefault(reading, {})[row["cost_table"]] = row
    return found


def _factor(row: Any) -> str:
    return NONE if row is None else factor_text(row["factor"], row["factor_low"], row["factor_high"])


def _factor_note(seeds: int, several: bool) -> str:
    over = ["data sets"] * several + ["seeds"] * (seeds > 1)
    mean = f", geometric mean over {' and '.join(over)}" if over else ""
    within = "; data sets are averaged within each seed first" if several else ""
    interval = (
        f"± and brackets: 95 % t-interval over {seeds} seeds, for a factor of its mean logarithm{within}."
        if seeds > 1
        else f"In brackets: 95 % {OVER_TEXTS}; the factors of one seed have no interval."
    )
    return (
        "Columns with ×: energy of the dense DNN of full precision over that of the classifier, by cost table"
        f"{mean}. Above 1 it saves, below 1 it costs more. Minus the DNN: accuracy minus that of the same "
        f"DNN. {interval}"
    )


def _pricings(names: Names) -> str:
    """What the cost tables price."""
    by_pricing: dict[str, list[str]] = {}
    for table in names.cost_tables:
        by_pricing.setdefault(names.pricing(table), []).append(names.cost_title(table))
    said = "; ".join(f"{', '.join(titles)}: {pricing}" for pricing, titles in by_pricing.items())
    return f"{said}."


def _other_rivals(grouped: Iterable[Reading], names: Names) -> str:
    """What the table leaves out; studies from before two of these were counted lack them too."""
    missing = ["smaller DNNs"]
    if not any(reading.accounting == "tabulated" for reading in grouped):
        missing.insert(0, "a DNN whose first layer is tabulated")
    if not any(table.get("reuse", "none") != "none" for table in names.cost_tables.values()):
        missing.insert(0, "a DNN that reads each weight once a text")
    return f"Not in this table: {', '.join(missing)}; docs/energy.md says what is known of them."


def _dearer(grouped: Mapping[Reading, Mapping[str, Any]], names: Names) -> list[str]:
    """Which spiking classifiers cost more than their DNN, and where."""
    said = []
    for reading, by_table in grouped.items():
        worse = [names.cost_title(table) for table, row in by_table.items() if row["factor"] < 1]
        if worse and reading.steps is not None:
            said.append(f"{reading.label} under {', '.join(worse)}")
    if said:
        return [f"More energy than {RIVAL} needs each of: {'; '.join(said)}.", _other_rivals(grouped, names)]
    if not any(reading.steps is not None for reading in grouped):
        return []
    return [f"No spiking classifier in this table costs more than {RIVAL}.", _other_rivals(grouped, names)]
