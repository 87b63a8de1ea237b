"""The figures of energies: by term, under every cost table, the break-even, accuracy against energy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.report import style
from spiketext.report.energies import (
    Reading,
    Term,
    anytime,
    break_even,
    detailed,
    is_reference,
    parts,
    shares_first_synapses,
    spikes_per_value,
    terms_in_order,
)
from spiketext.report.estimates import Estimate, interval_in_words, significant
from spiketext.report.study import Study

# Of the terms of each role in their order; further ones are hatched.
COLOURS = {
    "input": (style.BLACK, style.SKY),
    "layer": (style.BLUE, style.ORANGE, style.GREEN, style.LIGHT),
    "neurons": (style.VERMILLION,),
    "bias": (style.PURPLE,),
    "memory": (style.GREY,),
}
HATCHES = ("", "///", "...", "xxx")
MOST_BARS = 24


def title(studies: Sequence[Study]) -> str:
    """The data set, or that it is the mean of several."""
    return studies[0].title if len(studies) == 1 else f"Mean of {len(studies)} data sets"


def terms_chart(study: Study) -> Figure:
    """Energy of a sentence by term under the main cost table: in µJ, and as shares of each whole."""
    readings = _bars(study)
    spents = [study.spent(one.series, one.steps, accounting=one.accounting) for one in readings]
    by_term = [parts(spent) for spent in spents]
    terms = {term: np.array([found.get(term, 0.0) for found in by_term]) for term in terms_in_order(spents)}
    totals = np.sum(list(terms.values()), axis=0)
    figure = Figure(figsize=(9.6, 1.9 + 0.28 * len(readings)), layout="constrained")
    energies, shares = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _stack(energies, terms)
    _stack(shares, {term: 100 * values / totals for term, values in terms.items()})
    background = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    for i, reading in enumerate(readings):
        ratio = reading.ratio([study])
        own = is_reference(study, reading)
        beside = "" if own or ratio is None else f", {significant(ratio.value)} × its DNN"
        energies.annotate(
            f"{significant(totals[i])} µJ{beside}", (totals[i], i), (4, 0), textcoords="offset points",
            va="center", fontsize=8, bbox=background,
        )  # fmt: skip
        if own:
            energies.axvline(totals[i], color=style.BLACK, linestyle="--", linewidth=1, zorder=0.5)
    energies.set_yticks(range(len(readings)), [one.label for one in readings])
    energies.invert_yaxis()
    energies.set_xlim(0, 1.75 * max(totals))
    energies.set_xlabel(f"energy of one sentence, µJ\n({STATEMENT})")
    shares.set_xlabel("share of each term, %")
    cost = study.names.cost_title(study.cost_table)
    note = f"whole test set, {study.seeds_in_words}; cost table {cost}; dashed: a dense DNN"
    style.frame(figure, energies, f"{study.title}: energy by term", note, 4)
    return figure


def _stack(axes: Axes, terms: Mapping[Term, np.ndarray]) -> None:
    """Bars side by side, one piece for each term that is not zero everywhere."""
    left = np.zeros(len(next(iter(terms.values()))))
    before: Counter[str] = Counter()  # terms of each role
    for (role, name), widths in terms.items():
        further, place = divmod(before[role], len(COLOURS[role]))
        if widths.any():
            axes.barh(
                range(len(left)), widths, 0.72, left=left, color=COLOURS[role][place], label=name,
                hatch=HATCHES[further % len(HATCHES)], edgecolor="white", linewidth=0,
            )  # fmt: skip
        before[role] += 1
        left += widths
    axes.grid(axis="y", visible=False)


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
    """Energy over that of the dense DNN under every cost table, a row for each classifier."""
    first = studies[0]
    readings = [one for one in detailed(first) if not is_reference(first, one)]
    tables = list(first.names.cost_tables)
    figure = Figure(figsize=(7.4, 2.1 + 0.5 * len(readings)), layout="constrained")
    axes = figure.subplots()
    for i, table in enumerate(tables):
        shift = 0.7 * ((i + 0.5) / len(tables) - 0.5)
        found = [(place + shift, one.ratio(studies, table)) for place, one in enumerate(readings)]
        known = [(place, ratio) for place, ratio in found if ratio is not None]
        if not known:
            continue
        values = [ratio.value for _, ratio in known]
        errors = np.array([ratio.errors for _, ratio in known]).T
        axes.errorbar(
            values, [place for place, _ in known], xerr=errors, fmt=style.marker(i), color=style.colour(i),
            markersize=5, capsize=2, linestyle="none", label=first.names.cost_title(table),
        )  # fmt: skip
    axes.set_xscale("log")
    axes.axvline(1, color=style.BLACK, linestyle="--", linewidth=1, zorder=0.5)
    low, high = axes.get_xlim()
    low, high = min(low, 0.5), max(high, 2.0)
    axes.axvspan(1, high, color=style.VERMILLION, alpha=0.07, linewidth=0, zorder=0)
    axes.set_xlim(low, high)
    style.logarithmic(axes.xaxis)
    axes.set_ylim(len(readings) - 0.5, -0.5)
    axes.set_yticks(range(len(readings)), [one.label for one in readings])
    for place in range(len(readings) - 1):
        axes.axhline(place + 0.5, color="#DDDDDD", linewidth=0.6, zorder=0)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"energy over that of the dense DNN, logarithmic\n({STATEMENT})")
    note = f"{_mean(studies)}; dashed: the dense DNN, shaded: costs more than it"
    style.frame(figure, axes, f"{title(studies)}: energy by cost table", note, 2)
    return figure


def _mean(studies: Sequence[Study]) -> str:
    seeds = len(studies[0].seeds())
    over = ["data sets"] * (len(studies) > 1) + [f"{seeds} seeds"] * (seeds > 1)
    mean = f"geometric mean over {' and '.join(over)}" if over else "one seed"
    return mean + ("; bars: 95 % t-interval over seeds" if seeds > 1 else "")


def break_even_chart(study: Study) -> Figure:
    """Energy ratio against T·r: the line of each cost table, and the measured points of the main one."""
    figure = Figure(figsize=(7.4, 5.2), layout="constrained")
    axes = figure.subplots()
    sent = _points(axes, study)
    found = {table: break_even(study, table) for table in study.names.cost_tables}
    levels = {table: level for table, level in found.items() if level is not None}
    ends = np.array([0.5 * min([*sent, *levels.values()]), 2 * max([*sent, *levels.values()])])
    for i, (table, level) in enumerate(levels.items()):
        main = table == study.cost_table
        name = f"{study.names.cost_title(table)}: T·r = {significant(level)}"
        colour, width, line = style.BLACK if main else style.GREY, 1.8 if main else 1, LINES[i % len(LINES)]
        axes.plot(ends, ends / level, color=colour, linewidth=width, linestyle=line, label=name, zorder=1)
        axes.plot([level], [1], marker="|", markersize=12, color=colour, zorder=2)
    axes.axhline(1, color=style.VERMILLION, linewidth=1, zorder=0.5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        style.logarithmic(axis)
    axes.set_xlabel("T·r: input spikes for each input value of a sentence (logarithmic)")
    axes.set_ylabel("energy over that of the dense DNN\n(logarithmic)")
    cost = study.names.cost_title(study.cost_table)
    note = (
        f"{STATEMENT}, {study.seeds_in_words}; points: all terms that are counted, cost table {cost}, one "
        "for each T; lines: synapses of the first layer alone, E_AC / E_MAC times T·r, with their break-even"
    )
    style.frame(figure, axes, f"{study.title}: break-even", note)
    return figure


LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))


def _points(axes: Axes, study: Study) -> list[float]:
    """Draw the measured points of every stage that the lines hold for; returns their T·r."""
    drawn: list[float] = []
    spiking = [one for one in study.series() if one.spiking]
    for i, series in enumerate(spiking):
        points = []
        for steps in study.energy_steps(series):
            rate = None if steps is None else spikes_per_value(study, series, steps)
            ratio = study.energy_ratio(series, steps)
            if rate is not None and ratio is not None and shares_first_synapses(study, series, steps):
                points.append((rate.value, ratio))
        if not points:
            continue
        places = [place for place, _ in points]
        errors = np.array([ratio.errors for _, ratio in points]).T
        axes.errorbar(
            places, [ratio.value for _, ratio in points], yerr=errors, color=style.colour(i), capsize=2,
            marker=style.marker(i), markersize=5, linewidth=0.8, label=series.label, zorder=3,
        )  # fmt: skip
        drawn += places
    return drawn


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
    lines = [line for line in anytime(first) if line]
    figure = Figure(figsize=(7.4, 4.6 + 0.1 * len(lines)), layout="constrained")
    axes = figure.subplots()
    series = list(dict.fromkeys(line[0].series for line in lines))
    drawn: list[tuple[Reading, Estimate, Estimate]] = []
    for line in lines:
        points = [(one, one.energy(studies), one.accuracy(studies)) for one in line]
        place = series.index(line[0].series)
        _line(axes, points, style.colour(place), style.marker(place))
        drawn += points
    _front(axes, drawn)
    axes.set_xscale("log")
    style.logarithmic(axes.xaxis)
    axes.set_xlabel(f"energy of one sentence, µJ ({STATEMENT}; logarithmic)")
    axes.set_ylabel("test accuracy, %")
    cost = first.names.cost_title(first.cost_table)
    several = "; energies: geometric mean over the data sets" if len(studies) > 1 else ""
    note = (
        f"cost table {cost}; a line is one run read out after each number of steps, which stands beside the "
        f"points of the front; bars: {interval_in_words(len(first.seeds()))}{several}"
    )
    style.frame(figure, axes, f"{title(studies)}: accuracy against energy", note)
    return figure


def _line(axes: Axes, points: Sequence[tuple[Reading, Estimate, Estimate]], colour: str, marker: str) -> None:
    """One stage; hollow where zeros are skipped."""
    first = points[0][0]
    axes.errorbar(
        [energy.value for _, energy, _ in points],
        [100 * accuracy.value for _, _, accuracy in points],
        xerr=np.array([energy.errors for _, energy, _ in points]).T,
        yerr=100 * np.array([accuracy.errors for _, _, accuracy in points]).T,
        color=colour, marker=marker, markersize=5, linewidth=1.2, elinewidth=0.7, label=first.line, zorder=3,
        markerfacecolor=colour if first.usual else "white",
    )  # fmt: skip


def _front(axes: Axes, drawn: Sequence[tuple[Reading, Estimate, Estimate]]) -> None:
    """The front as steps, with the T of its points."""
    best = [drawn[place] for place in front([(energy.value, own.value) for _, energy, own in drawn])]
    energies = [energy.value for _, energy, _ in best]
    accuracies = [100 * accuracy.value for _, _, accuracy in best]
    reach = [*energies, max(energy.value for _, energy, _ in drawn)]
    axes.step(
        reach, [*accuracies, accuracies[-1]], where="post", color=style.GREY, linewidth=5, alpha=0.3,
        label="Pareto front", zorder=1, solid_joinstyle="miter",
    )  # fmt: skip
    for (reading, _, _), energy, accuracy in zip(best, energies, accuracies, strict=True):
        if reading.steps is not None:
            text, place = str(reading.steps), (energy, accuracy)
            axes.annotate(text, place, (-3, 4), textcoords="offset points", ha="right", fontsize=7)
