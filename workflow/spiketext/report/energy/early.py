"""What a spiking network reaches when it is read out early, beside a quantised DNN of as many bits.

A neuron that fires at most once a step says after T steps one of T + 1 numbers, for which ⌈log₂(T+1)⌉ bits
are enough (Yan et al., arXiv 2409.08290). The rival is the same network with activations of so many bits,
trained for at least as many epochs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spiketext.config.networks import SIGNED
from spiketext.config.stages import STAGES
from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Table
from spiketext.report.energy.readings import SKIPPING, Reading, ratio_of
from spiketext.report.estimates import Estimate, geometric_mean_over_datasets
from spiketext.report.names import Series, full_precision, steps_cell
from spiketext.report.study import Study

NONE = "–"
Definitions = Mapping[str, Mapping[str, Any]]  # of methods, by name


def bits_at(steps: int, signed: bool = False) -> int:
    """⌈log₂(T+1)⌉, of neurons that send spikes of either sign ⌈log₂(2T+1)⌉."""
    return (2 * steps if signed else steps).bit_length()


def bits_of(definition: Mapping[str, Any]) -> int | None:
    """Bits of the activations of a method's DNN; None: full precision."""
    levels = definition["network"].get("levels")
    return None if levels is None else bits_at(levels, _signed(definition))


def _signed(definition: Mapping[str, Any]) -> bool:
    return definition["network"].get("kind") in SIGNED


def epochs_of(method: str, methods: Definitions) -> int:
    """Epochs for which a method's DNN was trained, those of the DNN with which it began among them."""
    training = methods[method]["training"]
    start = training.get("start")
    return int(training["epochs"]) + (epochs_of(start, methods) if start else 0)


def rival(methods: Definitions, study: Study, series: Series, steps: int) -> Series | None:
    """The quantised DNN to compare a spiking stage of a DNN after T steps with; None: the study has none.

    Of several its own comes first, then one whose inputs are rounded as those of its own are, then one that
    minimises the same; then the one that was trained the least.
    """
    stage = STAGES[series.stage]
    if not stage.of_dnn and stage.source is None:
        return None  # trained without a DNN: none is the same network
    own = study.dnn_of(series).method
    network, full = methods[own]["network"], full_precision(own, methods)
    epochs = epochs_of(own, methods)
    if stage.trained:
        epochs += (methods[series.method].get("finetuning") or {"epochs": 0})["epochs"]

    def order(one: Series) -> tuple[Any, ...]:
        other = methods[one.method]
        inputs = other["network"].get("quantised_inputs") != network.get("quantised_inputs")
        minimised = other["training"]["objective"] != methods[own]["training"]["objective"]
        return one.method != own, inputs, minimised, epochs_of(one.method, methods)

    found = [
        one
        for one in study.series()
        if one.is_dnn
        and bits_of(methods[one.method]) == bits_at(steps, _signed(methods[own]))
        and full is not None
        and full_precision(one.method, methods) == full
        and epochs_of(one.method, methods) >= epochs
    ]
    return min(found, key=order, default=None)


def early_table(settings: Mapping[str, Any], studies: Sequence[Study]) -> Table:
    """A row for each spiking stage and T, then the quantised DNNs; no rows where the study has none of these.

    Args:
        settings: from `names.used_settings`.
        studies: of one data set, or of several, over which it averages.
    """
    first, methods = studies[0], settings["define"]["methods"]
    dnns = [one for one in first.series() if one.is_dnn and bits_of(methods[one.method]) is not None]
    rows = []
    if dnns:
        for series in (one for one in first.series() if one.spiking):
            rows += [_cells(methods, studies, series, t) for t in first.steps(series) if t is not None]
        rows += [_of_dnn(methods, studies, one) for one in dnns]
    columns = [
        "classifier", "T", "accuracy, %", "energy, µJ", "bits", "quantised DNN of as many bits",
        "its accuracy, %", "minus it, points", "energy over its, zeros skipped",
    ]  # fmt: skip
    notes = [
        "Bits: ⌈log₂(T+1)⌉, of neurons that send spikes of either sign ⌈log₂(2T+1)⌉, as many as the "
        "activations of the quantised DNN beside it have; that is the same "
        "network, trained for as many epochs as the spiking one in all stages, or for more; a dash: the "
        "study has none. Of the quantised DNNs below, energies are those on hardware that skips products "
        "with zero.",
        "Both are compared on the same texts. A lossless network reaches its own quantised DNN once it has "
        "settled; before that it is read out early.",
    ]
    where = first.title if len(studies) == 1 else f"the mean of {len(studies)} data sets"
    return Table(f"Reading out early on {where}: {STATEMENT}", columns, rows, 1, notes)


def _cells(methods: Definitions, studies: Sequence[Study], series: Series, steps: int) -> list[str]:
    own = Reading(series, steps, series.accounting)
    cells = [series.label, steps_cell(steps), own.accuracy(studies).text(), _energy(own, studies)]
    bits = str(bits_at(steps, _signed(methods[studies[0].dnn_of(series).method])))
    other = rival(methods, studies[0], series, steps)
    if other is None:
        return [*cells, bits, NONE, NONE, NONE, NONE]
    against = Reading(other, None, other.accounting)
    away = own.difference(studies, against)
    ratios = [
        ratio_of(one.energies(series, steps), one.energies(other, None, accounting=SKIPPING))
        for one in studies
    ]
    known: list[Estimate] = [one for one in ratios if one is not None]
    ratio = geometric_mean_over_datasets(known).brackets(1, 2) if len(known) == len(studies) else NONE
    return [
        *cells, bits, other.label, against.accuracy(studies).text(), away.text(), ratio,
    ]  # fmt: skip


def _of_dnn(methods: Definitions, studies: Sequence[Study], series: Series) -> list[str]:
    own = Reading(series, None, series.accounting)
    skipping = Reading(series, None, SKIPPING)
    cells = [series.label, NONE, own.accuracy(studies).text(), _energy(skipping, studies)]
    return [*cells, str(bits_of(methods[series.method])), NONE, NONE, NONE, NONE]


def _energy(reading: Reading, studies: Sequence[Study]) -> str:
    return reading.energy(studies).brackets(1, 3) if reading.priced(studies) else NONE
