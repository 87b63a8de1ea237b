"""The figure of all data sets: every classifier's accuracy beside the published ones."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketext.report import style
from spiketext.report.across import comparison_frame
from spiketext.report.estimates import interval_in_words
from spiketext.report.overview import Comparison
from spiketext.report.published import system_of
from spiketext.report.series import Series
from spiketext.report.study import Study

PANELS = 4  # in a row
LINES = ("--", ":", "-.")


def overview_chart(*studies: Study) -> Figure:
    """A panel for each data set and for the mean; a line for each classifier."""
    rows = Comparison(comparison_frame(studies), studies[0].names)
    columns = min(PANELS, len(rows.datasets))
    lines = math.ceil(len(rows.datasets) / columns)
    size = (3.0 + 1.75 * columns, 1.2 + lines * (0.7 + 0.26 * len(rows.series)))
    figure = Figure(figsize=size, layout="constrained")
    panels = list(figure.subplots(lines, columns, sharey=True, squeeze=False).flat)
    for axes, (dataset, title) in zip(panels, rows.datasets.items(), strict=False):
        axes.set_title(title, fontsize=10)
        _panel(axes, rows, dataset)
    for axes in panels[len(rows.datasets) :]:
        axes.set_visible(False)
    labels = [rows.label(series) for series in rows.series]
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].invert_yaxis()
    note = (
        f"test accuracy, %, each panel with its own scale; bars: {interval_in_words(rows.seeds)}; dashed and "
        "dotted lines: published"
    )
    style.frame(figure, panels[0], "Test accuracy on all data sets", note)
    return figure


def _panel(axes: Axes, rows: Comparison, dataset: str) -> None:
    drawn: set[str] = set()
    for place, series in enumerate(rows.series):
        row = rows.cells[dataset, series.method, series.stage]
        own, low, high = (100 * row[name] for name in ("mean", "low", "high"))
        colour = _colour(rows, series)
        errors = [[own - low], [high - own]]
        axes.errorbar(own, place, xerr=errors, fmt="o", color=colour, markersize=4.5, capsize=2.5)
        system = system_of(series)
        if system is not None and row["published"] is not None and system["title"] not in drawn:
            line = LINES[len(drawn) % len(LINES)]
            label = f"{system['title']}, published"
            axes.axvline(100 * row["published"], color=colour, linestyle=line, linewidth=1.2, label=label)
            drawn.add(system["title"])
    axes.grid(axis="y", visible=False)


def _colour(rows: Comparison, series: Series) -> str:
    """Grey for DNNs, another colour for each spiking method."""
    if not series.spiking:
        return style.GREY
    spiking = list(dict.fromkeys(one.method for one in rows.series if one.spiking))
    return style.colour(spiking.index(series.method))
