"""Whether spiking networks are more robust than the DNNs that they were made from: sentences and tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from spiketext.attack.metrics import HEADLINE
from spiketext.report.attacks.attacked import stand_ins
from spiketext.report.attacks.pairs import OWN_DNN, VERDICTS, difference, hardest
from spiketext.report.document import Table
from spiketext.report.estimates import RESAMPLES, number, significant
from spiketext.report.names import Series, in_mode, recipe_title
from spiketext.report.phrases import distance, sentence
from spiketext.report.study import Study
from spiketext.report.verdicts import MARGIN

NONE = "–"
MARGIN_POINTS = f"{number(100 * MARGIN, 0)} point"
Row = Mapping[str, Any]  # of `attack_pairs.records`


def answer(study: Study, rows: Sequence[Row]) -> list[str]:
    """Whether spiking networks are more robust than their DNNs, by how much, under what; what is not known.

    Args:
        study: on one data set.
        rows: all comparisons of the study; those of the data set are told.
    """
    own = _headline([study], rows)
    return [
        *_counted(own),
        *(_told(row, study, len(rows)) for row in own),
        *_not_known(study, own),
        *_areas(own),
    ]


def overall(studies: Sequence[Study], rows: Sequence[Row]) -> list[str]:
    """The answer over all data sets."""
    own = _headline(studies, rows)
    return [*_counted(own), *_areas(own)]


def _headline(studies: Sequence[Study], rows: Sequence[Row]) -> list[Row]:
    """The last stage of each spiking method and its DNN, in the mode that is hardest for the network."""
    last = {(one.dataset, _name(series)) for one in studies for series in one.headline()}
    own = [row for row in rows if row["relation"] == OWN_DNN and (row["dataset"], row["first"]) in last]
    return hardest(own)


def _name(series: Series) -> str:
    return f"{series.method}/{series.stage}"


def _known(study: Study) -> dict[str, Series]:
    return {_name(one): one for one in study.series()}


def _counted(own: Sequence[Row]) -> list[str]:
    """How often each verdict was reached; nothing where there is nothing to compare."""
    if not own:
        return []
    reached = Counter(row["verdict"] for row in own)
    told = ", ".join(f"{said} in {reached[said]}" for said in VERDICTS if said in reached)
    count = f"{len(own)} comparisons"
    if len(reached) == 1:
        told, count = own[0]["verdict"], "each comparison" if len(own) > 1 else "the one comparison"
    return [
        "Is a spiking network more robust than its DNN, which it was made from or is compared with? If an "
        f"attack may change {HEADLINE} of the words of a text, in {count} of a network and a recipe: {told}."
    ]


def _areas(own: Sequence[Row]) -> list[str]:
    """In how many comparisons the interval of the area's difference leaves 0 out."""
    if not own:
        return []
    found = [difference(row, "area") for row in own]
    known = [(one.low, one.high) for one in found if one.low is not None and one.high is not None]
    larger, smaller = sum(low > 0 for low, _ in known), sum(high < 0 for _, high in known)
    return [
        "By the area, the mean accuracy over all shares of words up to 20 %, more is left of the network in "
        f"{larger} and less in {smaller} of {len(found)} (95 % intervals, not corrected)."
    ]


def _told(row: Row, study: Study, comparisons: int) -> str:
    """One spiking network and its DNN under one recipe."""
    first, second = (_known(study)[row[one]] for one in ("first", "second"))
    recipe = recipe_title(row["recipe"])
    said = f"{sentence(row['verdict'])}: {in_mode(first.phrase, row['mode'])} and {second.phrase}"
    if row["difference"] is None:
        return f"{said} under {recipe}, as no text is left that both were attacked on."
    texts = "There is no text that both had right before."
    if row["both_right"]:
        texts = (
            f"Of the {row['both_right']:,} texts that both had right before, {_percent(row['fell_first'])} "
            f"fall with the spiking network and {_percent(row['fell_second'])} with the DNN."
        )
    return (
        f"{said}. If {recipe} may change {row['budget']} of the words, the spiking network is right on "
        f"{_percent(row['held_first'])} of {row['n']:,} texts, {distance(difference(row))} the DNN "
        f"({_percent(row['held_second'])}); p = {significant(row['p_holm'], 2)} for all {comparisons} "
        f"comparisons together. Before the attack it is {distance(difference(row, 'clean'))} the DNN. {texts}"
    )


def _percent(share: float) -> str:
    return f"{number(100 * share, 1)} %"


def _not_known(study: Study, own: Sequence[Row]) -> Iterator[str]:
    """What the comparisons leave open."""
    compared = {row["first"] for row in own}
    missing = [one.phrase for one in study.headline() if _name(one) not in compared]
    if missing:
        yield (
            f"Not known for {', '.join(missing)}: whether it withstands more than its DNN, as not both were "
            "attacked (`attack: stages`)."
        )
    halves = [max(difference(row).errors) for row in own if row["low"] is not None]
    if halves:
        ends = dict.fromkeys(number(100 * end, 0) for end in (min(halves), max(halves)))
        seeds = "; nor how much another seed would change" if len(study.seeds()) == 1 else ""
        yield (
            f"Not known: differences of less than some {' to '.join(ends)} points, which is as far as the "
            f"intervals reach with {max(row['n'] for row in own):,} texts{seeds}."
        )
    if own:
        yield (
            "Not known: what attacks do that were not run. These tell how often their own search finds a "
            "change; and where two networks differ in more than spikes, so may their robustness."
        )


def robustness_table(study: Study, rows: Sequence[Row]) -> Table:
    """One row for each pair and recipe on a data set.

    Args:
        study: on one data set.
        rows: all comparisons of the study.
    """
    known, cells = _known(study), []
    own = [row for row in rows if row["dataset"] == study.dataset]
    for row in own:
        first, second = (known[row[one]].label for one in ("first", "second"))
        told = [row[f"{what}_{one}"] for what in ("held", "fell") for one in ("first", "second")]
        held, other, fell, others = (NONE if one is None else number(100 * one, 1) for one in told)
        p = NONE if row["p_holm"] is None else significant(row["p_holm"], 2)
        cells.append([
            f"{in_mode(first, row['mode'])} minus {second}", recipe_title(row["recipe"]), f"{row['n']:,}",
            held, other, _difference(row), _difference(row, "area"), fell, others, p, row["verdict"],
        ])  # fmt: skip
    columns = [
        "first minus second", "attack", "texts", f"first: {HEADLINE} of words changed, %", "second, %",
        "difference, points", "area: difference, points", "first: fell of those both had right, %",
        "second, %", "p after Holm", "verdict",
    ]  # fmt: skip
    left_out = sum(row["errors"] for row in own)
    notes = [
        f"On the same texts, if an attack may change {HEADLINE} of a text's words (one at least). In "
        f"brackets: 95 % interval of {RESAMPLES:,} bootstrap samples of the texts, with several seeds of "
        "these too; none where all texts agree. With few seeds it is too narrow, as they are drawn with "
        "replacement.",
        "p: exact test of the texts that one withstands more often than the other (McNemar's; with random "
        "spikes Fisher's of the shares of draws), all seeds together, corrected "
        f"for all {len(rows)} comparisons of the study (Holm 1979).",
        "Area: of mean accuracy over all shares of words up to 20 %; its intervals are not corrected.",
        f"Verdicts: practically equal, if the whole interval lies within a margin of {MARGIN_POINTS}; "
        "more or less robust, if p is at most 0.05, the interval leaves 0 out, and so does that "
        "of the shares that fall of the texts which both had right before; more or less often right, as "
        "before the attack, if the last is not shown, so that the difference may be that of the "
        "accuracies before; else no evidence.",
        *stand_ins(study.attacks),
        *([f"{left_out} texts are left out, as a search failed on them for either."] if left_out else []),
    ]
    return Table(f"Pairs under attack on {study.title}", columns, cells, 2, notes)


def overall_table(studies: Sequence[Study], rows: Sequence[Row]) -> Table:
    """The spiking networks and their DNNs: a row for each recipe, a column for each data set."""
    known = _known(studies[0])
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in _headline(studies, rows):
        said = f"{_difference(row)}, {row['verdict']}"
        cells.setdefault((row["first"], row["recipe"]), {})[row["dataset"]] = said
    found = [
        [known[name].label, recipe_title(recipe), *(told.get(one.dataset, NONE) for one in studies)]
        for (name, recipe), told in cells.items()
    ]
    columns = ["spiking network minus its DNN", "attack", *(one.title for one in studies)]
    notes = [
        f"Points of accuracy if an attack may change {HEADLINE} of the words, on the same texts; the tables "
        "of the data sets say what the intervals and verdicts are.",
        *stand_ins(pd.concat([one.attacks for one in studies])),
    ]
    return Table("Spiking networks and their DNNs under attack", columns, found, 2, notes)


def _difference(row: Row, of: str = "") -> str:
    found = difference(row, of)
    return NONE if math.isnan(found.value) else found.brackets()
