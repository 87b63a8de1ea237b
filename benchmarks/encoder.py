"""The spiking sentence encoder against its bars: SST-2 88 %, English sets 84 %, no text told apart.

`python -m benchmarks.encoder results/encoder` reads the evaluations of a study (config/encoder.yaml) and
prints, for each number of bits and each data set, the mean test accuracy over seeds of the encoder, quantised
and spiking, and of the one that it was made from, the spikes of each value, and of how many test texts the
spiking encoder tells another class than the quantised one. Exit status 1: one text differs anywhere, each
number of bits misses a bar, or an English data set was not run.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.lossless import accuracy
from spiketext.files import read_json
from spiketext.tables import read_table

ENGLISH = ("mr_full", "sst2", "sst5", "subj")
SST2, MEAN = 88.0, 84.0
METHODS = ("spiking-encoder", "spiking-encoder-5bit")
RIVALS = {"teacher": "tuned"}  # what they are compared with, and its stage


def spikes_a_value(counts: Mapping[str, Any]) -> float:
    """Spikes of a neuron in all steps, on average over all neurons of all texts."""
    spikes = sum(sum(sent) for sent in counts["spikes"].values())
    # Each neuron is updated once a step.
    updates = [count["per_step"] for count in counts["layers"] if count["operation"] == "update"]
    return float(spikes / sum(steps[-1] for steps in updates))


def rows(results: Path, method: str) -> tuple[pd.DataFrame, int]:
    """A row for each data set and seed with accuracies in %, and of how many something is missing."""
    found, missing = [], 0
    for own in sorted(results.glob(f"*/{method}/seed*")):
        dataset, folder = own.parents[1], own / "evaluation"
        others = {name: dataset / name / own.name for name in RIVALS}
        needed = [folder / "converted.parquet", folder / "converted.counts.json", folder / "dnn.json"]
        needed += [others[name] / f"evaluation/{stage}.json" for name, stage in RIVALS.items()]
        if not all(path.exists() for path in needed):
            missing += 1
            continue
        told = read_table(needed[0], ["prediction", "dnn_prediction"])
        row = {"dataset": dataset.name, "seed": own.name, "quantised": accuracy(own, "dnn")}
        row |= {"spiking": accuracy(own, "converted"), "texts": len(told)}
        row |= {name: accuracy(others[name], stage) for name, stage in RIVALS.items()}
        row["spikes a value"] = spikes_a_value(read_json(needed[1]))
        row["differ"] = int((told["prediction"] != told["dnn_prediction"]).sum())
        found.append(row)
    return pd.DataFrame(found), missing


def meets(found: pd.DataFrame) -> bool:
    """Print what one method reaches; whether it is within both bars."""
    means = found.drop(columns=["seed", "texts", "differ"]).groupby("dataset").mean()
    means.insert(0, "seeds", found.groupby("dataset").size())
    print(means.round(2).to_string())
    differ = int(found["differ"].sum())
    print(f"told another class than the quantised encoder: {differ} of {found['texts'].sum():,} texts")
    spiking = means["spiking"].reindex(list(ENGLISH))
    bars = {"SST-2": (spiking["sst2"], SST2), "mean of the English sets": (spiking.mean(skipna=False), MEAN)}
    for name, (value, bar) in bars.items():
        print(f"{name}: {value:.2f} %, bar {bar:.1f} %: {'met' if value >= bar else 'missed'}")
    return all(value >= bar for value, bar in bars.values())


def main(results: Path) -> int:
    """Print a table for each method; 0 if one of them meets the bars, and no text is told apart by any."""
    within, differ = False, 0
    for method in METHODS:
        found, missing = rows(results, method)
        if missing:
            cells = f"{missing} of {missing + len(found)} data sets and seeds"
            print(f"{method}: not finished, and left out: {cells}")
        if not found.empty:
            print(f"{method}:")
            within |= meets(found)
            differ += int(found["differ"].sum())
    missed = "the bars are missed, or some of config/encoder.yaml was not run"
    print("the bars are met" if within and not differ else missed)
    return 0 if within and not differ else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
