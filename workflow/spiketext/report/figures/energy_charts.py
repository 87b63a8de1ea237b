"""The figures of energies: by term, under every cost table, the break-even, accuracy against energy."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.report.energy.readings import (
    Reading,
    anytime,
    break_even,
    detailed,
    is_reference,
    parts,
    shares_first_synapses,
    spikes_per_value,
    terms_in_order,
)
from spiketext.report.estimates import Estimate, interval_in_words, number, significant
from spiketext.report.figures import style
from spiketext.report.names import Series
from spiketext.report.study import Study

MOST_BARS = 24
Point = tuple[Reading, Estimate, Estimate]  # its energy and accuracy


def title(studies: Sequence[Study]) -> str:
    """The data set, or that it is the mean of several."""
    return studies[0].title if len(studies) == 1 else f"Mean of {len(studies)} data sets"


def terms_chart(study: Study) -> Figure:
    """Energy of a sentence under the main cost table, and the share of each term in it."""
    readings = _bars(study)
    spents = [study.spent(one.series, one.steps, accounting=one.accounting) for one in readings]
    by_term = [parts(spent) for spent in spents]
    totals = [sum(found.values()) for found in by_term]
    terms = [term for term in terms_in_order(spents) if any(found.get(term) for found in by_term)]
    figure, (energies, shares) = style.grid(2, 2, 1.4 + 0.26 * len(readings), sharey=True)
    for place, (reading, total) in enumerate(zip(readings, totals, strict=True)):
        colour = style.look(study.names, reading.series)["color"]
        energies.barh(
            place, total, 0.62, edgecolor=colour, color=colour if reading.usual else "white", linewidth=1
        )
        ratio, own = reading.ratio([study]), is_reference(study, reading)
        beside = "" if own or ratio is None else f", {significant(ratio.value)} ×"
        energies.annotate(
            f"{significant(total)} µJ{beside}", (total, place), (4, 0), textcoords="offset points",
            va="center", fontsize=8, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
        if own:
            energies.axvline(total, color=style.BLACK, linestyle="--", linewidth=1, zorder=0.5)
    energies.set_xlim(0, 1.75 * max(totals))
    energies.set_xlabel(f"energy of one sentence, µJ\n({STATEMENT})")
    found = [
        [100 * one.get(term, 0.0) / all_ for term in terms] for one, all_ in zip(by_term, totals, strict=True)
    ]
    _shares(shares, np.array(found), [name for _, name in terms])
    style.rows([energies], [one.label for one in readings])
    cost = study.names.cost_title(study.cost_table)
    note = (
        f"whole test set, {study.seeds_in_words}; cost table {cost}; dashed: a dense DNN, ×: energy over "
        "that of a classifier's own; hollow: operations counted otherwise than is usual for it"
    )
    style.frame(figure, f"{study.title}: energy by term", note)
    return figure


def _shares(axes: Axes, shares: np.ndarray, terms: Sequence[str]) -> None:
    """A cell for each classifier and term, the darker the more of the energy it is."""
    edges = [np.arange(size + 1) - 0.5 for size in reversed(shares.shape)]
    axes.pcolormesh(*edges, shares, cmap="Greys", vmin=0, vmax=180)
    for (row, column), share in np.ndenumerate(shares):
        if share > 0:
            said = "< 1" if share < 0.5 else number(share, 0)
            axes.text(column, row, said, ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(terms)), terms, rotation=45, ha="right", rotation_mode="anchor", fontsize=8.5)
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False)
    axes.set_title("share of each term, %", loc="left", fontsize=9)


def _bars(study: Study) -> list[Reading]:
    """Every T where that gives a figure of moderate height, else that of the detailed figures."""
    every = [
        Reading(series, steps, accounting)
        for series in study.series()
        for accounting in study.accountings(series)
        for steps in study.energy_steps(series)
    ]
    return every if len(every) <= MOST_BARS else detailed(study)


def tables_chart(*studies: Study) -> Figure:
    """Energy over that of the dense DNN: a panel for each cost table, a row for each classifier."""
    first = studies[0]
    readings = [one for one in detailed(first) if not is_reference(first, one)]
    tables = list(first.names.cost_tables)
    figure, panels = style.grid(len(tables), 3, 0.8 + 0.24 * len(readings), sharex=True, sharey=True)
    for axes, table in zip(panels, tables, strict=True):
        axes.set_title(textwrap.fill(first.names.cost_title(table), 24), loc="left", fontsize=9)
        for place, one in enumerate(readings):
            ratio = one.ratio(studies, table)
            if ratio is not None:
                errors = np.array(ratio.errors)[:, None]
                axes.errorbar(ratio.value, place, xerr=errors, markersize=5, capsize=2, **_look(first, one))
        axes.axvline(1, color=style.BLACK, linestyle="--", linewidth=1, zorder=0.5)
    panels[0].set_xscale("log")
    low, high = panels[0].get_xlim()
    low, high = min(low, 0.5), max(high, 2.0)
    for axes in panels:
        axes.axvspan(1, high, color=style.GREY, alpha=0.1, linewidth=0, zorder=0)
        axes.set_xlim(low, high)
        style.logarithmic(axes.xaxis)
        axes.grid(axis="y", visible=False)
    style.rows(panels, [one.label for one in readings])
    note = (
        f"{STATEMENT}; energy over that of the dense DNN, logarithmic; {_mean(studies)}; dashed: the dense "
        "DNN, shaded: costs more than it; hollow: operations counted otherwise than is usual for a classifier"
    )
    style.frame(figure, f"{title(studies)}: energy by cost table", note)
    return figure


def _look(study: Study, reading: Reading) -> dict[str, Any]:
    """As its stage; hollow where operations are counted otherwise than is usual for it."""
    look = style.look(study.names, reading.series)
    return look | {"markerfacecolor": look["color"] if reading.usual else "white"}


def _mean(studies: Sequence[Study]) -> str:
    seeds = len(studies[0].seeds())
    over = ["data sets"] * (len(studies) > 1) + [f"{seeds} seeds"] * (seeds > 1)
    mean = f"geometric mean over {' and '.join(over)}" if over else "one seed"
    return mean + ("; bars: 95 % t-interval over seeds" if seeds > 1 else "")


def break_even_chart(study: Study) -> Figure:
    """Energy ratio against T·r: the line of each cost table, and the measured points of the main one."""
    points = {one: found for one in study.series() if one.spiking and (found := _points(study, one))}
    groups = style.panels(list(points), lambda one: one.method) or [[]]
    figure, panels = style.grid(len(groups), 2, 4.4, sharex=True, sharey=True)
    levels: dict[float, list[str]] = {}
    for table in study.names.cost_tables:
        level = break_even(study, table)
        if level is not None:
            levels.setdefault(level, []).append(table)
    sent = [place for found in points.values() for place, _ in found]
    places = [*sent, *levels] or [1.0]  # nothing to show: currents go in, and memory has a price
    ends = np.array([0.5 * min(places), 2 * max(places)])
    for axes, group in zip(panels, groups, strict=True):
        for level, tables in levels.items():
            _break_even_line(axes, study, ends, level, tables)
        for series in group:
            errors = np.array([ratio.errors for _, ratio in points[series]]).T
            axes.errorbar(
                [place for place, _ in points[series]], [ratio.value for _, ratio in points[series]],
                yerr=errors, capsize=2, markersize=5, linewidth=0.8, label=series.label, zorder=3,
                **style.look(study.names, series),
            )  # fmt: skip
        axes.axhline(1, color=style.GREY, linewidth=1, zorder=0.5)
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            style.logarithmic(axis)
        axes.set_xlabel("T·r: input spikes per input value (logarithmic)")
        style.legend(axes)
    panels[0].set_ylabel("energy over that of the dense DNN\n(logarithmic)")
    cost = study.names.cost_title(study.cost_table)
    note = (
        f"{STATEMENT}, {study.seeds_in_words}; points: all terms that are counted, cost table {cost}, one "
        "for each T; grey lines: synapses of the first layer alone, E_AC / E_MAC times T·r, each with the "
        "cost tables that it is of and the T·r of its break-even; broad: the main one"
    )
    style.frame(figure, f"{study.title}: break-even", note)
    return figure


def _points(study: Study, series: Series) -> list[tuple[float, Estimate]]:
    """T·r and energy ratio of a stage at each T; none where its input is no spikes or reaches
    other synapses than in the DNN.
    """
    found = []
    for steps in study.energy_steps(series):
        rate = None if steps is None else spikes_per_value(study, series, steps)
        ratio = study.energy_ratio(series, steps)
        if rate is not None and ratio is not None and shares_first_synapses(study, series, steps):
            found.append((rate.value, ratio))
    return found


def _break_even_line(axes: Axes, study: Study, ends: np.ndarray, level: float, tables: Sequence[str]) -> None:
    """The line of cost tables that agree, named where it crosses 1."""
    main = study.cost_table in tables
    colour, width = (style.DARK, 1.8) if main else (style.LIGHT, 1)
    name = f"{', '.join(map(study.names.cost_title, tables))}: {significant(level)}"
    axes.plot(ends, ends / level, color=colour, linewidth=width, zorder=1, label=f"_{name}")
    axes.annotate(
        textwrap.fill(name, 40), (level, 1), (0, -6), textcoords="offset points", rotation=90, va="top",
        ha="center", fontsize=7, color=style.DARK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        zorder=2,
    )  # fmt: skip


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of the points that no other one beats, from the cheapest to the most accurate.

    A point is beaten by one that costs no more and is no less accurate, and better in one of the two; of
    equal points the first stands for all.

    Args:
        points: energy and accuracy of each.
    """
    best = float("-inf")
    found = []
    for place in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if points[place][1] > best:
            best = points[place][1]
            found.append(place)
    return found


def pareto_chart(*studies: Study) -> Figure:
    """Accuracy against energy under the main cost table: a line for each spiking stage, a point each DNN."""
    first = studies[0]
    priced = ([one for one in line if one.priced(studies)] for line in anytime(first))
    lines = [[(one, one.energy(studies), one.accuracy(studies)) for one in line] for line in priced if line]
    drawn = [point for line in lines for point in line]
    groups = style.panels(lines, lambda line: line[0][0].series.method)
    figure, panels = style.grid(len(groups), 2, 3.4, sharex=True, sharey=True)
    for axes, group in zip(panels, groups, strict=True):
        for line in lines:
            _line(axes, first, line, grey=line not in group)
        _front(axes, drawn)
        axes.set_xscale("log")
        style.logarithmic(axes.xaxis)
        style.legend(axes)
    figure.supylabel("test accuracy, %", fontsize=10)
    cost = first.names.cost_title(first.cost_table)
    several = "; energies: geometric mean over the data sets" if len(studies) > 1 else ""
    note = (
        f"energy of one sentence, µJ ({STATEMENT}; logarithmic), cost table {cost}; a line is one run read "
        "out after each number of steps, which stands beside the points of the front (broad); grey: what the "
        "other panels show; hollow: operations counted otherwise than is usual; bars: "
        f"{interval_in_words(len(first.seeds()))}{several}"
    )
    style.frame(figure, f"{title(studies)}: accuracy against energy", note)
    return figure


def _line(axes: Axes, study: Study, points: Sequence[Point], grey: bool) -> None:
    """One stage; without a name and its intervals where another panel shows it."""
    energies = [energy.value for _, energy, _ in points]
    accuracies = [100 * accuracy.value for _, _, accuracy in points]
    first = points[0][0]
    look = _look(study, first)
    if grey:
        look |= {"color": style.PALE, "markerfacecolor": style.PALE, "markeredgecolor": style.PALE}
        axes.plot(energies, accuracies, markersize=3.5, linewidth=1, zorder=0.8, **look)
        return
    axes.errorbar(
        energies,
        accuracies,
        xerr=np.array([energy.errors for _, energy, _ in points]).T,
        yerr=100 * np.array([accuracy.errors for _, _, accuracy in points]).T,
        markersize=5, linewidth=1.2, elinewidth=0.7, label=first.line, zorder=3, **look,
    )  # fmt: skip


def _front(axes: Axes, drawn: Sequence[Point]) -> None:
    """The front as steps, with the T of its points."""
    best = [drawn[place] for place in front([(energy.value, own.value) for _, energy, own in drawn])]
    energies = [energy.value for _, energy, _ in best]
    accuracies = [100 * accuracy.value for _, _, accuracy in best]
    reach = [*energies, max(energy.value for _, energy, _ in drawn)]
    axes.step(
        reach, [*accuracies, accuracies[-1]], where="post", color=style.GREY, linewidth=5, alpha=0.25,
        label="_Pareto front", zorder=1, solid_joinstyle="miter",
    )  # fmt: skip
    for (reading, _, _), energy, accuracy in zip(best, energies, accuracies, strict=True):
        if reading.steps is not None:
            text, place = str(reading.steps), (energy, accuracy)
            axes.annotate(text, place, (-3, 4), textcoords="offset points", ha="right", fontsize=7)
