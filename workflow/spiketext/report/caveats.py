"""What a reader must know beside a figure: said in the prose and in the notes of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spiketext.config.stages import STAGES
from spiketext.report.frames import Report
from spiketext.report.series import Series
from spiketext.report.study import Findings


def of_findings(findings: Findings) -> list[str]:
    """Sentences on the accuracies of a data set; none if nothing is amiss."""
    said = [
        f"{series.at(findings.detailed_steps(series))}: {phrase}."
        for series in findings.series()
        for phrase in _of_classifier(findings, series)
    ]
    return _classes(findings) + said


def _of_classifier(findings: Findings, series: Series) -> list[str]:
    return [*_majority(findings, series), *_silent(findings, series), *_not_tuned(findings, series)]


def _classes(findings: Findings) -> list[str]:
    """Classes that no test text is of."""
    (first, *_) = findings.series()
    seeds: dict[str, list[int]] = {}
    for report in findings.evaluations(first):
        for name, counts in zip(report["classes"], report["confusion"], strict=True):
            if not sum(counts):
                seeds.setdefault(name, []).append(report["seed"])
    return [
        f"No test text is of class {name}{_with(own, findings)}: no figure tells how well it is recognised."
        for name, own in seeds.items()
    ]


def _majority(findings: Findings, series: Series) -> list[str]:
    """An accuracy that always guessing the most frequent class reaches."""
    own, level = findings.test_accuracy(series, findings.detailed_steps(series)), findings.majority().value
    if (own.value if own.low is None else own.low) > level:
        return []
    return ["not shown to be better than always guessing the most frequent class, which its interval reaches"]


def _silent(findings: Findings, series: Series) -> list[str]:
    """Layers in which no neuron fires on the whole test set."""
    seeds: dict[str, list[int]] = {}
    for report in findings.evaluations(series):
        for layer in report["layers"]:
            if layer["rate"] == 0 or layer["dead"] == 1:
                seeds.setdefault(layer["name"], []).append(report["seed"])
    return [f"nothing fires in its layer “{name}”{_with(own, findings)}" for name, own in seeds.items()]


def _not_tuned(findings: Findings, series: Series) -> list[str]:
    """Training of which epoch 0, the network that it began with, is kept."""
    source = STAGES[series.stage].source
    if source is None:
        return []
    seeds = [report["seed"] for report in findings.trainings(series) if report["best_epoch"] == 0]
    kept = f"epoch 0 was kept{_with(seeds, findings)}, so it is the {STAGES[source].title} network"
    return [kept] if seeds else []


def _with(seeds: Sequence[int], findings: Findings) -> str:
    """Which seeds it holds for, unless for all."""
    if len(seeds) == len(findings.seeds()):
        return ""
    return f" with {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"


def of_data(texts: Report, vectors: Report, max_length: int) -> list[str]:
    """Sentences on the data behind the accuracies; none if nothing is amiss.

    Args:
        texts: report of the text stage.
        vectors: report of the embeddings stage.
        max_length: tokens of a text that a network reads.
    """
    said = []
    if vectors.get("warning"):
        said.append(str(vectors["warning"]))
    if left_out := texts.get("other_labels"):
        said.append(f"{left_out:,} rows were left out, as their labels mean none of the classes.")
    if equal := texts.get("equal_when_cut"):
        said.append(
            f"{equal:,} of {texts['kept']:,} texts are equal to another one in the {max_length} tokens "
            "that a network reads."
        )
    return said


def how_read(texts: Report) -> list[str]:
    """How each raw file was read: its form, and the separator where it has one."""
    files: Sequence[Mapping[str, Any]] = texts.get("files", ())
    return [
        f"{one['file']} was read as {one['format']}"
        f"{', separator ' + repr(one['separator']) if one['separator'] else ''}: {one['rows']:,} rows."
        for one in files
    ]
