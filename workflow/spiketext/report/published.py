"""Published accuracies beside ours, for the data sets and methods where that makes sense."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spiketext.config_files import read_yaml
from spiketext.load_config import CATALOGUE
from spiketext.report.document import Block, Table, Text
from spiketext.report.estimates import Estimate, number, verdict
from spiketext.report.series import Series, steps_cell
from spiketext.report.study import Findings

TABLE = CATALOGUE / "published.yaml"
VERDICTS = (
    "Within: the published value lies in the 95 % interval of our figure; above, below: the whole interval "
    "lies above or below that value. Over seeds, the interval does not hold how much other test sentences "
    "would change: on a fixed test set it is that of training alone."
)


@dataclass(frozen=True)
class Stated:
    """A published accuracy: a fraction of 1, and the mark of where it was read."""

    value: float
    mark: str

    @property
    def text(self) -> str:
        """As in `75.45 [V]`."""
        return f"{number(100 * self.value, 2)} [{self.mark}]"

    def verdict(self, ours: Estimate) -> str | None:
        """How a figure of ours stands to it; None without an interval."""
        if ours.low is None or ours.high is None:
            return None
        return verdict(ours.low, ours.high, self.value)


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

    Where the table's own mean is over other data sets, the mean is computed and marked as such.
    """
    known = system["accuracy"]
    if len(columns) > 1 and set(columns) == set(published()["datasets"]) and "mean" in known:
        columns = ["mean"]
    if not all(column in known for column in columns):
        return None
    values = [known[column] for column in columns]
    value, mark = values[0] if len(values) == 1 else (statistics.fmean(v for v, _ in values), "A")
    return Stated(round(value / 100, 6), mark)


def marks_note(marks: Sequence[str]) -> str:
    """What the marks that occur mean."""
    return "; ".join(f"[{mark}] {published()['marks'][mark]}" for mark in sorted(set(marks))) + "."


def citation() -> str:
    """Where the published figures come from."""
    return f"Published: {published()['citation']}."


def comparison(findings: Findings, kept: int, vectors: Sequence[str]) -> list[Block]:
    """Table of the systems that were run here and are published for this data set.

    Args:
        findings: our results.
        kept: texts of our data set.
        vectors: kinds of our word vectors.

    Returns:
        The table with its notes, or a sentence that says why there is none.
    """
    column = findings.published
    if column is None:
        return [Text("This data set is not among the published ones, so there is nothing to set beside it.")]
    rows, marks = [], []
    for series in findings.series():
        system = system_of(series)
        theirs = stated(system, [column]) if system else None
        if system is None or theirs is None:
            continue
        steps = findings.detailed_steps(series)
        own = findings.test_accuracy(series, steps)
        cells = [steps_cell(steps), own.text(digits=2), theirs.verdict(own) or ""]
        rows.append([system["title"], series.label, theirs.text, *cells])
        marks.append(theirs.mark)
    if not rows:
        return [Text(f"None of the systems with a published accuracy on {column} was run.")]
    columns = ["published system", "here", "published, %", "T", "test accuracy here, %", "here, it is"]
    notes = [
        citation(),
        marks_note(marks),
        VERDICTS,
        _differences(published()["datasets"].get(column, {}), column, kept, vectors),
        *published()["notes"],
    ]
    caption = (
        f"Published accuracy on {column} beside ours; the data and the word vectors differ, see the notes."
    )
    return [Table(caption, columns, rows, 2, notes)]


def _differences(theirs: Mapping[str, Any], column: str, kept: int, vectors: Sequence[str]) -> str:
    """What differs in data and word vectors."""
    size = f"all {theirs['sentences']:,} sentences of {column}" if "sentences" in theirs else column
    known = theirs.get("vectors", "other word vectors")
    return (
        f"The published figures are for {size} with {known}; ours are for {kept:,} texts, with word "
        f"vectors of the kind {' + '.join(vectors)} and other splits."
    )
