"""Captions and descriptions of the figures in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Block, Figure
from spiketext.report.frames import Report
from spiketext.report.raster_chart import first_words, words_shown
from spiketext.report.study import Findings

CAPTIONS = {
    "accuracy": (
        "Test accuracy after each number of time steps. Horizontal lines are the DNNs; the dotted one is "
        "always guessing the most frequent class. The band is the 95 % interval named under the figure. A "
        "fine-tuned network is evaluated up to the T it was trained for."
    ),
    "firing-rates": (
        "Spikes per neuron and step of each layer, and the shares of its neurons that never fire on the "
        "test set (dead) or fire at every step (saturated)."
    ),
    "energy": (
        f"Energy of one sentence by what it is spent on, averaged over the test set: {STATEMENT}. Operations "
        "are counted from the neurons' own spikes and priced by the main cost table; beside each bar stands "
        "its energy relative to that of its dense DNN, which is the dashed line. Right: the share of each "
        "term in its own energy. Terms too small to be seen are in the table."
    ),
    "energy-tables": (
        "Energy of each classifier over that of its own dense full-precision DNN, by cost table: "
        f"{STATEMENT}. Left of the dashed line a classifier saves energy, in the shaded part it costs more. "
        "Zero-skipping: the DNN where products with a zero activation are left out."
    ),
    "break-even": (
        "Energy relative to the dense DNN against the input spikes for each input value of a sentence, T·r: "
        f"{STATEMENT}. Lines: the synapses of the convolution alone under each cost table, which cost as "
        "much as those of the DNN where a line crosses 1. Points: all terms that are counted, main cost "
        "table, one for each T; their distance above the bold line is what the other terms add. Networks "
        "whose input is no spikes (analog currents) are not in it."
    ),
    "pareto": (
        f"Accuracy against energy under the main cost table: {STATEMENT}. A line is one spiking network read "
        "out after each of its steps (anytime read-out), a single point a DNN, hollow where it skips zeros. "
        "The broad line is the Pareto front: no classifier here is at once cheaper and more accurate; "
        "numbers beside it are T. Whiskers are the 95 % interval named under the figure."
    ),
    "attack": (
        "Share of the attacked texts that are classified correctly before and after each attack. "
        "Whiskers are the 95 % interval named under the figure."
    ),
}

DESCRIPTIONS = {
    "accuracy": "Line chart of test accuracy against the number of time steps",
    "firing-rates": "Bar charts of firing rate, dead and saturated neurons by layer",
    "energy": f"Stacked bars of energy a sentence by term, {STATEMENT}",
    "energy-tables": f"Dots of energy over that of the dense DNN by cost table, {STATEMENT}",
    "break-even": f"Lines and points of energy over that of the dense DNN against T·r, {STATEMENT}",
    "pareto": f"Lines of test accuracy against energy with the Pareto front, {STATEMENT}",
    "attack": "Bars of accuracy before and after each attack",
}


def figure(kind: str, findings: Findings, paths: Mapping[str, Path]) -> list[Block]:
    """The figure of a kind, or nothing if it was not drawn."""
    if kind not in paths:
        return []
    alt = f"{DESCRIPTIONS[kind]} on {findings.title}; the table below has the values."
    return [Figure(paths[kind], alt, CAPTIONS[kind])]


def mean_figure(kind: str, findings: Sequence[Findings], paths: Mapping[str, Path]) -> list[Block]:
    """The same over the mean of all data sets."""
    if kind not in paths:
        return []
    titles = ", ".join(one.title for one in findings)
    caption = f"{CAPTIONS[kind]} Mean over the data sets {titles}; energies are averaged geometrically."
    alt = f"{DESCRIPTIONS[kind]}, mean of {titles}; the tables of the data sets have the values."
    return [Figure(paths[kind], alt, caption)]


def overview(findings: Sequence[Findings], path: Path) -> Figure:
    """The picture of all data sets."""
    titles = ", ".join(one.title for one in findings)
    caption = (
        "Test accuracy of every classifier on every data set; spiking ones at the T beside their names. Bars "
        "are the 95 % interval named under the figure, dashed lines the published accuracies. Each panel has "
        "its own scale."
    )
    return Figure(path, f"Test accuracy on {titles}; the tables below have the values.", caption)


def raster(title: str, report: Report, path: Path, language: str) -> Figure:
    """The spike raster of a sentence with its words."""
    words = first_words(report["words"])
    _, numbered = words_shown(words)
    right = report["label"] == report["prediction"]
    result = "classified correctly" if right else "classified wrongly, as no other was at hand"
    place = "by their numbers, listed below" if numbered else "along its axis"
    caption = (
        f"{title} at T = {report['T']} on one test sentence, {result}. Top: for each word and step the "
        f"share of input neurons that fire. Middle: {_placed(report)}; words stand {place}. Bottom: "
        f"spikes of {_others(report)}the outputs, summed up to each step; the largest decides. The sentence "
        "is the first of those nearest to 12 words among the correctly classified ones "
        "of 8 to 20 words."
    )
    if len(words) < len(report["words"]):
        caption += f" Its first {len(words)} words are shown."
    if report["analog"]:
        caption = caption.replace("share of input neurons that fire", "mean input current")
    alt = (
        f"Spike raster of a sentence of {len(report['words'])} words over {report['T']} steps: input, "
        "neurons and outputs."
    )
    return Figure(path, alt, caption, words if numbered else (), {"zh": "zh", "en": ""}[language])


def _placed(report: Report) -> str:
    """What the middle of a raster shows."""
    name = report["populations"]["placed"]
    if not name:
        return "nothing, as no neurons of this network stand at words"
    return f"spikes of the most active neurons of the {name}, at the first word that they see"


def _others(report: Report) -> str:
    """What is at the bottom left of a raster, if anything is."""
    name = report["populations"]["others"]
    return f"the {name} neurons that fire, and " if name else ""
