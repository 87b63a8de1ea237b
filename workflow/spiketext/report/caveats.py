"""What a reader must know beside a figure: said in the prose and in the notes of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spiketext.config.stages import STAGES
from spiketext.report.document import Report
from spiketext.report.series import Series
from spiketext.report.study import Study


def of_findings(study: Study) -> list[str]:
    """Sentences on the accuracies of a data set; none if nothing is amiss."""
    said = [
        f"{series.at(study.detailed_steps(series))}: {phrase}."
        for series in study.series()
        for phrase in _of_classifier(study, series)
    ]
    return _classes(study) + said


def _of_classifier(study: Study, series: Series) -> list[str]:
    return [*_majority(study, series), *_silent(study, series), *_not_tuned(study, series)]


def _classes(study: Study) -> list[str]:
    """Classes that no test text is of."""
    confusion = study.of("confusion", study.series()[0])
    texts = confusion.groupby(["true", "seed"], sort=False)["texts"].sum()
    return [
        f"No test text is of class {name}{_with(seeds, study)}: no figure tells how well it is recognised."
        for name, seeds in _seeds(texts[texts == 0].reset_index(), "true")
    ]


def _majority(study: Study, series: Series) -> list[str]:
    """An accuracy that always guessing the most frequent class reaches."""
    own, level = study.test_accuracy(series, study.detailed_steps(series)), study.majority().value
    if (own.value if own.low is None else own.low) > level:
        return []
    return ["not shown to be better than always guessing the most frequent class, which its interval reaches"]


def _silent(study: Study, series: Series) -> list[str]:
    """Layers in which no neuron fires on the whole test set."""
    layers = study.of("layers", series)
    silent = layers[(layers["rate"] == 0) | (layers["dead"] == 1)]
    return [
        f"nothing fires in its layer “{name}”{_with(seeds, study)}" for name, seeds in _seeds(silent, "layer")
    ]


def _not_tuned(study: Study, series: Series) -> list[str]:
    """Training of which epoch 0, the network that it began with, is kept."""
    source = STAGES[series.stage].source
    if source is None:
        return []
    trained = study.of("trainings", series)
    seeds = list(trained.loc[trained["best_epoch"] == 0, "seed"])
    kept = f"epoch 0 was kept{_with(seeds, study)}, so it is the {STAGES[source].title} network"
    return [kept] if seeds else []


def _seeds(rows: pd.DataFrame, column: str) -> list[tuple[str, list[int]]]:
    """Each value of a column with the seeds of its rows."""
    return [(str(value), list(own["seed"])) for value, own in rows.groupby(column, sort=False)]


def _with(seeds: Sequence[int], study: Study) -> str:
    """Which seeds it holds for, unless for all."""
    if len(seeds) == len(study.seeds()):
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
