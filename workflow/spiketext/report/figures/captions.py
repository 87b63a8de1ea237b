"""Captions of figures, as `workflow/report/*.rst` have them for Snakemake's report, and how to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spiketext.energy.prices import STATEMENT
from spiketext.provenance import PACKAGE
from spiketext.report.document import Block, Bullets, Figure, Report, Section
from spiketext.report.estimates import AGREE, DRAWS, OVER_SEEDS, OVER_TEXTS
from spiketext.report.names import Names

CAPTIONS = PACKAGE.parent / "report"
SHOWS = {
    "brief": f"Dots of test accuracy and of energy a text of each classifier, {STATEMENT}",
    "accuracy": "Lines of test accuracy against the number of time steps, dots of what has none",
    "firing-rates": "Dots of firing rate, dead and saturated neurons by layer",
    "energy": f"Bars of energy a sentence, and the share of each term, {STATEMENT}",
    "energy-tables": f"Dots of energy over that of the dense DNN by cost table, {STATEMENT}",
    "break-even": f"Lines and points of energy over that of the dense DNN against T·r, {STATEMENT}",
    "pareto": f"Lines of test accuracy against energy with the Pareto front, {STATEMENT}",
    "fronts": f"Dots of test accuracy against energy and the front of what does not spike, {STATEMENT}",
    "attack": "Dots of accuracy before and after each attack",
    "attack-queries": "Lines of accuracy against the number of texts that an attack may have scored",
    "robustness": "Dots of the differences between pairs of classifiers under attack, with a line at zero",
    "systems": f"Dots of test accuracy and of accuracy under attack against energy, {STATEMENT}",
    "attack-curves": "Lines of accuracy against the share of words that an attack may change",
    "overview": "Test accuracy with its interval and the published ones",
}


def caption(kind: str, **params: Any) -> str:
    """What is said under a kind of figure.

    Args:
        kind: the caption's file, without its ending.
        params: of the rule that draws such a figure, as far as the caption names them.
    """
    environment = Environment(loader=FileSystemLoader(CAPTIONS), undefined=StrictUndefined)
    text = environment.get_template(f"{kind}.rst").render(snakemake={"params": params})
    return " ".join(text.split())


def figure(
    kind: str, settings: Mapping[str, Any], names: Names, datasets: Sequence[str], paths: Mapping[str, Path]
) -> list[Block]:
    """The figure of a kind, of one data set or of several together; nothing if it was not drawn.

    Args:
        kind: one of `SHOWS`.
        settings: from `names.used_settings`.
        names: of the study.
        datasets: that it is of.
        paths: pictures by kind.
    """
    if kind not in paths:
        return []
    titles = {name: names.datasets[name] for name in datasets}
    said = caption(
        kind,
        names={"datasets": titles},
        seeds=len(settings["seeds"]),
        sample=settings["attack"]["sample"],
        cost=names.cost_tables[names.cost_table],
    )
    alt = f"{SHOWS[kind]} on {', '.join(titles.values())}; the tables have the values."
    return [Figure(paths[kind], alt, said)]


def raster(title: str, report: Report, path: Path) -> Figure:
    """The spike raster of a sentence."""
    right = report["label"] == report["prediction"]
    result = "classified correctly" if right else "classified wrongly, as no other was at hand"
    said = f"{title} at T = {report['T']} on one test sentence, {result}. {caption('raster')}"
    alt = (
        f"Spike raster of a sentence of {len(report['words'])} words over {report['T']} steps: input, "
        "neurons and outputs."
    )
    return Figure(path, alt, said)


def how_to_read() -> Section:
    """What intervals, T, stages and energies are."""
    items = [
        f"With several seeds every figure is a mean, and ± is half the 95 % {OVER_SEEDS}. {AGREE} With one "
        f"seed brackets hold the 95 % {OVER_TEXTS}: chance in the choice of texts, not in training. {DRAWS}",
        "T is the number of time steps that a spiking network runs; more steps cost more time and more "
        "energy. After t of T steps the output so far decides, so one run gives the accuracy at every "
        "smaller number.",
        "Stages: the convertible DNN is a TextCNN that can be converted (mean pooling, ReLU, no biases, "
        "positive word vectors); converted is that network with spiking neurons and balanced thresholds, "
        "without training; fine-tuned has then been trained through time with a surrogate gradient; trained "
        "is a network of one's own, trained so from the start. Several methods may convert one DNN; it then "
        "stands with the method that trains it.",
        "The best epoch is chosen on the dev set; the test set is read once, in the evaluation.",
        f"Energies are an {STATEMENT}: counted operations times the cost of one operation. Compare them "
        "with each other, not with the power draw of a device or with another estimator.",
    ]
    return Section("How to read the figures", "how-to-read", [Bullets(items)])
