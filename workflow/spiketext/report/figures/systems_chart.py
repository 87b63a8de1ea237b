"""The figure that places all systems: accuracy and what an attack leaves of it, against energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.attack.metrics import HEADLINE
from spiketext.energy.prices import STATEMENT
from spiketext.report.energy.readings import Reading
from spiketext.report.estimates import Estimate, interval_in_words
from spiketext.report.figures import style
from spiketext.report.figures.energy_charts import title
from spiketext.report.outcome import classifiers
from spiketext.report.study import Study
from spiketext.report.systems import cheapest, withstood

SHOWN = ("test accuracy, %", f"accuracy under attack,\n{HEADLINE} of the words, %")  # a column each


class Place(NamedTuple):
    """Where a classifier stands: how it is read, its energy, and a figure for each column."""

    way: Reading
    energy: Estimate
    found: tuple[Estimate, ...]


def systems_chart(*studies: Study) -> Figure:
    """Two panels of a point for each classifier that was attacked; of many a row for each six."""
    first = studies[0]
    places = list(_places(studies))
    groups = style.panels(places, lambda one: one.way.series.method) or [[]]
    figure, panels = style.grid(len(SHOWN) * len(groups), len(SHOWN), 2.9, sharex=True)
    for number, group in enumerate(groups):
        row = panels[len(SHOWN) * number :][: len(SHOWN)]
        for column, (axes, said) in enumerate(zip(row, SHOWN, strict=False)):
            for one in places:
                _point(axes, first, one, column, grey=one not in group)
            axes.set_ylabel(said, fontsize=9)
            axes.set_xscale("log")
            style.logarithmic(axes.xaxis)
        style.legend(row[0])
    for column in range(len(SHOWN)):
        own = panels[column :: len(SHOWN)]
        ends = np.array([axes.get_ylim() for axes in own])
        for axes in own:
            axes.set_ylim(ends.min(), ends.max())
    several = "; energies: geometric mean over the data sets" if len(studies) > 1 else ""
    grey = "; grey: what the other panels show" if len(groups) > 1 else ""
    note = (
        f"energy of one sentence, µJ ({STATEMENT}; logarithmic), cost table "
        f"{first.names.cost_title(first.cost_table)}, operations counted in the way that makes each "
        f"cheapest; under attack: mean over the recipes on the attacked texts, if {HEADLINE} of a text's "
        f"words may change; bars: {interval_in_words(len(first.seeds()))}{several}{grey}"
    )
    style.frame(figure, f"{title(studies)}: accuracy, energy and robustness", note)
    return figure


def _places(studies: Sequence[Study]) -> list[Place]:
    """Those that every recipe of the study was run on, and whose energy is known."""
    found = []
    for series, steps in classifiers(studies[0]):
        way = cheapest(studies, series, steps, studies[0].cost_table)
        left = withstood(studies, series)
        if way is not None and left is not None:
            found.append(Place(way, way.energy(studies), (way.accuracy(studies), left)))
    return found


def _point(axes: Axes, study: Study, one: Place, column: int, grey: bool) -> None:
    """One classifier; without a name and its interval where another row shows it."""
    look, found = style.look(study.names, one.way.series), one.found[column]
    if grey:
        axes.plot(one.energy.value, 100 * found.value, markersize=4, zorder=1, **look | {"color": style.PALE})
        return
    axes.errorbar(
        one.energy.value, 100 * found.value, yerr=100 * np.array(found.errors)[:, None], markersize=6,
        elinewidth=0.7, linestyle="none", label=one.way.label, zorder=3, **look,
    )  # fmt: skip
