"""Loss against the number of time steps, and against energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.energy.prices import STATEMENT
from spiketext.report.estimates import Estimate, geometric_mean_over_seeds
from spiketext.report.figures import style
from spiketext.report.names import sizes_in_words
from spiketext.report.values.losses import Losses


def loss_chart(losses: Losses) -> Figure:
    """Two panels; a dotted line is the loss of always telling the mean of the training targets."""
    study = losses.study
    figure, (against_steps, against_energy) = style.grid(2, 2, 4.2, sharey=True)
    shown: set[int] = set()
    for one in study.series():
        look = style.look(study.names, one)
        readings = [(t, losses.loss(one, t)) for t in study.steps(one)]
        steps = [t for t, _ in readings if t is not None]
        if steps:
            shown |= set(steps)
            _draw(against_steps, steps, [loss for _, loss in readings], look, one.label)
        else:
            ((_, level),) = readings
            against_steps.axhline(level.value, color=look["color"], linestyle="--", label=one.label)
        priced = [(study.energies(one, t), loss) for t, loss in readings]
        known = [(geometric_mean_over_seeds(spent).value, loss) for spent, loss in priced if spent]
        _draw(against_energy, [spent for spent, _ in known], [loss for _, loss in known], look, one.label)
    for axes in (against_steps, against_energy):
        axes.axhline(losses.constant().value, color=style.GREY, linestyle=":", linewidth=1, zorder=1)
    if shown:
        against_steps.set_xscale("log", base=2)
        against_steps.set_xticks(sorted(shown), [str(t) for t in sorted(shown)])
        against_steps.minorticks_off()
    against_steps.set_xlabel("number of time steps T (logarithmic)")
    against_steps.set_ylabel("mean squared error on test")
    against_energy.set_xscale("log")
    style.logarithmic(against_energy.xaxis)
    against_energy.set_xlabel(f"energy of one sequence, µJ (logarithmic)\n({STATEMENT})")
    style.legend(against_steps)
    note = (
        f"n = {sizes_in_words(study.test_sizes())} test sequences, {study.seeds_in_words}; bars: 95 % "
        "t-interval; dashed: what has no steps; dotted: always telling the mean of the training targets; "
        f"cost table {study.names.cost_title(study.cost_table)}"
    )
    style.frame(figure, f"{study.title}: loss against T and energy", note)
    return figure


def _draw(
    axes: Axes, places: Sequence[float], points: Sequence[Estimate], look: dict[str, Any], label: str
) -> None:
    errors = np.array([point.errors for point in points]).T
    values = [point.value for point in points]
    axes.errorbar(places, values, yerr=errors, label=label, markersize=5, capsize=2.5, **look)
