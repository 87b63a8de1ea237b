"""Robust conversion against its bar: 15 points of accuracy under attack for at most 2 of clean accuracy.

`python -m benchmarks.robust results/robust` reads evaluations and attacks of a study (config/robust.yaml) and
prints, for each attack by words, clean accuracy and accuracy after the attack of every method, mean over data
sets and seeds; then how `ozdenizci2024` differs from the plainly fine-tuned network, and from its own
hardened DNN after plain conversion, with their intervals. Exit status 1: the bar is missed, or nothing
was run.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks.gaps import in_points, mean_gap
from spiketext.files import read_json

ROBUST, PLAIN, CONVERTED = "ozdenizci2024", "plain", "hardened-converted"
GAINED, LOST = 15.0, 2.0  # points
RECIPES = ("textfooler", "chinese-synonyms")


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
    columns = ["recipe", "dataset", "method", "stage", "seed", "clean", "after", "after 10 %"]
    return pd.DataFrame(found, columns=columns)


def difference(own: pd.DataFrame, method: str, stage: str, column: str) -> str | tuple[float, str]:
    """Robust minus another in points, over what both have: the mean, and it with its interval."""
    keys = ["dataset", "seed"]
    first = own[(own["method"] == ROBUST) & (own["stage"] == "finetuned")].set_index(keys)[column]
    second = own[(own["method"] == method) & (own["stage"] == stage)].set_index(keys)[column]
    gaps = (first - second).dropna().reset_index()
    if gaps.empty:
        return "not run"
    gap = mean_gap(gaps, column, "robust.yaml")
    return gap.value, in_points(gap, 1)


def main(results: Path) -> int:
    """Print the tables; 0 if every recipe that was run is within the bar."""
    found, within = rows(results), True
    for recipe, own in found.groupby("recipe"):
        means = own.groupby(["method", "stage"])[["clean", "after", "after 10 %"]].mean().round(1)
        print(f"{recipe}: {own['dataset'].nunique()} data sets, {own['seed'].nunique()} seeds\n{means}\n")
        compared = {
            (method, column): difference(own, method, stage, column)
            for method, stage in ((PLAIN, "finetuned"), (CONVERTED, "converted"))
            for column in ("clean", "after")
        }
        for (method, column), gap in compared.items():
            print(f"  {ROBUST} minus {method}, {column}: {gap if isinstance(gap, str) else gap[1]}")
        values = {key: gap[0] for key, gap in compared.items() if not isinstance(gap, str)}
        within &= (
            len(values) == len(compared)
            and values[PLAIN, "after"] >= GAINED
            and values[PLAIN, "clean"] >= -LOST
            and values[CONVERTED, "after"] > 0
        )
    print("the bar is met" if within and len(found) else "the bar is missed, or nothing was run")
    return 0 if within and len(found) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
