"""The figure of spiking networks against the front of what does not spike, a panel for each memory model."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.report.energy.readings import Reading
from spiketext.report.energy.rivals import candidates, cost, mean_on_dev
from spiketext.report.estimates import interval_in_words
from spiketext.report.figures import style
from spiketext.report.figures.energy_charts import front, title
from spiketext.report.study import Study

OTHERS = ("does not spike", "their front")  # what is of no one classifier
MOST = style.MOST_SERIES - len(OTHERS)  # spiking networks


def fronts_chart(*studies: Study) -> Figure:
    """Accuracy against energy: grey what does not spike, with its front; coloured the best that spikes.

    The main cost table, and all that price memory; the table of the strongest rivals has the others.
    """
    first = studies[0]
    priced = first.names.cost_tables.items()
    tables = [name for name, one in priced if name == first.cost_table or one.get("memory")]
    spiking, rivals = (
        [one for one in group if any(np.isfinite(cost(studies, one, table)) for table in tables)]
        for group in candidates(first)
    )
    best = sorted(spiking, key=lambda one: mean_on_dev(studies, one), reverse=True)[:MOST]
    numbers: dict[Reading, int] = {}  # of the rivals on a front
    figure, panels = style.grid(len(tables), 2, 2.6, sharey=True)
    for axes, table in zip(panels, tables, strict=True):
        axes.set_xlabel(textwrap.fill(first.names.cost_title(table), 44), fontsize=9)
        axes.set_xscale("log")
        _front(axes, studies, rivals, table, numbers)
        for one in (one for one in spiking if one in best):
            _point(axes, studies, one, table)
        style.logarithmic(axes.xaxis)
    style.legend(panels[0])
    figure.supylabel("test accuracy, %", fontsize=10)
    several = "; energies: geometric mean over the data sets" if len(studies) > 1 else ""
    on_fronts = ", ".join(f"{number} {one.label}" for one, number in numbers.items())
    note = (
        f"energy of one sentence, µJ ({STATEMENT}; logarithmic), under the cost table that stands below; "
        "grey: classifiers that do not spike, in each way of counting, and their front: a spiking network to "
        f"the left of it or above it is better than all of them; on a front: {on_fronts or 'none'}; hollow: "
        "operations counted otherwise than is usual; of "
        f"many spiking networks the {MOST} best on dev; bars: {interval_in_words(len(first.seeds()))}"
        f"{several}"
    )
    style.frame(figure, f"{title(studies)}: against the front of what does not spike", note)
    return figure


def _point(axes: Axes, studies: Sequence[Study], one: Reading, table: str) -> None:
    """A spiking network where its energy is known."""
    spent, accuracy = cost(studies, one, table), one.accuracy(studies)
    if np.isfinite(spent):
        look = style.look(studies[0].names, one.series)
        face = look["color"] if one.usual else "white"
        errors = 100 * np.array(accuracy.errors)[:, None]
        axes.errorbar(
            spent, 100 * accuracy.value, yerr=errors, markersize=5, elinewidth=0.7, linestyle="none",
            label=one.label, markerfacecolor=face, zorder=3, **look,
        )  # fmt: skip


def _front(
    axes: Axes, studies: Sequence[Study], rivals: Sequence[Reading], table: str, numbers: dict[Reading, int]
) -> None:
    """What does not spike, and the line that a spiking point must pass, with a number for each on it."""
    priced = [(one, cost(studies, one, table), 100 * one.accuracy(studies).value) for one in rivals]
    drawn = [point for point in priced if np.isfinite(point[1])]
    if not drawn:
        return
    points = [(spent, accuracy) for _, spent, accuracy in drawn]
    axes.plot(*zip(*points, strict=True), "x", color=style.GREY, markersize=4.5, label=OTHERS[0], zorder=2)
    best = [drawn[place] for place in front(points)]
    for one, spent, accuracy in best:
        number = str(numbers.setdefault(one, len(numbers) + 1))
        axes.annotate(number, (spent, accuracy), (0, 4), textcoords="offset points", ha="center", fontsize=7)
    energies = [*(spent for _, spent, _ in best), max(spent for spent, _ in points)]
    accuracies = [*(accuracy for *_, accuracy in best), best[-1][2]]
    axes.step(energies, accuracies, where="post", color=style.GREY, linewidth=1.2, label=OTHERS[1], zorder=1)
