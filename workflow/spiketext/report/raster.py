"""Spikes of the network for one sentence: which sentence, what the figure needs of its spikes, the figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import Classifier
from spiketext.report import style

SHORTEST, BEST, LONGEST = 8, 12, 20  # words of a sentence that is easy to look at
NEURONS = 24  # rows of the part of neurons that stand at words


def choose(predictions: pd.DataFrame, lengths: np.ndarray) -> int:
    """The corpus row of the sentence to show.

    It is the first in the corpus among those nearest to 12 words, of the correctly classified test
    sentences of 8 to 20 words. Where there is none, length and then correctness are waived.

    Args:
        predictions: `row`, `label` and `prediction` of the test sentences.
        lengths: words of every corpus row.
    """
    rows = predictions["row"].to_numpy(dtype=np.int64)
    words = lengths[rows]
    right = (predictions["label"] == predictions["prediction"]).to_numpy()
    moderate = (words >= SHORTEST) & (words <= LONGEST)
    for allowed in (right & moderate, right, np.ones(len(rows), dtype=bool)):
        if allowed.any():
            candidates = rows[allowed]
            return int(candidates[np.lexsort((candidates, abs(lengths[candidates] - BEST)))[0]])
    raise ValueError("no test sentences")


@dataclass(frozen=True)
class Raster:
    """What the figure shows of one text of L words over T steps.

    Attributes:
        input: `[T, L]`, mean input of a word: the share of its neurons that fire (or, where values are fed,
            their mean).
        placed: `[T, neurons, L]` in {0, 1}, spikes of the most active neurons that stand at words; no
            neurons where the network has none.
        neurons: `[neurons]`, their numbers in their population.
        others: `[T, N]`, spikes of neurons of the whole text; `[T, 0]` where there are none.
        scores: `[T, classes]`, output summed up to each step.
    """

    input: np.ndarray
    placed: np.ndarray
    neurons: np.ndarray
    others: np.ndarray
    scores: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays as they are stored."""
        return dict(vars(self))


def record(classifier: Classifier, texts: Texts, row: int) -> tuple[Raster, dict[str, str]]:
    """Run the network on one text of the corpus.

    Returns:
        The spikes, and the names of the populations in `placed` and in `others`: the first of each.
    """
    fed, activity = classifier.activity(texts.batch(np.array([row])))
    steps, own = len(fed.inputs), int(texts.lengths[row])
    mean = fed.inputs.float().mean(2).cpu().numpy()[:, fed.layout.index][:, :own]
    nothing = np.zeros((steps, 0, own), dtype=np.uint8)
    placed, neurons = nothing, np.zeros(0, dtype=np.int64)
    for spikes in list(activity.placed.values())[:1]:
        all_neurons = spikes.cpu().numpy().astype(np.uint8).transpose(0, 2, 1)  # [T, N, L]
        neurons = np.argsort(-all_neurons.sum((0, 2), dtype=np.int64), kind="stable")[:NEURONS]
        placed = all_neurons[:, neurons, :own]
    output = activity.output.clone()
    output[: classifier.network.delay] = 0  # not added up
    others = np.zeros((steps, 0), dtype=np.uint8)
    for spikes in list(activity.others.values())[:1]:
        others = (spikes != 0).cpu().numpy().astype(np.uint8)
    raster = Raster(
        input=mean.astype(np.float32),
        placed=placed,
        neurons=neurons.astype(np.int64),
        others=others,
        scores=output.cpu().cumsum(0).numpy().astype(np.float32),
    )
    return raster, {"placed": next(iter(activity.placed), ""), "others": next(iter(activity.others), "")}


def describe(texts: Texts, row: int, words: list[str], predictions: pd.DataFrame) -> dict[str, Any]:
    """The sentence: corpus row, words as the network reads them, label and prediction."""
    start = texts.starts[row]
    ids = texts.ids[start : start + texts.lengths[row]]
    (shown,) = predictions[predictions["row"] == row].to_dict("records")
    return {
        "row": row,
        "words": [words[i] for i in ids],
        "label": int(shown["label"]),
        "prediction": int(shown["prediction"]),
    }


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
    shown = slice(style.MOST_WORDS)
    raster = replace(raster, input=raster.input[:, shown], placed=raster.placed[:, :, shown])
    steps, words = raster.input.shape
    figure = Figure(figsize=(max(6.8, 1.2 + 0.5 * words), 7.6), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=[1, 3.2, 2.2])
    top = figure.add_subplot(grid[0, :])
    middle = figure.add_subplot(grid[1, :], sharex=top)
    _input(top, raster, bool(sentence["analog"]))
    _placed(middle, raster, style.first_words(sentence["words"]), sentence["populations"]["placed"])
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
    labels, numbered = style.words_shown(words)
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
