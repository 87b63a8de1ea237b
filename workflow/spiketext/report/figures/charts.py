"""The figures: accuracy against T, firing rates of a data set; accuracy on all data sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.networks.titles import title as layer_title
from spiketext.report.energy.readings import Reading
from spiketext.report.estimates import Estimate, interval_in_words, number, significant
from spiketext.report.figures import energy_charts, style
from spiketext.report.figures.attack_chart import attack_chart, queries_chart
from spiketext.report.figures.attack_curves import attack_curves
from spiketext.report.figures.fronts_chart import fronts_chart
from spiketext.report.figures.robustness_chart import robustness_chart
from spiketext.report.figures.systems_chart import systems_chart
from spiketext.report.names import Series, sizes_in_words
from spiketext.report.outcome import classifiers
from spiketext.report.overview import Comparison
from spiketext.report.published import system_of
from spiketext.report.study import Study
from spiketext.report.summary import comparison_frame

PANELS = 4  # data sets in a row


def overview_chart(*studies: Study) -> Figure:
    """A panel for each data set and for the mean; a row for each classifier."""
    rows = Comparison(comparison_frame(studies), studies[0].names)
    height = 0.6 + 0.24 * len(rows.series)
    figure, panels = style.grid(len(rows.datasets), PANELS, height, sharey=True)
    for axes, (dataset, title) in zip(panels, rows.datasets.items(), strict=True):
        axes.set_title(title, fontsize=10)
        _panel(axes, rows, studies[0], dataset)
    style.rows(panels, [rows.label(series) for series in rows.series])
    note = (
        f"test accuracy, %, each panel with its own scale; bars: {interval_in_words(rows.seeds)}; dashed "
        "lines: published accuracies of the method of their colour"
    )
    style.frame(figure, "Test accuracy on all data sets", note)
    return figure


def _panel(axes: Axes, rows: Comparison, study: Study, dataset: str) -> None:
    drawn: set[str] = set()
    for place, series in enumerate(rows.series):
        row = rows.cells[dataset, series.method, series.stage]
        look = style.look(study.names, series)
        # No interval where all seeds are alike, as always guessing one class is on a fixed test set.
        ends = [100 * abs(row[end] - row["mean"]) for end in ("low", "high") if pd.notna(row[end])]
        errors = [[end] for end in ends] or None
        axes.errorbar(100 * row["mean"], place, xerr=errors, markersize=4.5, capsize=2.5, **look)
        system = system_of(series)
        if system is not None and row["published"] is not None and system["title"] not in drawn:
            axes.axvline(100 * row["published"], color=look["color"], linestyle="--", linewidth=1.2)
            drawn.add(system["title"])
    axes.grid(axis="y", visible=False)


def _texts(sizes: Sequence[int]) -> str:
    return f"n = {sizes_in_words(sizes)} test texts"


def brief_chart(*studies: Study) -> Figure:
    """What the report answers first: accuracy and energy, a row for each method's last stage."""
    first = studies[0]
    readings = [Reading(series, steps, series.accounting) for series, steps in classifiers(first)]
    priced = [one for one in readings if one.priced(studies)]
    figure, panels = style.grid(2 if priced else 1, 2, 0.7 + 0.3 * len(readings), sharey=True)
    for place, one in enumerate(readings):
        look = style.look(first.names, one.series)
        own = one.accuracy(studies)
        errors = [[100 * error] for error in own.errors]
        panels[0].errorbar(100 * own.value, place, xerr=errors, capsize=2.5, **look)
        if one in priced:
            energy = one.energy(studies)
            errors = [[error] for error in energy.errors]
            panels[1].errorbar(energy.value, place, xerr=errors, capsize=2.5, **look)
            panels[1].annotate(
                significant(energy.value), (energy.value, place), (0, 6), textcoords="offset points",
                ha="center", fontsize=7.5,
            )  # fmt: skip
    majority = 100 * sum(own.majority().value for own in studies) / len(studies)
    panels[0].axvline(majority, color=style.GREY, linestyle=":", linewidth=1)
    panels[0].set_xlabel("test accuracy, %")
    if priced:
        panels[1].set_xscale("log")
        style.logarithmic(panels[1].xaxis)
        panels[1].margins(x=0.12)
        panels[1].set_xlabel(f"energy of one text, µJ (logarithmic)\n({STATEMENT})")
    style.rows(panels, [one.label for one in readings])
    note = (
        f"bars: {interval_in_words(len(first.seeds()))}; dotted: always guessing the most frequent class; "
        f"cost table {first.names.cost_title(first.cost_table)}"
    )
    style.frame(figure, f"{energy_charts.title(studies)}: the classifiers in brief", note)
    return figure


def accuracy_chart(study: Study) -> Figure:
    """Test accuracy against the number of steps; in the last panel what has no steps."""
    series = study.series()
    plain = [one for one in series if not one.spiking]
    dnns = {study.dnn_of(one) for one in series if one.spiking}
    groups = style.panels([one for one in series if one.spiking or one in dnns], lambda one: one.method)
    figure, panels = style.grid(len(groups) + 1, 3 if len(groups) > 1 else 2, 4.4, sharey=True)
    for axes, group in zip(panels, groups, strict=False):
        _curves(axes, study, group)
    _levels(panels[-1], study, plain)
    for axes in panels:
        axes.axhline(100 * study.majority().value, color=style.GREY, linestyle=":", linewidth=1, zorder=1)
        axes.tick_params(labelleft=True)
    panels[0].set_ylabel("test accuracy, %")
    note = (
        f"{_texts(study.test_sizes())}; bands and bars: {interval_in_words(len(study.seeds()))}; dashed: the "
        "DNN that a network was made from; dotted: always guessing the most frequent class"
    )
    style.frame(figure, f"{study.title}: accuracy against T", note)
    return figure


def _curves(axes: Axes, study: Study, group: Sequence[Series]) -> None:
    """Spiking stages against T, their DNNs as levels."""
    shown: set[int] = set()
    for one in group:
        look = style.look(study.names, one)
        steps = [t for t in study.steps(one) if t is not None]
        if not steps:
            level = 100 * study.test_accuracy(one, None).value
            axes.axhline(level, color=look["color"], linestyle="--", label=one.label)
            continue
        shown |= set(steps)
        points = [study.test_accuracy(one, t) for t in steps]
        axes.plot(
            steps, [100 * point.value for point in points], label=one.label, markersize=5, zorder=3, **look
        )
        axes.fill_between(steps, *_bounds(points), color=look["color"], alpha=0.15, linewidth=0)
    if shown:
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted(shown), [str(t) for t in sorted(shown)])
        axes.minorticks_off()
    axes.set_xlabel("number of time steps T (logarithmic)")
    style.legend(axes)


def _levels(axes: Axes, study: Study, plain: Sequence[Series]) -> None:
    """Classifiers that have no time steps, side by side."""
    for place, one in enumerate(plain):
        own = study.test_accuracy(one, None)
        errors = [[100 * error] for error in own.errors]
        look = style.look(study.names, one)
        axes.errorbar(place, 100 * own.value, yerr=errors, markersize=5, capsize=2.5, **look)
    labels = [one.label for one in plain]
    axes.set_xticks(range(len(plain)), labels, rotation=45, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_xlim(-0.6, len(plain) - 0.4)
    axes.grid(axis="x", visible=False)
    axes.set_title("without time steps", loc="left", fontsize=9)


def _bounds(points: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    low = [100 * (point.value - point.errors[0]) for point in points]
    high = [100 * (point.value + point.errors[1]) for point in points]
    return low, high


def firing_chart(study: Study) -> Figure:
    """Firing rate, dead and saturated neurons of each layer."""
    groups = style.panels([one for one in study.series() if one.spiking], lambda one: one.method)
    layers = {one: _layers(study, one) for group in groups for one in group}
    names = list(dict.fromkeys(name for found in layers.values() for name in found))
    height = 0.75 + len(names) * (0.3 + 0.17 * max(map(len, groups))) + 0.2 * max(map(len, groups))
    figure, panels = style.grid(3 * len(groups), 3, height, sharey=True)
    shown = (
        ("rate", 1.0, "firing rate,\nspikes per neuron and step", 3),
        ("dead", 100.0, "dead neurons,\n% of the layer", 1),
        ("saturated", 100.0, "saturated neurons,\n% of the layer", 1),
    )
    for start, group in zip(range(0, len(panels), 3), groups, strict=True):
        for axes, (key, scale, label, digits) in zip(panels[start : start + 3], shown, strict=True):
            for i, one in enumerate(group):
                shift = 0.8 * ((i + 0.5) / len(group) - 0.5)
                found = {
                    n: scale * layers[one][name][key] for n, name in enumerate(names) if name in layers[one]
                }
                _dots(
                    axes,
                    found,
                    shift,
                    style.look(study.names, one),
                    one.at(study.detailed_steps(one)),
                    digits,
                )
            axes.set_xlabel(label)
            axes.set_xlim(0, 1.35 * max(*axes.get_xlim(), 0.01 * scale))
        style.legend(panels[start])
    style.rows(panels, [layer_title(name) for name in names])
    note = (
        f"{_texts(study.test_sizes())}, {study.seeds_in_words}; dead: never fires on the test set; "
        "saturated: fires at every step"
    )
    style.frame(figure, f"{study.title}: spikes of each layer", note)
    return figure


def _layers(study: Study, series: Series) -> dict[str, dict[str, float]]:
    """Figures of each layer, averaged over seeds."""
    found = study.of("layers", series).groupby("layer", sort=False)[["rate", "dead", "saturated"]]
    return {str(name): dict(means) for name, means in found.mean().iterrows()}


def _dots(
    axes: Axes, values: dict[int, float], shift: float, look: dict[str, Any], label: str, digits: int
) -> None:
    """One series: a dot in each row, its value beside it."""
    places = [place + shift for place in values]
    axes.plot(
        list(values.values()), places, linestyle="none", markersize=5, label=label, clip_on=False, **look
    )
    for place, value in zip(places, values.values(), strict=True):
        axes.annotate(
            number(value, digits), (value, place), (6, 0), textcoords="offset points", va="center", fontsize=8
        )


CHARTS: dict[str, Callable[..., Figure]] = {
    "brief": brief_chart,
    "accuracy": accuracy_chart,
    "firing-rates": firing_chart,
    "energy": energy_charts.terms_chart,
    "energy-tables": energy_charts.tables_chart,
    "break-even": energy_charts.break_even_chart,
    "pareto": energy_charts.pareto_chart,
    "fronts": fronts_chart,
    "attack": attack_chart,
    "attack-queries": queries_chart,
    "robustness": robustness_chart,
    "overview": overview_chart,
    "attack-curves": attack_curves,
    "systems": systems_chart,
}


def draw(path: Path, studies: Sequence[Study]) -> None:
    """Draw the one of `CHARTS` that the file is named after, of one data set or of several together."""
    with style.settings():
        style.save(CHARTS[path.stem](*studies), path)
