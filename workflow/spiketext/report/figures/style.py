"""How figures look and how they are saved: one colour a method, one marker a stage, text as text."""

from __future__ import annotations

import io
import math
import re
import textwrap
import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from spiketext.config.stages import STAGES
from spiketext.files import atomic_path
from spiketext.report.names import Names, Series

mpl.use("svg")

BLACK, DARK, GREY, LIGHT, PALE = "#000000", "#444444", "#666666", "#BBBBBB", "#DDDDDD"
# Of methods. Okabe and Ito 2008, Color universal design, without yellow, which is too pale on white; then of
# Tol 2021, Colour schemes ("muted"), what differs from these. Grey is free for what is no method.
PALETTE = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#332288", "#882255", "#999933",
    "#000000",
)  # fmt: skip
MARKERS = dict(zip(STAGES, ("D", "P", "s", "o", "^", "v"), strict=True))
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))  # of what is no method

MOST_SERIES = 6  # in one panel
WIDTH = 8.6  # inches; the page shows a figure at its own size, its text as large as a caption
LETTERS = 17  # that fit in an inch of the font of notes and legends

SETTINGS: dict[Any, Any] = {
    "figure.dpi": 240,  # of the pixels in an SVG
    "font.size": 10,
    # The browser draws the text and has fonts for every script; matplotlib measures it with the first of
    # these, which it brings along. The second has the same widths and comes with Windows and macOS.
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "svg.fonttype": "none",
    "svg.hashsalt": "spiketext",  # the same names of elements in every run
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "text.parse_math": False,  # a dollar sign in a title or a word does not start a formula
}
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2

Item = TypeVar("Item")


def look(names: Names, series: Series) -> dict[str, Any]:
    """Colour of the method and marker of the stage, the same in all figures of a study.

    With more methods than colours these repeat in their order; no panel of `panels` has one twice.
    """
    place = list(names.methods).index(series.method)
    return {"color": PALETTE[place % len(PALETTE)], "marker": MARKERS[series.stage]}


def panels(items: Sequence[Item], method: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Share out what is drawn as lines or points: at most six in a panel.

    What is of one method stays together where it fits into a panel, in the order given.

    Args:
        items: what is drawn.
        method: that an item is of.
    """
    own: dict[Hashable, list[Item]] = {}
    for item in items:
        own.setdefault(method(item), []).append(item)
    found: list[list[Item]] = []
    for group in own.values():
        for start in range(0, len(group), MOST_SERIES):
            some = group[start : start + MOST_SERIES]
            if found and len(found[-1]) + len(some) <= MOST_SERIES:
                found[-1] += some
            else:
                found.append(some)
    return found


def grid(count: int, most: int, height: float, **shared: Any) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels, at most `most` in a row of this height (inches, with legend and axis)."""
    columns = min(count, most)
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(WIDTH, 0.8 + rows * height), layout="constrained")
    axes: list[Axes] = list(np.ravel(figure.subplots(rows, columns, squeeze=False, **shared)))
    for unused in axes[count:]:
        unused.set_visible(False)
    # Under the last row there may be less panels; those above show the axis then.
    for place in range(count):
        axes[place].tick_params(labelbottom=place + columns >= count or not shared.get("sharex"))
    return figure, axes[:count]


def frame(figure: Figure, heading: str, note: str) -> None:
    """Heading above the panels; below them a note: n, and what the interval is."""
    figure.set_layout_engine("constrained", w_pad=0.08, h_pad=0.06)
    figure.suptitle(heading, x=0.01, ha="left", fontsize=11)
    letters = int(LETTERS * figure.get_size_inches()[0])
    figure.supxlabel(textwrap.fill(note, letters), x=0.01, ha="left", fontsize=8, color=DARK)


def legend(axes: Axes, columns: int = 1) -> None:
    """What the series of a panel are, above it, so that it hides none."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        place, figure = axes.get_subplotspec(), axes.get_figure(root=True)
        assert place is not None and figure is not None
        entries = place.get_gridspec().ncols * columns
        # Axis and handle take a quarter.
        letters = int(0.75 * LETTERS * figure.get_size_inches()[0] / entries)
        wrapped = [textwrap.fill(label, letters) for label in labels]
        axes.legend(
            handles, wrapped, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=columns,
            handlelength=2.4, borderpad=0.2, labelspacing=0.3,
        )  # fmt: skip


def rows(panels: Sequence[Axes], labels: Sequence[str]) -> None:
    """Name the rows that panels share, the first on top, a hair line between each two."""
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].set_ylim(len(labels) - 0.5, -0.5)
    for axes in panels:
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        for place in range(len(labels) - 1):
            axes.axhline(place + 0.5, color=PALE, linewidth=0.6, zorder=0)


def logarithmic(axis: Axis) -> None:
    """Label a logarithmic axis with plain numbers: the powers of ten, or 1, 2 and 5 where those are few."""
    low, high = axis.get_view_interval()
    steps = (1.0,) if high / low > 1000 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def save(figure: Figure, path: str | Path) -> None:
    """Write an SVG without date and version, atomically.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    drawn = io.StringIO()
    with warnings.catch_warnings():
        # Such a character is measured as a square, as broad as a Chinese one; the browser draws it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(drawn, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    text = NO_XML.sub("\N{REPLACEMENT CHARACTER}", drawn.getvalue())
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


@contextmanager
def settings() -> Iterator[None]:
    """Draw with the settings above."""
    with mpl.rc_context(SETTINGS):
        yield
