"""Published accuracies beside ours, for the data sets and methods where that makes sense."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spiketext.config.files import read_yaml
from spiketext.config.load import CATALOGUE
from spiketext.report.document import Block, Table, Text
from spiketext.report.estimates import number
from spiketext.report.names import Series, sizes_in_words, steps_cell
from spiketext.report.study import Study
from spiketext.report.verdicts import p_value, verdicts, verdicts_note

TABLE = CATALOGUE / "published.yaml"
READOUTS = {"spike-count": "output spikes counted", "potential": "potential integrated"}


@dataclass(frozen=True)
class Stated:
    """A published accuracy.

    Attributes:
        value: a fraction of 1.
        mark: of where it was read.
        error: its standard error, from the size of its test set.
    """

    value: float
    mark: str
    error: float = 0.0

    @property
    def text(self) -> str:
        """As in `75.45 [V]`."""
        return f"{number(100 * self.value, 2)} [{self.mark}]"


@cache
def published(path: Path = TABLE) -> Mapping[str, Any]:
    """The published table; the file itself says what is in it."""
    table: Mapping[str, Any] = read_yaml(path)
    return table


def system_of(series: Series) -> Mapping[str, Any] | None:
    """The published system that a stage stands beside; None: it has no counterpart."""
    for system in published()["systems"]:
        if {"method": series.method, "stage": series.stage} in system.get("compare", []):
            found: Mapping[str, Any] = system
            return found
    return None


def stated(system: Mapping[str, Any], columns: Sequence[str | None]) -> Stated | None:
    """The accuracy of a published system on a data set, or its mean over several.

    Where the table's own mean is over other data sets, the mean is computed and marked as such. The error of
    a share p of n test texts is √(p(1 − p)/n), that of a mean over data sets follows.
    """
    known, sets = system["accuracy"], published()["datasets"]
    if not all(column in known for column in columns):
        return None
    shares = [(known[column][0] / 100, sets[column]["test"][0]) for column in columns if column is not None]
    error = math.hypot(*(math.sqrt(p * (1 - p) / n) for p, n in shares)) / len(shares)
    if len(columns) > 1 and set(columns) == set(sets) and "mean" in known:
        columns = ["mean"]
    values = [known[column] for column in columns]
    value, mark = values[0] if len(values) == 1 else (statistics.fmean(v for v, _ in values), "A")
    return Stated(round(value / 100, 6), mark, error)


def test_texts(column: str) -> str:
    """Size of a published test set with the mark of its source, as in `1,066 [A]`."""
    size, mark = published()["datasets"][column]["test"]
    return f"{size:,} [{mark}]"


def marks_note(marks: Sequence[str]) -> str:
    """What the marks that occur mean."""
    return "; ".join(f"[{mark}] {published()['marks'][mark]}" for mark in sorted(set(marks))) + "."


def citation() -> str:
    """Where the published figures come from."""
    return f"Published: {published()['citation']}."


def comparison(study: Study, kept: int, vectors: Sequence[str]) -> list[Block]:
    """Table of the systems that were run here and are published for this data set.

    Args:
        study: our results.
        kept: texts of our data set.
        vectors: kinds of our word vectors.

    Returns:
        The table with its notes, or a sentence that says why there is none.
    """
    column = study.published
    if column is None:
        return [Text("This data set is not among the published ones, so there is nothing to set beside it.")]
    beside = []
    for series in study.series():
        system = system_of(series)
        theirs = stated(system, [column]) if system else None
        if system is not None and theirs is not None:
            steps = study.detailed_steps(series)
            beside.append((system["title"], series, theirs, steps, study.test_accuracy(series, steps)))
    if not beside:
        return [Text(f"None of the systems with a published accuracy on {column} was run.")]
    ours, all_theirs = [own for *_, own in beside], [theirs for _, _, theirs, *_ in beside]
    p_values = [p_value(own, one.value, one.error) for own, one in zip(ours, all_theirs, strict=True)]
    told = verdicts([own.value for own in ours], [one.value for one in all_theirs], p_values)
    rows = [
        [title, series.label, theirs.text, steps_cell(steps), own.text(digits=2), verdict or ""]
        for (title, series, theirs, steps, own), verdict in zip(beside, told, strict=True)
    ]
    sizes = sizes_in_words(study.test_sizes())
    columns = [
        "published system", "here", f"published, % of {test_texts(column)} texts", "T",
        f"here, % of {sizes} test texts", "here, it is",
    ]  # fmt: skip
    notes = [
        citation(),
        marks_note([theirs.mark for theirs in all_theirs] + [published()["datasets"][column]["test"][1]]),
        verdicts_note(sum(p is not None for p in p_values)),
        _size(published()["datasets"][column], column, kept, vectors),
        *published()["notes"],
    ]
    caption = (
        f"Published accuracy on {column} beside ours; what differs stands in the next table and the notes"
    )
    return [Table(caption, columns, rows, 2, notes)]


def _size(theirs: Mapping[str, Any], column: str, kept: int, vectors: Sequence[str]) -> str:
    """What differs in data and word vectors."""
    size = f"all {theirs['sentences']:,} sentences of {column}" if "sentences" in theirs else column
    return (
        f"The published figures are for {size} with {theirs['vectors']}; ours are for {kept:,} texts, with "
        f"word vectors of the kind {' + '.join(vectors)}."
    )


def conditions(settings: Mapping[str, Any], studies: Sequence[Study]) -> list[Table]:
    """What differs between the published runs and ours: a row for each data set that is published.

    Args:
        settings: from `names.used_settings`.
        studies: of the data sets to show.
    """
    define = settings["define"]
    readouts = {
        one["conversion"]["readout"]: None
        for one in define["methods"].values()
        if one["conversion"] is not None
    }
    ours = " or ".join(READOUTS[name] for name in readouts)
    rows, marks = [], []
    for study in studies:
        if study.published is None:
            continue
        marks.append(published()["datasets"][study.published]["test"][1])
        dataset, theirs = define["datasets"][study.dataset], published()["datasets"][study.published]
        own = all(file["split"] is None for file in dataset["files"])
        drawn = "fixed by content" if dataset.get("test_set") == "fixed" else "at random by seed"
        rows.append([
            study.title, theirs["vectors"], _vectors(define["embeddings"][dataset["embedding"]]),
            str(theirs["tokens"]), str(dataset["max_length"]), theirs["split"],
            drawn if own else "standard", test_texts(study.published),
            sizes_in_words(study.test_sizes()), published()["readout"], ours or "–",
        ])  # fmt: skip
    columns = ["data set"]
    for what in ("word vectors", "tokens read", "test set", "its texts", "read-out of the SNN"):
        columns += [f"{what}: published", "here"]
    caption = "What differs between the published runs and ours"
    return [Table(caption, columns, rows, len(columns), [marks_note(marks)])] if rows else []


def _vectors(embedding: Mapping[str, Any]) -> str:
    """The sources of word vectors with their dimensions."""
    said = []
    for source in embedding["sources"]:
        width = source["reduce_to"] or source["width"]
        name = source["resource"] or source["file"] or source["kind"]
        said.append(f"{name} ({width})" if width else str(name))
    return " + ".join(said)
