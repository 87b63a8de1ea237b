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
from spiketext.report.figures import style

SHORTEST, BEST, LONGEST = 8, 12, 20  # words of a sentence that is easy to look at
NEURONS = 24  # rows of the part of neurons that stand at words
MOST_WORDS = 24  # along the axis; of a longer text the beginning is shown
LONGEST_LABEL = 24
MOST_SHAPES = 600  # with more spikes than these the figure holds them as pixels


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
    batch = texts.batch(np.array([row]))
    fed, activity = classifier.activity(batch)
    steps, own = len(fed.inputs), int(texts.lengths[row])
    mean = classifier.means(fed, batch).cpu().numpy()[:, :own]
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
        path: the SVG.
    """
    with style.settings():
        style.save(raster_chart(raster, sentence), path)


def first_words(words: list[str]) -> list[str]:
    """The words that the figure shows, long ones (links, for instance) shortened."""
    return [
        word if len(word) <= LONGEST_LABEL else f"{word[: LONGEST_LABEL - 1]}…" for word in words[:MOST_WORDS]
    ]


def raster_chart(raster: Raster, sentence: Mapping[str, Any]) -> Figure:
    """Input and neurons that stand at words above the words; below them the others and the class scores.

    Below, time runs along the axis. At T = 1 there is none: only the scores are shown, side by side, and the
    neurons that stand at words are in the order of the words at which they fire.
    """
    shown = slice(MOST_WORDS)
    raster = replace(raster, input=raster.input[:, shown], placed=raster.placed[:, :, shown])
    steps, words = raster.input.shape
    if steps == 1:
        raster = _by_word(raster)
    figure = Figure(figsize=(max(style.WIDTH, 1.4 + 0.42 * words), 7.6), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=[1, 3.2, 2.2 if steps > 1 else 0.9])
    top = figure.add_subplot(grid[0, :])
    middle = figure.add_subplot(grid[1, :], sharex=top)
    _input(top, raster, bool(sentence["analog"]))
    _placed(middle, raster, first_words(sentence["words"]), sentence["populations"]["placed"])
    has_others = raster.others.shape[1] > 0 and steps > 1
    if has_others:
        _others(figure.add_subplot(grid[2, 0]), raster, sentence["populations"]["others"])
    classes = list(sentence["classes"])
    bottom = figure.add_subplot(grid[2, 1] if has_others else grid[2, :])
    _scores(bottom, raster.scores, classes, int(sentence["prediction"]))
    if steps == 1 and raster.others.shape[1]:
        fire = f"{np.count_nonzero(raster.others)} of {raster.others.shape[1]}"
        bottom.set_title(f"{sentence['populations']['others']}: {fire} neurons fire", loc="left", fontsize=9)
    true, predicted = (classes[sentence[key]] for key in ("label", "prediction"))
    top.set_title(f"{sentence['title']}, T = {steps}: true class {true}, predicted {predicted}", loc="left")
    return figure


def _by_word(raster: Raster) -> Raster:
    """The same with its neurons in the order of the first word at which they fire; the silent ones last."""
    fired = raster.placed.sum(0) > 0  # [neurons, words]
    first = np.where(fired.sum(1) > 0, fired.argmax(1), fired.shape[1])
    order = np.argsort(first, kind="stable")
    return replace(raster, placed=raster.placed[:, order], neurons=raster.neurons[order])


def _columns(axes: Axes, words: int) -> None:
    """Every other word on grey; within a word time runs from left to right."""
    for i in range(0, words, 2):
        axes.axvspan(i, i + 1, color="#F2F2F2", zorder=0, linewidth=0)
    axes.set_xlim(0, words)
    axes.grid(visible=False)


def _input(axes: Axes, raster: Raster, analog: bool) -> None:
    steps, words = raster.input.shape
    axes.stairs(raster.input.T.ravel(), np.arange(words * steps + 1) / steps, fill=True, color=style.GREY)
    _columns(axes, words)
    axes.tick_params(labelbottom=False, bottom=False)
    said = "input,\nmean current" if analog else "input,\nshare firing"
    axes.set_ylabel(said if raster.input.any() else "no input\nat words")


def _placed(axes: Axes, raster: Raster, words: list[str], name: str) -> None:
    """A stroke for each spike, a filled cell at T = 1."""
    steps, neurons, length = raster.placed.shape
    t, neuron, word = np.nonzero(raster.placed)
    wide = 0.84 if steps == 1 else min(0.5, 0.035 * steps) / steps
    axes.bar(
        word + (t + 0.5) / steps, 0.84, wide, neuron + 0.58, color=style.BLACK, linewidth=0,
        rasterized=len(t) > MOST_SHAPES,
    )  # fmt: skip
    _columns(axes, length)
    axes.set_ylim(neurons + 0.8, 0.2)
    axes.set_yticks(range(1, neurons + 1), map(str, raster.neurons), fontsize=6.5)
    axes.tick_params(length=0)
    axes.set_ylabel(
        f"{name}, the {neurons} most active\nneurons by their numbers"
        if neurons
        else "no neurons\nstand at words"
    )
    axes.set_xticks(np.arange(length) + 0.5, words, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_xlabel("words" if steps == 1 else f"words; within each word, {steps} steps from left to right")


def _others(axes: Axes, raster: Raster, name: str) -> None:
    spikes = raster.others.sum(0, dtype=np.int64)
    order = np.argsort(-spikes, kind="stable")[: max(1, np.count_nonzero(spikes))]
    steps, neurons = raster.others.shape[0], len(order)
    axes.imshow(
        raster.others[:, order].T,
        cmap=ListedColormap(["white", style.BLACK]),
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


def _scores(axes: Axes, scores: np.ndarray, classes: list[str], predicted: int) -> None:
    """Output of the classes against steps, of at most six: those that end highest; at T = 1 a bar each."""
    order = np.argsort(-scores[-1], kind="stable")[: style.MOST_SERIES]
    if len(scores) == 1:
        colours = [style.BLACK if i == predicted else style.LIGHT for i in order]
        axes.barh(range(len(order)), scores[-1, order], 0.6, color=colours)
        style.rows([axes], [classes[i] for i in order])
        axes.set_xlabel("output; black: the predicted class")
        return
    steps = np.arange(1, len(scores) + 1)
    for place, i in enumerate(order):
        colour = style.BLACK if i == predicted else style.GREY
        line = style.LINES[place % len(style.LINES)]
        axes.plot(steps, scores[:, i], color=colour, linestyle=line, label=classes[i])
    axes.set_xlabel("step")
    axes.set_ylabel("output summed\nup to the step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    style.legend(axes, 3)
