"""Accuracy against energy: the anytime read-out of every classifier, and the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.report import style
from spiketext.report.energies import Reading, anytime
from spiketext.report.energy_charts import title
from spiketext.report.estimates import Estimate, interval_in_words
from spiketext.report.study import Study


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
