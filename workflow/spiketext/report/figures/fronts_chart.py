"""The figure of what spikes against the front of what does not, a panel for each memory model."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from string import ascii_lowercase

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.report.energy.readings import Reading, anytime
from spiketext.report.energy.rivals import candidates, cost
from spiketext.report.figures import style
from spiketext.report.figures.energy_charts import front, title
from spiketext.report.study import Study

COLOUR = style.PALETTE[1]
BELOW = 2  # points below the front of what does not spike, where the axis begins
OTHERS = ("does not spike", "their front", "spikes", "passes the front")  # no series of one classifier
Place = tuple[float, float]  # energy and accuracy, %


def fronts_chart(*studies: Study) -> Figure:
    """Accuracy against energy: grey what does not spike, with its front; coloured what spikes.

    The main cost table, and all that price memory; the table of the strongest rivals has the others.
    """
    first = studies[0]
    priced = first.names.cost_tables.items()
    tables = [name for name, one in priced if name == first.cost_table or one.get("memory")]
    _, rivals = candidates(first)
    numbers, letters = _Marks(map(str, count(1))), _Marks(_letters())
    figure, panels = style.grid(len(tables), 2, 2.6, sharey=True)
    heights: list[float] = []
    for axes, table in zip(panels, tables, strict=True):
        axes.set_xlabel(textwrap.fill(first.names.cost_title(table), 44), fontsize=9)
        axes.set_xscale("log")
        line = _front(axes, _places(studies, rivals, table), numbers)
        _spiking(axes, studies, table, line, letters)
        heights += [accuracy for _, accuracy in line]
        style.logarithmic(axes.xaxis)
    if heights:  # first steps lie far below, and would stretch the scale
        panels[0].set_ylim(min(heights) - BELOW, max(axes.dataLim.y1 for axes in panels) + 0.5)
    style.legend(panels[0], 2)
    figure.supylabel("test accuracy, %", fontsize=10)
    several = "; energies: geometric mean over the data sets" if len(studies) > 1 else ""
    seeds = len(first.seeds())
    note = (
        f"energy of one sentence, µJ ({STATEMENT}; logarithmic), under the cost table that stands below; "
        "each classifier in each way of counting, spiking ones after each number of steps; grey line: the "
        f"front of what does not spike, on it {numbers.said}; passing it, whether or not the difference is "
        f"larger than chance: {letters.said}; what lies more than {BELOW} points below the line is not "
        f"shown; mean over {seeds} seed{'s' * (seeds > 1)}{several}"
    )
    style.frame(figure, f"{title(studies)}: what spikes, and the front of what does not", note)
    return figure


class _Marks:
    """Marks that stand for readings, the same in all panels."""

    def __init__(self, marks: Iterator[str]) -> None:
        self._marks, self._known = marks, dict[Reading, str]()

    def put(self, axes: Axes, one: Reading, place: Place, colour: str, away: Place) -> None:
        """The mark of a reading, so many points of print away from its own."""
        if one not in self._known:
            self._known[one] = next(self._marks)
        axes.annotate(
            self._known[one], place, away, textcoords="offset points", ha="center", va="center",
            fontsize=7, color=colour, zorder=4,
        )  # fmt: skip

    @property
    def said(self) -> str:
        """What they stand for."""
        return ", ".join(f"{mark} {one.label}" for one, mark in self._known.items()) or "none"


def _letters() -> Iterator[str]:
    """a, b, …, z, aa, bb, …"""
    for times in count(1):
        yield from (letter * times for letter in ascii_lowercase)


def _places(studies: Sequence[Study], readings: Sequence[Reading], table: str) -> dict[Reading, Place]:
    """Energy and accuracy of those whose energy is known under a cost table."""
    spent = {one: cost(studies, one, table) for one in readings}
    return {
        one: (energy, 100 * one.accuracy(studies).value) for one, energy in spent.items() if energy < np.inf
    }


def _front(axes: Axes, places: Mapping[Reading, Place], numbers: _Marks) -> list[Place]:
    """What does not spike, and the line that a spiking point must pass; the points of that line."""
    if not places:
        return []
    axes.plot(
        *zip(*places.values(), strict=True), "x", color=style.GREY, markersize=4, label=OTHERS[0], zorder=2
    )
    readings, points = list(places), list(places.values())
    best = front(points)
    for place in best:
        numbers.put(axes, readings[place], points[place], style.DARK, (0, 6))
    line = [points[place] for place in best]
    end = max(energy for energy, _ in points), line[-1][1]
    axes.step(
        *zip(*line, end, strict=True),
        where="post",
        color=style.GREY,
        linewidth=1.2,
        label=OTHERS[1],
        zorder=1,
    )
    return line


def _spiking(
    axes: Axes, studies: Sequence[Study], table: str, line: Sequence[Place], letters: _Marks
) -> None:
    """Every spiking classifier after each number of steps; larger what passes the line."""
    last = {one.series for one in candidates(studies[0])[0]}
    readings = [one for steps in anytime(studies[0]) for one in steps if one.series in last]
    places = _places(studies, readings, table)
    if places:
        axes.plot(
            *zip(*places.values(), strict=True), "o", color=COLOUR, markersize=2.5, label=OTHERS[2], zorder=2
        )
    passing = {
        one: place
        for one, place in places.items()
        if all(own > place[0] or best < place[1] for own, best in line)
    }
    if passing:
        axes.plot(
            *zip(*passing.values(), strict=True), "o", color=COLOUR, markersize=5, label=OTHERS[3], zorder=3
        )
    for one, place in passing.items():
        letters.put(axes, one, place, COLOUR, (-6, 0))
