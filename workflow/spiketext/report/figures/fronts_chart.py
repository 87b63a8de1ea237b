"""The figure of what spikes against the front of what does not, a panel for each memory model."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from string import ascii_lowercase
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.report.energy.readings import Reading, anytime
from spiketext.report.energy.rivals import candidates, cost
from spiketext.report.figures import style
from spiketext.report.figures.energy_charts import front, title
from spiketext.report.outcome import TIE
from spiketext.report.study import Study

COLOUR = style.PALETTE[1]
BELOW = 2  # points below the lowest point of the front, where the axis begins
NEAR = 1.25  # points whose energies differ by no larger factor have one label
OTHERS = DOES_NOT, FRONT, SPIKES, PASSES = ("does not spike", "their front", "spikes", "passes the front")
LOOKS: dict[str, dict[str, Any]] = {
    DOES_NOT: {"marker": "x", "linestyle": "none", "color": style.GREY, "markersize": 4, "zorder": 2},
    FRONT: {"color": style.GREY, "linewidth": 1.2, "zorder": 1, "drawstyle": "steps-post"},
    SPIKES: {"marker": "o", "linestyle": "none", "color": COLOUR, "markersize": 2.5, "zorder": 2},
    PASSES: {"marker": "o", "linestyle": "none", "color": COLOUR, "markersize": 5, "zorder": 3},
}
Place = tuple[float, float]  # energy and accuracy, %


def fronts_chart(*studies: Study) -> Figure:
    """Accuracy against energy: grey what does not spike, with its front; coloured what spikes.

    The main cost table, and all that price memory; the table of the strongest rivals has the others.
    """
    first = studies[0]
    priced = first.names.cost_tables.items()
    tables = [name for name, one in priced if name == first.cost_table or one.get("memory")]
    own, rivals = candidates(first)
    last = {one.series for one in own}
    spiking = [one for steps in anytime(first) for one in steps if one.series in last]
    numbers, letters = _Marks(map(str, count(1))), _Marks(_letters())
    heights: list[float] = []
    figure, panels = style.grid(len(tables), 2, 2.6, sharey=True)
    for axes, table in zip(panels, tables, strict=True):
        axes.set_xlabel(textwrap.fill(first.names.cost_title(table), 44), fontsize=9)
        axes.set_xscale("log")
        line = _front(axes, _places(studies, rivals, table), numbers)
        _spiking(axes, _places(studies, spiking, table), line, letters)
        heights += [accuracy for _, accuracy in line]
        style.logarithmic(axes.xaxis)
    if heights:  # first steps lie far below, and would stretch the scale
        panels[0].set_ylim(min(heights) - BELOW, max(axes.dataLim.y1 for axes in panels) + 0.5)
    # The first panel has the legend of all, whatever is drawn in it.
    for label, look in LOOKS.items():
        panels[0].plot([], [], label=label, **look)
    style.legend(panels[0], 2)
    figure.supylabel("test accuracy, %", fontsize=10)
    several = "; energies: geometric mean over the data sets" if len(studies) > 1 else ""
    seeds = len(first.seeds())
    note = (
        f"energy of one sentence, µJ ({STATEMENT}; logarithmic), under the cost table that stands below; "
        "each classifier in each way of counting, spiking ones after each number of steps; grey line: the "
        f"front of what does not spike, on it {numbers.said}; passing it, whether or not the difference is "
        f"larger than chance: {letters.said}; what lies more than {BELOW} points below its lowest point is "
        f"not shown; mean over {seeds} seed{'s' * (seeds > 1)}{several}"
    )
    style.frame(figure, f"{title(studies)}: what spikes, and the front of what does not", note)
    return figure


class _Marks:
    """Marks that stand for readings, the same in all panels."""

    def __init__(self, marks: Iterator[str]) -> None:
        self._marks, self._known = marks, dict[Reading, str]()

    def put(self, axes: Axes, places: Mapping[Reading, Place], look: Mapping[str, Any]) -> None:
        """Each beside its point; those of points that lie close together in one label, at the highest."""
        groups: list[list[Reading]] = []
        for one in sorted(places, key=lambda one: places[one]):
            if one not in self._known:
                self._known[one] = next(self._marks)
            if groups and places[one][0] <= NEAR * places[groups[-1][-1]][0]:
                groups[-1].append(one)
            else:
                groups.append([one])
        for group in groups:
            highest = max((places[one] for one in group), key=lambda place: place[1])
            label = " ".join(self._known[one] for one in group)
            axes.annotate(label, highest, textcoords="offset points", fontsize=7, zorder=4, **look)

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


def _draw(axes: Axes, label: str, points: Sequence[Place]) -> None:
    """Under a name with an underscore, which no legend shows."""
    if points:
        axes.plot(*zip(*points, strict=True), label=f"_{label}", **LOOKS[label])


def _front(axes: Axes, places: Mapping[Reading, Place], numbers: _Marks) -> list[Place]:
    """What does not spike, and the line that a spiking point must pass; the points of that line."""
    points = list(places.values())
    _draw(axes, DOES_NOT, points)
    best = [list(places)[place] for place in front(points)]
    line = [places[one] for one in best]
    if line:
        _draw(axes, FRONT, [*line, (max(energy for energy, _ in points), line[-1][1])])
    above = {"xytext": (0, 4), "ha": "center", "color": style.DARK}
    numbers.put(axes, {one: places[one] for one in best}, above)
    return line


def _spiking(axes: Axes, places: Mapping[Reading, Place], line: Sequence[Place], letters: _Marks) -> None:
    """Every spiking classifier after each number of steps; larger what passes the line, if there is one."""
    _draw(axes, SPIKES, list(places.values()))
    passing = {
        one: (energy, accuracy)
        for one, (energy, accuracy) in places.items()
        if line and all(own > (1 + TIE) * energy or best < accuracy for own, best in line)
    }
    _draw(axes, PASSES, list(passing.values()))
    beside = {"xytext": (-6, -2), "ha": "right", "color": COLOUR}
    letters.put(axes, passing, beside)
