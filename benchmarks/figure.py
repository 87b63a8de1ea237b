"""The figure: ratios against their bars, and how time and memory grow."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from spiketext.report.figures import style

COLOURS = {"textbook": style.PALETTE[1], "ours": style.PALETTE[0]}
LABELS = {
    "steps": "steps T",
    "length": "tokens of a sentence",
    "batch": "sentences of a batch",
    "distinct": "distinct words of a batch",
}


def draw(datasets: dict[str, dict[str, Any]], curves: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Write the SVG."""
    with style.settings():
        figure = Figure(figsize=(11, 8.5), layout="constrained")
        grid = figure.add_gridspec(3, len(curves), height_ratios=[0.8, 1, 1])
        _ratios(figure.add_subplot(grid[0, :]), datasets)
        for column, (name, points) in enumerate(curves.items()):
            seconds, memory = figure.add_subplot(grid[1, column]), figure.add_subplot(grid[2, column])
            _lines(seconds, name, points, {"training_seconds": "-", "inference_seconds": "--"})
            _lines(memory, name, points, {"training_mib": "-"})
            memory.set_xlabel(LABELS[name])
            if column == 0:
                seconds.set_ylabel("seconds a batch\n(solid: training, dashed: inference)")
                memory.set_ylabel("peak MiB of training")
                seconds.legend()
        style.save(figure, path)


def _ratios(axes: Axes, datasets: dict[str, dict[str, Any]]) -> None:
    """Times faster than the textbook, one bar a data set and work, and the line to reach."""
    rows = [
        (f"{name}, {work}", found[work]["ratio"])
        for name, found in reversed(datasets.items())
        for work in ("inference", "training")
    ]
    labels, values = zip(*rows, strict=True)
    axes.barh(labels, values, color=COLOURS["ours"], height=0.6)
    for place, value in enumerate(values):
        axes.annotate(f"{value:.1f}", (value, place), (4, 0), textcoords="offset points", va="center")
    axes.axvline(10, color=style.BLACK, linestyle=":", linewidth=1.2)
    axes.annotate("bar: 10", (10, 1), (4, 2), xycoords=("data", "axes fraction"), textcoords="offset points")
    axes.set_xlabel("times faster than the textbook on spikingjelly, T = 50, batches of 32")
    axes.grid(visible=False, axis="y")


def _lines(axes: Axes, curve: str, points: list[dict[str, Any]], quantities: dict[str, str]) -> None:
    sizes = [point[curve] for point in points]
    for side, colour in COLOURS.items():
        for quantity, line in quantities.items():
            values = [point[side][quantity] for point in points]
            label = side if line == "-" else None
            axes.plot(sizes, values, line, color=colour, marker="o", markersize=3, label=label)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(lambda value, place: f"{value:g}")
