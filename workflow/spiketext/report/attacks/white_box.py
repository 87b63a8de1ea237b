"""Tables of the attacks that know the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spiketext.config.stages import STAGES
from spiketext.errors import SpikeTextError
from spiketext.report.document import Report, Table
from spiketext.report.estimates import Estimate, mean_over_seeds, paired_difference, proportion
from spiketext.report.frames import STAGE
from spiketext.report.names import Series
from spiketext.report.study import Study

WORST = "worst case"  # stands for a member in the rows of the whole ensemble
NONE = "–"
DNN = "dnn"
COLUMNS = (
    "dataset", "method", "stage", "seed", "kind", "mode", "member", "budget", "headline", "n",
    "clean_accuracy", "after_attack_accuracy", "gap", "gap_low", "gap_high",
)  # fmt: skip
TITLES = {"hotflip": "HotFlip", "pgd": "PGD and APGD"}
NOTES = (
    "Each figure is the accuracy that is left if the worst of all members of an ensemble counts, text by "
    "text: each derivative of the spikes with each loss (and, of PGD, each rule). Every changed text has "
    "been classified by the network itself, with the draws of its evaluation.",
    "HotFlip: under a budget of words, swapped for neighbours by cosine among the word vectors. PGD: within "
    "a ball around each word's vector; its radius is a share of the mean distance of the vectors from their "
    "mean.",
    "Minus its DNN: on the same texts; in brackets the 95 % interval over the texts of one seed, ± that over "
    "several seeds.",
    "Opposites can be neighbours, and a moved vector is no word: these figures say how soon a network gives "
    "way and guard against masked gradients; they are no forecast of what a reader would let pass.",
)


def frame(reports: Sequence[Report], dnns: Mapping[str, str]) -> pd.DataFrame:
    """One row for each attack, member of its ensemble and budget; the whole ensemble is `WORST`.

    Accuracies are fractions of 1, of `n` texts; `headline` marks the budget to compare at. There the whole
    ensemble has a `gap`: what it leaves of a spiking network minus what it leaves of its DNN, on the same
    texts, with its interval (`paired_difference`); missing where that DNN was not attacked.

    Args:
        reports: of the attacks.
        dnns: by method the one whose DNN it was made from or is compared with, where it is another.

    Raises:
        SpikeTextError: a network and its DNN were attacked on other texts.
    """
    rows: list[dict[str, Any]] = []
    standing = {_key(report): report["stands"] for report in reports}
    for report in reports:
        own = (*_key(report)[:3], dnns.get(report["method"], report["method"]), DNN)
        spiking = STAGES[report["stage"]].spiking
        gap = _gap(report, standing[own]) if spiking and own in standing else {}
        for member, left in {WORST: report["budgets"], **report["members"]}.items():
            rows += [
                {
                    **report, "member": member, "budget": budget, "after_attack_accuracy": accuracy,
                    "headline": budget == report["headline"],
                    **(gap if member == WORST and budget == report["headline"] else {}),
                }
                for budget, accuracy in left.items()
            ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _key(report: Report) -> tuple[Any, ...]:
    return tuple(report[name] for name in ("dataset", "seed", "kind", "method", "stage"))


def _gap(report: Report, dnn: Mapping[str, bool]) -> dict[str, float | None]:
    """Of a network's worst case and its DNN's."""
    own = report["stands"]
    if own.keys() != dnn.keys():
        place = "/".join(str(part) for part in _key(report))
        raise SpikeTextError(
            f"{place}: its DNN was attacked as a white box on other texts; delete both results"
        )
    found = paired_difference([int(own[text]) - int(dnn[text]) for text in own])
    return {"gap": found.value, "gap_low": found.low, "gap_high": found.high}


def tables(study: Study, attacks: pd.DataFrame) -> list[Table]:
    """Of each kind: what the worst case leaves under each budget, and what each member alone would leave."""
    found = []
    for kind, own in attacks[attacks["dataset"] == study.dataset].groupby("kind", sort=False):
        title = f"{TITLES[str(kind)]} on {study.title}"
        found += [_worst(study, own, title), _alone(study, own, title)]
    return found


def _worst(study: Study, attacks: pd.DataFrame, title: str) -> Table:
    budgets = list(attacks["budget"].unique())
    rows = []
    for series, own in _by_series(study, attacks[attacks["member"] == WORST]):
        first = own.drop_duplicates(STAGE)
        sizes = " / ".join(str(size) for size in sorted(set(first["n"])))
        before = proportion(list(first["clean_accuracy"]), list(first["n"])).text()
        left = [_left(own, budget) for budget in budgets]
        rows.append([series.label, sizes, before, *left, _to_dnn(own[own["headline"]], study.overlap)])
    at = attacks[attacks["headline"]]["budget"].iloc[0]
    columns = [
        "classifier", "texts", "before, %", *(f"{budget}, %" for budget in budgets),
        f"minus its DNN at {at}, points",
    ]  # fmt: skip
    return Table(f"{title}: accuracy where the attacker knows the network", columns, rows, 1, NOTES)


def _alone(study: Study, attacks: pd.DataFrame, title: str) -> Table:
    """Members in rows: which of them is needed, and which gradients are masked."""
    at = attacks[attacks["headline"]]
    groups, budget = _by_series(study, at), at["budget"].iloc[0]
    rows = [
        [member, *(_left(own[own["member"] == member], budget) for _, own in groups)]
        for member in at["member"].unique()
    ]
    columns = ["member", *(f"{series.label}, %" for series, _ in groups)]
    return Table(f"{title}: accuracy at {budget} if only one member attacks", columns, rows)


def _by_series(study: Study, attacks: pd.DataFrame) -> list[tuple[Series, pd.DataFrame]]:
    """The rows of each attacked stage, in the order of the study."""
    groups = {key: own for key, own in attacks.groupby(["method", "stage"])}
    return [
        (one, groups[one.method, one.stage]) for one in study.series() if (one.method, one.stage) in groups
    ]


def _to_dnn(attacks: pd.DataFrame, overlap: float) -> str:
    """The gap to its DNN: of one seed with the interval over texts, of several with that over seeds."""
    known = attacks.dropna(subset="gap")
    if known.empty:
        return NONE
    if len(known) > 1:
        return mean_over_seeds(list(known["gap"]), overlap=overlap).text()
    ((value, low, high),) = known[["gap", "gap_low", "gap_high"]].itertuples(index=False, name=None)
    return Estimate(value, low, high).text()


def _left(attacks: pd.DataFrame, budget: str) -> str:
    """Accuracy under a budget, over the seeds; a dash where there is no such member."""
    own = attacks[attacks["budget"] == budget]
    return proportion(list(own["after_attack_accuracy"]), list(own["n"])).text() if len(own) else NONE
