"""The figures: accuracy against T, firing rates and attacks of a data set; accuracy on all data sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.networks.titles import title as layer_title
from spiketext.report import energy_charts, style
from spiketext.report.estimates import (
    Estimate,
    interval_in_words,
    number,
    proportion,
)
from spiketext.report.names import Series, recipe_title, sizes_in_words
from spiketext.report.overview import Comparison
from spiketext.report.published import system_of
from spiketext.report.study import Study
from spiketext.report.summary import comparison_frame

PANELS = 4  # in a row
LINES = ("--", ":", "-.")


def overview_chart(*studies: Study) -> Figure:
    """A panel for each data set and for the mean; a line for each classifier."""
    rows = Comparison(comparison_frame(studies), studies[0].names)
    columns = min(PANELS, len(rows.datasets))
    lines = math.ceil(len(rows.datasets) / columns)
    size = (3.0 + 1.75 * columns, 1.2 + lines * (0.7 + 0.26 * len(rows.series)))
    figure = Figure(figsize=size, layout="constrained")
    panels = list(figure.subplots(lines, columns, sharey=True, squeeze=False).flat)
    for axes, (dataset, title) in zip(panels, rows.datasets.items(), strict=False):
        axes.set_title(title, fontsize=10)
        _panel(axes, rows, dataset)
    for axes in panels[len(rows.datasets) :]:
        axes.set_visible(False)
    labels = [rows.label(series) for series in rows.series]
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].invert_yaxis()
    note = (
        f"test accuracy, %, each panel with its own scale; bars: {interval_in_words(rows.seeds)}; dashed and "
        "dotted lines: published"
    )
    style.frame(figure, panels[0], "Test accuracy on all data sets", note)
    return figure


def _panel(axes: Axes, rows: Comparison, dataset: str) -> None:
    drawn: set[str] = set()
    for place, series in enumerate(rows.series):
        row = rows.cells[dataset, series.method, series.stage]
        own, low, high = (100 * row[name] for name in ("mean", "low", "high"))
        colour = _colour(rows, series)
        errors = [[own - low], [high - own]]
        axes.errorbar(own, place, xerr=errors, fmt="o", color=colour, markersize=4.5, capsize=2.5)
        system = system_of(series)
        if system is not None and row["published"] is not None and system["title"] not in drawn:
            line = LINES[len(drawn) % len(LINES)]
            label = f"{system['title']}, published"
            axes.axvline(100 * row["published"], color=colour, linestyle=line, linewidth=1.2, label=label)
            drawn.add(system["title"])
    axes.grid(axis="y", visible=False)


def _colour(rows: Comparison, series: Series) -> str:
    """Grey for DNNs, another colour for each spiking method."""
    if not series.spiking:
        return style.GREY
    spiking = list(dict.fromkeys(one.method for one in rows.series if one.spiking))
    return style.colour(spiking.index(series.method))


CLEAN, AFTER = style.SKY, style.VERMILLION


def _texts(sizes: Sequence[int]) -> str:
    return f"n = {sizes_in_words(sizes)} test texts"


def accuracy_chart(study: Study) -> Figure:
    """Test accuracy against the number of steps; DNNs and the majority class are levels."""
    series = study.series()
    figure = Figure(figsize=(6.6, 3.8 + 0.1 * len(series)), layout="constrained")  # the legend's rows
    axes = figure.subplots()
    spiking = [one for one in series if one.spiking]
    shown: set[int] = set()
    for i, one in enumerate(spiking):
        steps = [t for t in study.steps(one) if t is not None]
        shown |= set(steps)
        points = [study.test_accuracy(one, t) for t in steps]
        values = [100 * point.value for point in points]
        axes.plot(steps, values, color=style.colour(i), marker=style.marker(i), label=one.label, zorder=3)
        low, high = _bounds(points)
        axes.fill_between(steps, low, high, color=style.colour(i), alpha=0.18, linewidth=0)
    dashes = ["-", "--", "-.", (0, (5, 1)), (0, (1, 1))]
    for i, one in enumerate(one for one in series if not one.spiking):
        level = 100 * study.test_accuracy(one, None).value
        line = dashes[i % len(dashes)]
        axes.axhline(level, color=style.BLACK if i % 2 else style.GREY, linestyle=line, label=one.label)
    majority = study.majority()
    axes.axhline(100 * majority.value, color=style.PURPLE, linestyle=":", label="majority class")
    if shown:
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted(shown), [str(t) for t in sorted(shown)])
        axes.minorticks_off()
    else:
        axes.set_xticks([])
    axes.set_xlabel("number of time steps T (logarithmic)")
    axes.set_ylabel("test accuracy, %")
    note = f"{_texts(study.test_sizes())}; band: {interval_in_words(len(study.seeds()))}"
    style.frame(figure, axes, f"{study.title}: accuracy against T", note)
    return figure


def _bounds(points: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    low = [100 * (point.value - point.errors[0]) for point in points]
    high = [100 * (point.value + point.errors[1]) for point in points]
    return low, high


def firing_chart(study: Study) -> Figure:
    """Firing rate, dead and saturated neurons of each layer."""
    series = [one for one in study.series() if one.spiking]
    rates = {one: _layers(study, one) for one in series}
    names = list(dict.fromkeys(name for layers in rates.values() for name in layers))
    figure = Figure(
        figsize=(7.4, 1.3 + 0.32 * len(names) * len(series) + 0.3 * len(names)), layout="constrained"
    )
    panels = figure.subplots(1, 3, sharey=True)
    shown = (
        ("rate", 1.0, "firing rate,\nspikes per neuron and step", 3),
        ("dead", 100.0, "dead neurons,\n% of the layer", 1),
        ("saturated", 100.0, "saturated neurons,\n% of the layer", 1),
    )
    for axes, (key, scale, label, digits) in zip(panels, shown, strict=True):
        for i, one in enumerate(series):
            places = [n for n, name in enumerate(names) if name in rates[one]]
            values = [scale * rates[one][names[n]][key] for n in places]
            _bars(axes, places, values, i, len(series), style.colour(i), one, study, digits)
        axes.set_xlabel(label)
        axes.grid(axis="y", visible=False)
        axes.set_xlim(0, 1.3 * max(axes.get_xlim()[1], 0.01 * scale))
    panels[0].set_yticks(range(len(names)), [layer_title(name) for name in names])
    panels[0].invert_yaxis()
    note = (
        f"{_texts(study.test_sizes())}, {study.seeds_in_words}; dead: never fires on the test set; "
        "saturated: fires at every step"
    )
    style.frame(figure, panels[0], f"{study.title}: spikes of each layer", note)
    return figure


def _layers(study: Study, series: Series) -> dict[str, dict[str, float]]:
    """Figures of each layer, averaged over seeds."""
    found = study.of("layers", series).groupby("layer", sort=False)[["rate", "dead", "saturated"]]
    return {str(name): dict(means) for name, means in found.mean().iterrows()}


def _bars(
    axes: Axes,
    places: list[int],
    values: list[float],
    index: int,
    of: int,
    colour: str,
    series: Series,
    study: Study,
    digits: int,
) -> None:
    """Horizontal bars of one series, with their values written beside them."""
    height = 0.8 / of
    centres = np.asarray(places) + height * (index - (of - 1) / 2)
    label = series.at(study.detailed_steps(series))
    bars = axes.barh(centres, values, height * 0.9, color=colour, label=label)
    axes.bar_label(bars, [number(value, digits) for value in values], padding=3, fontsize=8)


def attack_chart(study: Study) -> Figure:
    """Accuracy before and after each attack, DNN beside SNN."""
    attacks = list(study.attacked())
    figure = Figure(figsize=(6.6, 1.5 + 0.75 * len(attacks)), layout="constrained")
    axes = figure.subplots()
    labels = []
    for i, (recipe, series, rows) in enumerate(attacks):
        labels.append(f"{recipe_title(recipe)}\n{series.label}")
        for shift, key, colour, name in (
            (-0.19, "clean_accuracy", CLEAN, "before the attack"),
            (0.19, "after_attack_accuracy", AFTER, "after the attack"),
        ):
            estimate = proportion(list(rows[key]), list(rows["n"]))
            errors = np.array(estimate.errors)[:, None] * 100
            bar = axes.barh(
                i + shift, 100 * estimate.value, 0.36, color=colour, label=None if i else name,
                xerr=errors, error_kw={"capsize": 2.5, "elinewidth": 1},
            )  # fmt: skip
            axes.bar_label(bar, [number(100 * estimate.value, 1)], label_type="edge", padding=4, fontsize=8)
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 108)
    axes.set_xticks(range(0, 101, 20))
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("accuracy on the attacked texts, %")
    sizes = sorted(study.attacks["n"].unique())
    note = f"{_texts(sizes)} each; whiskers: {interval_in_words(len(study.seeds()))}"
    style.frame(figure, axes, f"{study.title}: accuracy under attack", note)
    return figure


CHARTS: dict[str, Callable[..., Figure]] = {
    "accuracy": accuracy_chart,
    "firing-rates": firing_chart,
    "energy": energy_charts.terms_chart,
    "energy-tables": energy_charts.tables_chart,
    "break-even": energy_charts.break_even_chart,
    "pareto": energy_charts.pareto_chart,
    "attack": attack_chart,
    "overview": overview_chart,
}


def draw(path: Path, studies: Sequence[Study]) -> None:
    """Draw the one of `CHARTS` that the file is named after, of one data set or of several together."""
    with style.settings():
        style.save(CHARTS[path.stem](*studies), path)
