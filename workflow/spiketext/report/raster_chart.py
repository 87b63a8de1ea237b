"""The spike raster of one sentence, with its words along the axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spiketext.report import style
from spiketext.report.raster import Raster

MOST_WORDS = 40  # 21 inches; of a longer text the beginning is shown
LONGEST_LABEL = 24


def first_words(words: list[str]) -> list[str]:
    """The words that the figure shows, long ones (links, for instance) shortened."""
    return [
        word if len(word) <= LONGEST_LABEL else f"{word[: LONGEST_LABEL - 1]}…" for word in words[:MOST_WORDS]
    ]


def words_shown(words: list[str]) -> tuple[list[str], bool]:
    """Labels of the words, and whether they are the words' numbers.

    They are where no font of this machine has all their characters.
    """
    if style.drawable(words):
        return words, False
    return [str(i) for i in range(1, len(words) + 1)], True


def draw_raster(raster: Raster, sentence: Mapping[str, Any], path: str | Path) -> None:
    """Draw the figure into a file.

    Args:
        raster: the spikes.
        sentence: `title`, `words`, `classes`, `label`, `prediction`, `analog`, `populations`.
        path: the PNG.
    """
    with style.settings():
        style.save(raster_chart(raster, sentence), path)


def raster_chart(raster: Raster, sentence: Mapping[str, Any]) -> Figure:
    """Input and neurons that stand at words above the words, the others and class scores against steps."""
    raster = replace(raster, input=raster.input[:, :MOST_WORDS], placed=raster.placed[:, :, :MOST_WORDS])
    steps, words = raster.input.shape
    figure = Figure(figsize=(max(6.8, 1.2 + 0.5 * words), 7.6), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=[1, 3.2, 2.2])
    top = figure.add_subplot(grid[0, :])
    middle = figure.add_subplot(grid[1, :], sharex=top)
    _input(top, raster, bool(sentence["analog"]))
    _placed(middle, raster, first_words(sentence["words"]), sentence["populations"]["placed"])
    has_others = raster.others.shape[1] > 0
    if has_others:
        _others(figure.add_subplot(grid[2, 0]), raster, sentence["populations"]["others"])
    classes = [style.legible(name, f"class {i}") for i, name in enumerate(sentence["classes"])]
    _scores(figure.add_subplot(grid[2, 1] if has_others else grid[2, :]), raster, classes)
    true, predicted = (classes[sentence[key]] for key in ("label", "prediction"))
    top.set_title(f"{sentence['title']}, T = {steps}: true class {true}, predicted {predicted}", loc="left")
    return figure


def _columns(axes: Axes, words: int) -> None:
    """Every other word on grey; within a word time runs from left to right."""
    for i in range(0, words, 2):
        axes.axvspan(i, i + 1, color="#F2F2F2", zorder=0, linewidth=0)
    axes.set_xlim(0, words)
    axes.grid(visible=False)


def _input(axes: Axes, raster: Raster, analog: bool) -> None:
    steps, words = raster.input.shape
    places = np.arange(words * steps) / steps
    axes.bar(places, raster.input.T.ravel(), 1 / steps, align="edge", color=style.BLUE, linewidth=0)
    _columns(axes, words)
    axes.tick_params(labelbottom=False, bottom=False)
    axes.set_ylabel("input,\nmean current" if analog else "input,\nshare firing")


def _placed(axes: Axes, raster: Raster, words: list[str], name: str) -> None:
    steps, neurons, length = raster.placed.shape
    t, neuron, word = np.nonzero(raster.placed)
    axes.vlines(
        word + (t + 0.5) / steps,
        neuron + 0.58,
        neuron + 1.42,
        color=style.BLACK,
        linewidth=min(1.1, 20 / steps),
    )
    _columns(axes, length)
    axes.set_ylim(neurons + 0.8, 0.2)
    if not neurons:
        axes.set_yticks([])
    axes.set_ylabel(f"{name},\n{neurons} most active neurons" if neurons else "no neurons\nstand at words")
    labels, numbered = words_shown(words)
    axes.set_xticks(
        np.arange(length) + 0.5, labels, rotation=0 if numbered else 45, ha="center" if numbered else "right",
        rotation_mode=None if numbered else "anchor",
    )  # fmt: skip
    axes.tick_params(bottom=False)
    what = "words (by number; listed in the caption)" if numbered else "words"
    axes.set_xlabel(f"{what}; within each word, {steps} steps from left to right")


def _others(axes: Axes, raster: Raster, name: str) -> None:
    spikes = raster.others.sum(0, dtype=np.int64)
    order = np.argsort(-spikes, kind="stable")[: max(1, np.count_nonzero(spikes))]
    steps, neurons = raster.others.shape[0], len(order)
    axes.imshow(
        raster.others[:, order].T,
        cmap=ListedColormap(["white", style.VERMILLION]),
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, steps + 0.5, neurons + 0.5, 0.5),
    )
    axes.grid(visible=False)
    axes.set_xlabel("step")
    axes.set_ylabel(f"{name} neurons that fire\n({np.count_nonzero(spikes)} of {len(spikes)})")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _scores(axes: Axes, raster: Raster, classes: list[str]) -> None:
    steps = np.arange(1, len(raster.scores) + 1)
    for i, name in enumerate(classes):
        axes.plot(
            steps,
            raster.scores[:, i],
            color=style.colour(i),
            marker=style.marker(i),
            markersize=4,
            label=name,
        )
    axes.set_xlabel("step")
    axes.set_ylabel("output summed\nup to the step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="best")
