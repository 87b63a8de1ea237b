"""Robust conversion against its bar: 15 points of accuracy under attack for at most 2 of clean accuracy.

`python -m benchmarks.robust results/robust [ROWS.csv]` reads evaluations and attacks of a study
(config/robust.yaml), keeps them as a table if it is told where, and takes such a table in the place of
a study, too (results/reference/robust/rows.csv). It prints, for each attack by words, clean accuracy and
accuracy after the attack of every method, mean over data sets and seeds, and how each differs from
`ozdenizci2024` where both were run (most of config/robust-ablations.yaml change one thing of it); then
how each robust network differs from the plainly fine-tuned one, from its own hardened DNN after plain
conversion, and from plain training on retrofitted vectors, with intervals. Exit status 1: under an attack of
`BAR` no robust network is within the bar, or none was run on all its data sets with five seeds, beside those
that it is compared with.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks.gaps import in_points, mean_gap
from spiketext.files import read_json
from spiketext.report.estimates import Estimate
from spiketext.report.summary import write_csv

PLAIN, RETROFITTED, METHOD = "plain", "retrofitted", "ozdenizci2024"
NETWORKS = {  # robust networks, each with its hardened DNN after plain conversion
    "retrofitted-robust": "retrofitted-converted",
    "retrofitted-mild": "retrofitted-mild-converted",
    "ozdenizci2024": "hardened-converted",
}
Stage = tuple[str, str]  # a method and one of its stages
GAINED, LOST = 15.0, 2.0  # points
SEEDS = 5
BAR = {"textfooler": {"mr_full", "sst2", "sst5", "subj"}, "chinese-synonyms": {"chnsenti", "waimai"}}
# These take no words from the lists that train and retrofit.
RECIPES = (*BAR, "pwws", "deepwordbug", "chinese-homophones")
MEASURED = ["clean", "after", "after 10 %"]


def rows(results: Path) -> pd.DataFrame:
    """One row for each recipe, data set, method, stage and seed: accuracies in per cent."""
    found = []
    for recipe in RECIPES:
        for path in sorted(results.glob(f"*/*/seed*/attack/*/fixed/{recipe}.json")):
            attack, folder, stage = read_json(path), path.parents[3], path.parents[1].name
            evaluation = read_json(folder / "evaluation" / f"{stage}.json")
            found.append(
                {
                    "recipe": recipe,
                    "dataset": folder.parents[1].name,
                    "method": folder.parent.name,
                    "stage": stage,
                    "seed": int(folder.name.removeprefix("seed")),
                    "clean": 100 * evaluation["curve"][-1]["test_accuracy"],
                    "after": 100 * attack["after_attack_accuracy"],
                    "after 10 %": 100 * attack["budgets"]["10 %"],
                }
            )
    return pd.DataFrame(found, columns=["recipe", "dataset", "method", "stage", "seed", *MEASURED])


def difference(own: pd.DataFrame, first: Stage, second: Stage, column: str) -> Estimate | None:
    """One stage of a method minus another in points, over what both have; None: one was not run."""
    of_stage = own.set_index(["method", "stage", "dataset", "seed"]).sort_index()[column]
    if first not in of_stage.index or second not in of_stage.index:
        return None
    gaps = (of_stage.loc[first] - of_stage.loc[second]).dropna().reset_index()
    return None if gaps.empty else mean_gap(gaps, column, "robust.yaml")


def apart(own: pd.DataFrame) -> pd.DataFrame:
    """What each attacked stage has more than that of `METHOD` under one recipe; empty: that was not run."""
    found = []
    for stage in own.groupby(["method", "stage"]).groups:
        gaps = {column: difference(own, stage, (METHOD, "finetuned"), column) for column in MEASURED}
        told = {column: in_points(gap, 1) for column, gap in gaps.items() if gap is not None}
        if told and stage != (METHOD, "finetuned"):
            found.append({f"minus {METHOD}": " ".join(stage)} | told)
    return pd.DataFrame(found)


def within(own: pd.DataFrame, robust: str) -> bool:
    """Print how a robust network differs from its rivals under one recipe; whether that is within the bar."""
    others = ((PLAIN, "finetuned"), (NETWORKS[robust], "converted"), (RETROFITTED, "finetuned"))
    gaps = {
        (method, column): difference(own, (robust, "finetuned"), (method, stage), column)
        for method, stage in others
        for column in MEASURED
    }
    for (method, column), gap in gaps.items():
        if gap is not None:
            print(f"  {robust} minus {method}, {column}: {in_points(gap, 1)}")
    gained, lost = gaps[PLAIN, "after"], gaps[PLAIN, "clean"]
    above = gaps[NETWORKS[robust], "after"]
    return (
        gained is not None
        and lost is not None
        and above is not None
        and gained.value >= GAINED
        and lost.value >= -LOST
        and above.value > 0
    )


def whole(found: pd.DataFrame, recipe: str, robust: str) -> bool:
    """Whether a robust network and its rivals were run on all data sets of the bar, with enough seeds."""
    needed = [(PLAIN, "finetuned"), (NETWORKS[robust], "converted"), (robust, "finetuned")]
    own = found[found["recipe"] == recipe].groupby(["method", "stage", "dataset"])["seed"].nunique()
    seeds: dict[tuple[str, str, str], int] = own.to_dict()
    return all(seeds.get((*one, dataset), 0) >= SEEDS for one in needed for dataset in BAR[recipe])


def main(results: Path, keep: Path | None = None) -> int:
    """Print the tables; 0 if under every recipe of the bar a robust network is within it."""
    found = pd.read_csv(results) if results.suffix == ".csv" else rows(results)
    if keep is not None:
        write_csv(keep, found)
    within_bar: dict[str, list[str]] = {recipe: [] for recipe in BAR}
    for recipe, own in found.groupby("recipe"):
        stages = own.groupby(["method", "stage"])
        means = stages[MEASURED].mean().round(1).assign(runs=stages.size())
        print(f"{recipe}: {own['dataset'].nunique()} data sets, {own['seed'].nunique()} seeds\n{means}\n")
        if not (gaps := apart(own)).empty:
            print(f"{gaps.to_string(index=False)}\n")
        for robust in NETWORKS:
            if within(own, robust) and recipe in BAR:
                within_bar[str(recipe)].append(robust)
    met = {recipe: [one for one in some if whole(found, recipe, one)] for recipe, some in within_bar.items()}
    missing = [recipe for recipe in BAR if not any(whole(found, recipe, one) for one in NETWORKS)]
    if missing:
        print(f"not run with {SEEDS} seeds on all data sets of the bar: {', '.join(missing)}")
    for recipe, some in within_bar.items():
        print(f"within the bar under {recipe}, where it was run: {', '.join(some) or 'none'}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
