"""The figures of attacks on a data set: accuracy against how much may change, and against queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.attack.metrics import BUDGETS, HEADLINE, QUERIES
from spiketext.report.estimates import Estimate, interval_in_words, proportion
from spiketext.report.figures import style
from spiketext.report.names import FIXED, MODES, in_mode, recipe_title, sizes_in_words
from spiketext.report.study import Study, held

Left = Callable[[pd.DataFrame], list[Estimate]]  # rows of an attack → what is left under each budget


def attack_chart(study: Study) -> Figure:
    """Accuracy against how much of a text each attack may change; the headline budget is marked."""
    # Numbers of words and shares of them are two curves: 5 % of a short text may be less than two words.
    end = 1 + sum("word" in budget for budget in BUDGETS)
    ticks = ["nothing", *BUDGETS]

    def left(rows: pd.DataFrame) -> list[Estimate]:
        return [held(rows, budget, study.overlap) for budget in BUDGETS]

    figure, panels = _chart(study, ticks, left, "what it may change of a text", end)
    for axes in panels:
        axes.axvspan(*(ticks.index(HEADLINE) + side for side in (-0.4, 0.4)), color=style.PALE, zorder=0)
    note = "grey: the budget to compare at; shares of words are rounded down, but one word may always change"
    style.frame(figure, f"{study.title}: accuracy under attack", f"{_texts(study)}; {note}")
    return figure


def queries_chart(study: Study) -> Figure:
    """Accuracy against how many texts each attack may have scored."""

    def left(rows: pd.DataFrame) -> list[Estimate]:
        found = [[one[str(most)] for one in rows["queries"]] for most in QUERIES]
        return [proportion(values, list(rows["n"]), overlap=study.overlap) for values in found]

    ticks = ["none", *(f"{most:,}" for most in QUERIES)]
    figure, _ = _chart(study, ticks, left, "texts that it may have scored")
    note = "any number of words may change"
    style.frame(figure, f"{study.title}: accuracy against queries", f"{_texts(study)}; {note}")
    return figure


def _chart(
    study: Study, ticks: Sequence[str], left: Left, asks: str, gap: int | None = None
) -> tuple[Figure, list[Axes]]:
    """A panel for each recipe, or several of a few classifiers each; the first tick is before the attack.

    Args:
        study: on one data set.
        ticks: of what an attack may do.
        left: of each of these but the first.
        asks: what an attack may do, for the axis.
        gap: before which tick lines end, to begin anew.
    """
    attacks = list(study.attacked())
    recipes = list(dict.fromkeys(one[0] for one in attacks))
    groups = style.panels(list(dict.fromkeys(one[1:3] for one in attacks)), lambda one: one[0].method)
    figure, panels = style.grid(len(recipes) * len(groups), 2, 3.4, sharey=True)
    for axes, (recipe, group) in zip(panels, product(recipes, groups), strict=True):
        for _, series, mode, rows in (one for one in attacks if one[0] == recipe and one[1:3] in group):
            clean = proportion(list(rows["clean_accuracy"]), list(rows["n"]), overlap=study.overlap)
            points = [clean, *left(rows)]
            shift = 0.06 * (group.index((series, mode)) - (len(group) - 1) / 2)  # so that whiskers hide none
            places = np.arange(len(ticks)) + shift
            heights = 100 * np.array([point.value for point in points])
            errors = 100 * np.array([point.errors for point in points]).T
            if gap is not None:
                places, heights = np.insert(places, gap, gap - 0.5), np.insert(heights, gap, np.nan)
                errors = np.insert(errors, gap, np.nan, axis=1)
            axes.errorbar(
                places, heights, yerr=errors, markersize=5, capsize=2, elinewidth=0.7, linewidth=1.2,
                label=in_mode(series.label, mode), linestyle=style.LINES[[FIXED, *MODES].index(mode)],
                **style.look(study.names, series),
            )  # fmt: skip
        axes.set_xticks(range(len(ticks)), ticks, fontsize=8.5)
        axes.set_ylim(0, 100)
        axes.set_xlabel(f"{recipe_title(recipe)}: {asks}")
        style.legend(axes)
    panels[0].set_ylabel("accuracy on the attacked texts, %")
    return figure, list(panels)


def _texts(study: Study) -> str:
    sizes = sizes_in_words(sorted(study.attacks["n"].unique()))
    return f"n = {sizes} test texts each; whiskers: {interval_in_words(len(study.seeds()))}"
