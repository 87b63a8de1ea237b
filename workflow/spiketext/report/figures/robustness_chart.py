"""The figure of robustness: for each pair and recipe the difference under attack with its interval."""

from __future__ import annotations

from matplotlib.figure import Figure

from spiketext.attack.metrics import HEADLINE
from spiketext.report.attacks.pairs import attack_pairs_frame, difference, records
from spiketext.report.figures import style
from spiketext.report.names import in_mode, recipe_title
from spiketext.report.study import Study
from spiketext.report.verdicts import MARGIN

MOST_ROWS = 20  # pairs; those with a network's own DNN come first, what is beyond is left to the table


def robustness_chart(study: Study) -> Figure:
    """A panel for each recipe, a row for each pair: right of the line the first withstands more."""
    found = records(attack_pairs_frame([study]))
    known = {f"{one.method}/{one.stage}": one for one in study.series()}

    def place(row: dict[str, object]) -> str:
        first, second = (known[str(row[one])].label for one in ("first", "second"))
        return f"{in_mode(first, str(row['mode']))}\nminus {second}"

    rows = list(dict.fromkeys(map(place, found)))[:MOST_ROWS]
    found = [row for row in found if place(row) in rows]
    recipes = list(dict.fromkeys(row["recipe"] for row in found))
    figure, panels = style.grid(len(recipes), 2, 0.6 + 0.42 * len(rows), sharey=True)
    for axes, recipe in zip(panels, recipes, strict=True):
        axes.axvspan(-100 * MARGIN, 100 * MARGIN, color=style.PALE, zorder=0)
        axes.axvline(0, color=style.GREY, linewidth=1)
        for row in (row for row in found if row["recipe"] == recipe and row["difference"] is not None):
            own = difference(row)
            errors = [[100 * error] for error in own.errors]
            look = style.look(study.names, known[row["first"]])
            axes.errorbar(100 * own.value, rows.index(place(row)), xerr=errors, capsize=2.5, **look)
        axes.set_xlabel(f"{recipe_title(recipe)}: points of accuracy")
    style.rows(panels, rows)
    panels[0].tick_params(axis="y", labelsize=8)
    note = (
        f"accuracy of the first minus that of the second on the same texts, if {HEADLINE} of the words may "
        "change; bars: 95 % bootstrap interval; grey: within the margin of what is called practically equal"
    )
    style.frame(figure, f"{study.title}: robustness compared", note)
    return figure
