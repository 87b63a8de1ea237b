"""Whether spiking networks are more robust than the DNNs that they were made from: sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spiketext.attack.metrics import HEADLINE
from spiketext.report.attack_pairs import EQUAL, MORE, OWN_DNN, SOURCE, UNKNOWN, difference, hardest
from spiketext.report.document import Table
from spiketext.report.estimates import RESAMPLES, Estimate, number, significant
from spiketext.report.names import FIXED, Names, Series, in_mode, recipe_title, series_of
from spiketext.report.prose import distance, sentence
from spiketext.report.study import Study
from spiketext.report.verdicts import MARGIN

NONE = "–"
Row = Mapping[str, Any]  # of `attack_pairs.records`


def series_by_name(rows: Sequence[Row], names: Names) -> dict[str, Series]:
    """The classifiers of comparisons, by METHOD/STAGE."""
    known = {tuple(row[name].split("/")) for row in rows for name in ("first", "second")}
    # A spiking method is known as such by its spiking stage, whether or not its DNN was attacked.
    return {f"{one.method}/{one.stage}": one for one in series_of(known, names.methods)}


def answer(study: Study, rows: Sequence[Row]) -> list[str]:
    """Is a spiking network more robust than its DNN: by how much, under what; and what is not known.

    Args:
        study: on one data set.
        rows: all comparisons of that data set.
    """
    known = {f"{one.method}/{one.stage}": one for one in study.series()}
    last = [f"{one.method}/{one.stage}" for one in study.headline()]
    own = [row for row in hardest(rows) if row["relation"] == OWN_DNN and row["first"] in last]
    said = [_compared(row, known, len(rows)) for row in own]
    return said + list(_not_known(study, own, last, known))


def _compared(row: Row, known: Mapping[str, Series], comparisons: int) -> str:
    """One spiking network and its DNN under one recipe."""
    first, second = known[row["first"]], known[row["second"]]
    asked = (
        f"Is {in_mode(first.phrase, row['mode'])} more robust than {second.phrase}, which it was made from? If "
        f"{recipe_title(row['recipe'])} may change {row['budget']} of the words of a text, {_VERDICTS[row['verdict']]}"
    )
    if row["difference"] is None:
        return f"{asked}: no text is left to compare."
    held = [f"{number(100 * row[f'held_{one}'], 1)} %" for one in ("first", "second")]
    said = (
        f"{asked}: it is right on {held[0]} of {row['n']} texts, {distance(difference(row))} the DNN on the same "
        f"texts ({held[1]}; p = {significant(row['p_holm'], 2)} for all {comparisons} comparisons together)"
    )
    clean = distance(difference(row, "clean"))
    if row["fell_first"] is None:
        return f"{said}."
    fell = [f"{number(100 * row[f'fell_{one}'], 1)} %" for one in ("first", "second")]
    return (
        f"{said}. Before the attack it is {clean} the DNN; of the {row['both_right']} texts that both had right, "
        f"{fell[0]} fall for it and {fell[1]} for the DNN."
    )


_VERDICTS = {
    UNKNOWN: "there is no evidence either way",
    EQUAL: f"they are practically equal (within {number(100 * MARGIN, 0)} point)",
    MORE: "yes",
}


def _not_known(
    study: Study, own: Sequence[Row], last: Sequence[str], known: Mapping[str, Series]
) -> Iterator[str]:
    """What the comparisons leave open."""
    missing = [known[name].phrase for name in last if name not in {row["first"] for row in own}]
    if missing:
        yield (
            f"Not known: how {', '.join(missing)} compares with the DNN that it was made from, as they were not "
            "both attacked (`attack: stages`)."
        )
    if not own:
        return
    halves = [max(difference(row).errors) for row in own if row["low"] is not None]
    if halves:
        ends = dict.fromkeys(number(100 * end, 0) for end in (min(halves), max(halves)))
        yield (
            f"Not known: differences of less than some {' to '.join(ends)} points, as far as the intervals reach "
            f"with {max(row['n'] for row in own)} texts"
            + ("; and how much another seed would change." if len(study.seeds()) == 1 else ".")
        )
    yield (
        "Not known: other attacks than these. Each tells how often its own search finds a change; and where the "
        "two networks differ in more than spikes, the difference is not due to spikes alone."
    )
