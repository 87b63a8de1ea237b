"""All systems in one table: accuracy, energy, what an attack leaves, and what training took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from spiketext.attack.metrics import HEADLINE
from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Block, Section, Table
from spiketext.report.energy.readings import Reading
from spiketext.report.estimates import Estimate, mean_over_datasets, mean_over_seeds, number, significant
from spiketext.report.figures import captions
from spiketext.report.names import Names, Series, steps_cell
from spiketext.report.outcome import classifiers
from spiketext.report.scores import SCORES
from spiketext.report.study import Study, held
from spiketext.report.training_time import Times, training_time

NONE = "–"


def section(
    settings: Mapping[str, Any], studies: Sequence[Study], pictures: Mapping[str, Path], known: Times
) -> Section:
    """A table for each data set; of several first the figure and the table of their mean.

    Args:
        settings: from `names.used_settings`.
        studies: one for each data set.
        pictures: of all of them, by kind.
        known: processor time of the jobs.
    """
    blocks: list[Block] = []
    if len(studies) > 1:
        datasets = [one.dataset for one in studies]
        blocks += captions.figure("systems", settings, studies[0].names, datasets, pictures)
        blocks.append(systems_table(studies, known))
    blocks += [systems_table([one], known) for one in studies]
    return Section("All systems in one table", "systems", blocks)


def systems_table(studies: Sequence[Study], known: Times) -> Table:
    """A row for each classifier at its last stage, the means of several data sets."""
    first = studies[0]
    tables = price_models(first.names) if all(len(one.energy) for one in studies) else []
    rows = [_row(studies, *one, tables, known) for one in classifiers(first)]
    columns = ["classifier", "T", "accuracy, %", "macro-F1, %"]
    columns += [f"energy, µJ: {first.names.cost_title(table)}" for table in tables]
    columns += [f"under attack, {HEADLINE} of the words, %", "training, minutes"]
    notes = [
        f"Energy of a sentence ({STATEMENT}): operations counted in the way that makes it cheapest, in "
        "brackets where that is not the usual one; over several data sets the geometric mean.",
        f"Under attack: accuracy on the attacked texts if {HEADLINE} of a text's words may change, mean over "
        "the recipes, each in the mode that leaves least; the table of attacks has each. A dash: not "
        "attacked by every recipe of the study.",
        "Training: minutes of one processor core for a seed, from data to this classifier: what it was made "
        "from, began with or learnt from counts, loading too. A dash: not measured here.",
    ]
    where = first.title if len(studies) == 1 else f"the mean of {len(studies)} data sets"
    return Table(f"All systems on {where}", columns, rows, 1, notes)


def price_models(names: Names) -> list[str]:
    """The main cost table; the first with memory whose weights are read at every product, and once a text."""
    priced: dict[str, str] = {}
    for table, definition in names.cost_tables.items():
        if definition.get("memory"):
            priced.setdefault(definition.get("reuse", "none"), table)
    return list(
        dict.fromkeys([names.cost_table, *(priced[one] for one in ("none", "text") if one in priced)])
    )


def cheapest(studies: Sequence[Study], series: Series, steps: int | None, table: str) -> Reading | None:
    """The way of counting its operations that makes it cheapest; None: its energy is not known."""
    ways = [Reading(series, steps, accounting) for accounting in studies[0].accountings(series)]
    priced = [one for one in ways if one.priced(studies, table)]
    return min(priced, key=lambda one: one.energy(studies, table).value, default=None)


def withstood(studies: Sequence[Study], series: Series) -> Estimate | None:
    """Accuracy within the headline's budget, mean over recipes; None where one of them was not run on it.

    With one seed there is no interval: recipes attack the same texts.
    """
    found = []
    for study in studies:
        hardest = list(study.hardest())
        own = [held(rows).values for _, one, _, rows in hardest if one == series]
        if not own or len(own) < len({recipe for recipe, *_ in hardest}):
            return None
        by_seed = [fmean(values) for values in zip(*own, strict=True)]
        found.append(mean_over_seeds(by_seed, overlap=study.overlap).share)
    return mean_over_datasets(found).share


def _row(
    studies: Sequence[Study], series: Series, steps: int | None, tables: Sequence[str], known: Times
) -> list[str]:
    scores = [[score.of(study, (series, steps)) for study in studies] for score in SCORES.values()]
    means = [mean_over_datasets(one).share for one in scores]
    left, took = withstood(studies, series), training_time(studies, series, known)
    return [
        series.label,
        steps_cell(steps),
        *(mean.text() for mean in means),
        *(_energy(studies, series, steps, table) for table in tables),
        NONE if left is None else left.text(),
        NONE if took is None else number(took.value / 60, 1),
    ]


def _energy(studies: Sequence[Study], series: Series, steps: int | None, table: str) -> str:
    way = cheapest(studies, series, steps, table)
    if way is None:
        return NONE
    spent = significant(way.energy(studies, table).value)
    return spent if way.usual else f"{spent} ({way.accounting})"
