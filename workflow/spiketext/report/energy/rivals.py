"""Each spiking network beside the strongest rival that does not spike and costs no more, by cost table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Table
from spiketext.report.energy.readings import Reading, detailed
from spiketext.report.estimates import Estimate, significant
from spiketext.report.outcome import TIE, not_spiking, on_dev, spiking
from spiketext.report.study import Study

NONE = "–"
PASSES, FAILS, LEVEL = "more accurate", "less accurate", "not told apart"


def rivals_table(
    studies: Sequence[Study], tables: Sequence[str] | None = None, methods: Sequence[str] | None = None
) -> Table:
    """For each cost table a row for each spiking classifier and way of counting; none where nothing else is.

    Args:
        studies: of one data set, or of several, over which it averages.
        tables: cost tables; None: all of the study.
        methods: those whose spiking classifiers have rows; None: all. Rivals are all that do not spike.
    """
    first = studies[0]
    group, rivals = candidates(first)
    rows = [
        _cells(studies, own, rivals, table)
        for table in (first.names.cost_tables if tables is None else tables)
        for own in group
        if methods is None or own.series.method in methods
        if rivals and cost(studies, own, table) < math.inf
    ]
    columns = [
        "cost table",
        "classifier",
        "energy, µJ",
        "strongest rival",
        "energy, µJ",
        "minus it, points",
        "",
    ]
    notes = [
        "Rival: of the classifiers that do not spike, however their operations are counted, and that need no "
        "more energy under the cost table, the one with the best accuracy on dev; none: all need more. The "
        "difference is that of test accuracies, on the same texts; it is told where its interval does not "
        "hold 0.",
        "Only what the study has run can be a rival: smaller DNNs and DNNs of few bits may be stronger.",
    ]
    where = first.title if len(studies) == 1 else f"the mean of {len(studies)} data sets"
    return Table(
        f"Against the strongest rival that costs no more on {where}: {STATEMENT}", columns, rows, 2, notes
    )


def candidates(study: Study) -> tuple[list[Reading], list[Reading]]:
    """The classifiers that spike and those that do not, each in every way of counting.

    The DNNs that spiking networks were made from are among the latter.
    """
    groups = set(spiking(study)), set(not_spiking(study))
    own, rivals = ([one for one in detailed(study) if (one.series, one.steps) in group] for group in groups)
    return own, rivals


def strongest(
    studies: Sequence[Study], own: Reading, rivals: Sequence[Reading], table: str
) -> tuple[Reading, Estimate] | None:
    """The best on dev of those that need no more energy than `own`, and `own` minus it on test.

    Of equals the one of the least energy. None: all need more.
    """
    most = (1 + TIE) * cost(studies, own, table)
    affordable = [one for one in rivals if cost(studies, one, table) <= most]
    if not affordable:
        return None
    best = max(affordable, key=lambda one: (mean_on_dev(studies, one), -cost(studies, one, table)))
    return best, own.difference(studies, best)


def mean_on_dev(studies: Sequence[Study], one: Reading) -> float:
    """Its accuracy on dev, or what else is chosen by there, mean over seeds and data sets."""
    return round(fmean(on_dev(study, (one.series, one.steps)) for study in studies), 9)


def cost(studies: Sequence[Study], one: Reading, table: str) -> float:
    """Energy of a text under a cost table, µJ, geometric mean over the data sets; ∞ where it is not known."""
    return one.energy(studies, table).value if one.priced(studies, table) else math.inf


def _cells(studies: Sequence[Study], own: Reading, rivals: Sequence[Reading], table: str) -> list[str]:
    cells = [studies[0].names.cost_title(table), own.label, significant(cost(studies, own, table))]
    found = strongest(studies, own, rivals, table)
    if found is None:
        return [*cells, "none", NONE, NONE, NONE]
    rival, gap = found
    told = NONE
    if gap.low is not None and gap.high is not None:
        told = PASSES if gap.low > 0 else FAILS if gap.high < 0 else LEVEL
    return [*cells, rival.label, significant(cost(studies, rival, table)), gap.text(), told]
