"""Published accuracies beside ours, for the data sets and methods where that makes sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spiketext.load_config import CATALOGUE, read_yaml
from spiketext.report.document import Block, Table, Text
from spiketext.report.estimates import number
from spiketext.report.study import Findings

TABLE = CATALOGUE / "published.yaml"


def comparison(
    findings: Findings, column: str | None, kept: int, vectors: Sequence[str], path: Path = TABLE
) -> list[Block]:
    """Table of the systems that were run here and are published for this data set.

    Args:
        findings: our results.
        column: the data set's name in the published table; None: it is not in it.
        kept: texts of our data set.
        vectors: kinds of our word vectors.
        path: the published table.

    Returns:
        The table with its notes, or a sentence that says why there is none.
    """
    published = read_yaml(path)
    if column is None:
        return [Text("This data set is not among the published ones, so there is nothing to set beside it.")]
    ours = {(series.method, series.stage): series for series in findings.series()}
    rows, marks = [], []
    for system in published["systems"]:
        target = system.get("compare")
        series = ours.get((target["method"], target["stage"])) if target else None
        if series is None or column not in system["accuracy"]:
            continue
        value, mark = system["accuracy"][column]
        steps = findings.detailed_steps(series)
        own = findings.test_accuracy(series, steps).text()
        rows.append([system["title"], f"{number(value, 2)} [{mark}]", series.label, _steps(steps), own])
        marks.append(mark)
    if not rows:
        return [Text(f"None of the systems with a published accuracy on {column} was run.")]
    columns = ["published system", "published, %", "here", "T", "test accuracy here, %"]
    notes = [
        f"Published: {published['citation']}.",
        "; ".join(f"[{mark}] {published['marks'][mark]}" for mark in sorted(set(marks))) + ".",
        _differences(published["datasets"].get(column, {}), column, kept, vectors),
        *published["notes"],
    ]
    caption = (
        f"Published accuracy on {column} beside ours; the data and the word vectors differ, see the notes."
    )
    return [Table(caption, columns, rows, 1, notes)]


def _steps(steps: int | None) -> str:
    return "–" if steps is None else str(steps)


def _differences(theirs: Mapping[str, Any], column: str, kept: int, vectors: Sequence[str]) -> str:
    """What differs in data and word vectors."""
    size = f"all {theirs['sentences']:,} sentences of {column}" if "sentences" in theirs else column
    known = theirs.get("vectors", "other word vectors")
    return (
        f"The published figures are for {size} with {known}; ours are for {kept:,} texts, with word "
        f"vectors of the kind {' + '.join(vectors)} and other splits."
    )
