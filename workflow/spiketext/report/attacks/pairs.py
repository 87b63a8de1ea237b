"""Two attacked classifiers on the same texts: which withstands more, how sure that is, and what makes it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spiketext.attack.metrics import ERROR, HEADLINE
from spiketext.attack.modes import SCORING
from spiketext.config.stages import STAGES
from spiketext.report.attacks.attacked import interval, judged, resampled
from spiketext.report.estimates import LEVEL, Estimate, paired_difference
from spiketext.report.names import FIXED, Series
from spiketext.report.study import Study
from spiketext.report.summary import contenders
from spiketext.report.verdicts import MARGIN, holm_adjusted, paired_p

OWN_DNN, SOURCE, OTHER = "its DNN", "its source", "another"
MORE, LESS, EQUAL, UNKNOWN = "more robust", "less robust", "practically equal", "no evidence either way"
MORE_RIGHT, LESS_RIGHT = "more often right, as before the attack", "less often right, as before the attack"
VERDICTS = (MORE, LESS, MORE_RIGHT, LESS_RIGHT, EQUAL, UNKNOWN)

ATTACK_PAIRS = (
    "dataset", "recipe", "mode", "relation", "first", "second", "seeds", "n", "errors", "budget",
    "held_first", "held_second", "difference", "low", "high", "only_first", "only_second", "p", "p_holm",
    "verdict",
    "clean_first", "clean_second", "clean_difference", "clean_low", "clean_high",
    "both_right", "fell_first", "fell_second", "fell_difference", "fell_low", "fell_high",
    "area_first", "area_second", "area_difference", "area_low", "area_high",
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two classifiers that were attacked, and what the second is to the first."""

    first: Series
    second: Series
    relation: str


def pairs(study: Study) -> list[Pair]:
    """What is compared, of what was attacked.

    Each spiking stage with the DNN that it was made from; each stage with the one that its training began
    with; the last stage of each spiking method with every other of the `contenders` that does not spike; and
    each further DNN with the first, as they differ in what is not spikes.
    """
    attacked = set(study.attack_texts[["method", "stage"]].itertuples(index=False, name=None))
    some = [one for one in study.series() if (one.method, one.stage) in attacked]
    last = study.headline()
    rivals = [one for one in contenders(study) if one in some and not one.spiking]
    found: dict[tuple[Series, Series], str] = {}
    for one in (one for one in some if one.spiking):
        source = STAGES[one.stage].source
        begun = [other for other in some if (other.method, other.stage) == (one.method, source)]
        own = {dnn: OWN_DNN for dnn in (study.dnn_of(one),) if dnn in some}
        others = dict.fromkeys(rivals, OTHER) if one in last else {}
        for other, relation in {**others, **dict.fromkeys(begun, SOURCE), **own}.items():
            found[one, other] = relation
    dnns = [one for one in some if one.is_dnn]
    found |= {(one, dnns[0]): OTHER for one in dnns[1:]}
    order = (OWN_DNN, SOURCE, OTHER)
    known = [Pair(*both, relation) for both, relation in found.items()]
    return sorted(known, key=lambda pair: order.index(pair.relation))


def attack_pairs_frame(studies: Sequence[Study]) -> pd.DataFrame:
    """One row for each data set, recipe, mode and pair of `pairs`; all figures on the texts that both have.

    `first` and `second` are METHOD/STAGE, `relation` what the second is to the first. `mode` is how a
    classifier with random draws answered; one without them stands beside it as it is. `n` texts are compared,
    all seeds together, and `errors` more left out, as the search failed on them for either one.

    `held_…` is accuracy if an attack may change `budget` of the words of a text, `clean_…` that before,
    `area_…` that under the curve; fractions of 1. `difference` and `…_difference` are the first minus the
    second, with 95 % bootstrap intervals (`attacked.resampled`). Where all texts agree, that of `difference`
    is the one for pairs (`estimates.paired_difference`), and the others are missing. Of the
    `both_right` texts that both had right before, `fell_first` and `fell_second` are the shares that the
    attack on either made wrong within the budget.

    `only_first` and `only_second` count the texts that withstand for one alone, or in more of the scoring
    draws; `p` is that of `paired_p`, without draws McNemar's exact test of these counts, over the texts of
    all seeds, `p_holm` for all rows of the frame together (Holm 1979). `verdict` is that of `verdict`.
    """
    rows = [row for study in studies for row in _compared(study)]
    for row, p in zip(rows, holm_adjusted([row.get("p") for row in rows]), strict=True):
        row |= {"p_holm": p, "verdict": verdict(difference(row), difference(row, "fell"), p)}
    return pd.DataFrame(rows, columns=list(ATTACK_PAIRS))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, also one read from its CSV; what is missing is None."""
    plain: Any = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return list(plain)


def difference(row: Mapping[str, Any], of: str = "") -> Estimate:
    """The difference of a row in accuracy under attack, or of what `of` names: `clean`, `fell` or `area`."""
    value, low, high = (row.get(f"{of}_{name}".lstrip("_")) for name in ("difference", "low", "high"))
    return Estimate(math.nan if value is None else value, low, high)


def verdict(held: Estimate, fell: Estimate, p: float | None) -> str:
    """What a difference under attack says.

    Equal is what lies within `MARGIN` with its whole interval. A difference is one if both the test of the
    pairs, after Holm's correction, and the interval show it; it is one of robustness if also fewer (or more)
    of the texts fall that both had right before, so that it is not that of the accuracies before.

    Args:
        held: difference in accuracy under attack.
        fell: difference of the shares that fall.
        p: corrected; None where there is nothing to test.
    """
    if p is None or held.low is None or held.high is None:
        return UNKNOWN
    if held.low > -MARGIN and held.high < MARGIN:
        return EQUAL
    if p > 1 - LEVEL or held.low <= 0 <= held.high:
        return UNKNOWN
    if held.value > 0:
        return MORE if (fell.value if fell.high is None else fell.high) < 0 else MORE_RIGHT
    return LESS if (fell.value if fell.low is None else fell.low) > 0 else LESS_RIGHT


def hardest(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each pair, recipe and data set the mode that leaves the first classifier the least accuracy."""
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("dataset", "recipe", "first", "second"))
        known = found.setdefault(key, row)
        if _held(row) < _held(known):
            found[key] = row
    return list(found.values())


def _held(row: Mapping[str, Any]) -> float:
    """What the first classifier withstands; where the search failed on all texts, nothing is known."""
    return math.inf if row["held_first"] is None else float(row["held_first"])


def _compared(study: Study) -> Iterator[dict[str, Any]]:
    """Rows of the frame, without what all of them together say."""
    groups = judged(study.attack_texts).groupby(["recipe", "method", "stage", "mode"], sort=False)
    attacks = {tuple(map(str, key)): texts for key, texts in groups}
    recipes = list(dict.fromkeys(study.attack_texts["recipe"]))
    for pair in pairs(study):
        first, second = (f"{one.method}/{one.stage}" for one in (pair.first, pair.second))
        for recipe in recipes:
            place = {"dataset": study.dataset, "recipe": recipe, "relation": pair.relation}
            for mode, *texts in _modes(attacks, pair, recipe):
                yield {**place, "mode": mode, "first": first, "second": second, **compare(*texts)}


def _modes(
    attacks: Mapping[tuple[str, ...], pd.DataFrame], pair: Pair, recipe: str
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """The modes in which either was attacked, with the texts of both; without draws there is but one."""
    for mode in dict.fromkeys(mode for _, _, _, mode in attacks):
        keys = [(recipe, one.method, one.stage) for one in (pair.first, pair.second)]
        own = [(*key, mode) if (*key, mode) in attacks else (*key, FIXED) for key in keys]
        if all(key in attacks for key in own) and any(key[-1] == mode for key in own):
            yield mode, attacks[own[0]], attacks[own[1]]


def compare(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, Any]:
    """Two attacks on the same texts, by figures of `attack_pairs_frame`.

    Args:
        first: of `attacked.judged`.
        second: likewise.
    """
    both = first.merge(second, on=["seed", "id"], suffixes=("_first", "_second"), validate="one_to_one")
    failed = (both[["result_first", "result_second"]] == ERROR).any(axis=1)
    kept = both[~failed]
    row: dict[str, Any] = {
        "seeds": both["seed"].nunique(), "n": len(kept), "errors": int(failed.sum()), "budget": HEADLINE,
    }  # fmt: skip
    if kept.empty:
        return row
    values = _values(kept)
    seeds = [values[kept["seed"] == seed].to_numpy(dtype=np.float64) for seed in kept["seed"].unique()]
    found, samples = (_figures(sums) for sums in (values.sum().to_numpy()[None], resampled(seeds)))
    row |= {name: float(figure) for name, (figure,) in found.items()}
    for of in ("", "clean_", "fell_", "area_"):
        row[f"{of}low"], row[f"{of}high"] = interval(samples[f"{of}difference"])
    away = (kept["left_first"] - kept["left_second"]).to_numpy()
    if row["low"] is None:  # all texts agree
        known = paired_difference(list(away))
        row |= {"low": known.low, "high": known.high}
    return {
        **row, "only_first": int((away > 0).sum()), "only_second": int((away < 0).sum()),
        "p": paired_p(away, len(SCORING)), "both_right": round(values["both"].sum()),
    }  # fmt: skip


def _values(texts: pd.DataFrame) -> pd.DataFrame:
    """Of each text what `_figures` are made of, so that their sums are sums over texts."""
    both = texts["clean_first"] * texts["clean_second"]
    # Of draws in which a text was right before, those in which it no longer is: what wavers has not fallen.
    lost = {one: texts[f"clean_{one}"] - texts[f"left_{one}"] for one in ("first", "second")}
    fell = {
        "fell_first": lost["first"] * texts["clean_second"],
        "fell_second": lost["second"] * texts["clean_first"],
    }
    names = [f"{what}_{one}" for what in ("clean", "left", "area") for one in ("first", "second")]
    return texts[names].assign(**fell, both=both, n=1.0)


def _figures(sums: np.ndarray) -> dict[str, np.ndarray]:
    """The shares and their differences, by the name of their column; NaN where they are of no texts.

    Args:
        sums: `[samples, columns]` of `_values`.
    """
    *columns, both, n = sums.T
    found: dict[str, np.ndarray] = {}
    with np.errstate(invalid="ignore"):
        for what, place, of in (("clean", 0, n), ("held", 2, n), ("area", 4, n), ("fell", 6, both)):
            first, second = columns[place] / of, columns[place + 1] / of
            name = "difference" if what == "held" else f"{what}_difference"
            found |= {f"{what}_first": first, f"{what}_second": second, name: first - second}
    return found
