"""Lossless conversion against its bars: no prediction told apart, and what accuracies must be.

`python -m benchmarks.lossless results/lossless` reads a finished study (config/lossless.yaml, or
config/mnist.yaml) and prints, for each lossless method, of how many predictions the spiking network tells
another class than its quantised DNN. Exit status 1: it does so anywhere, five seeds were not run, or a bar is
missed:

- Text, six data sets: quantised and spiking network of some TextCNN of 4 bits or less are at most half a
  point below the TextCNN of full precision, and below the same trained for as long, on the mean of all.
- Sequential MNIST: 98.5 %, permuted 94 %, on the mean over seeds.

Bars are of means, as they were set; the intervals that are printed say what seeds leave open.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.gaps import in_points, mean_gap
from spiketext.files import read_json
from spiketext.report.energy.early import bits_of
from spiketext.tables import read_table

WITHIN, BITS, SEEDS = 0.5, 4, 5
TEXTS = {"mr_full", "sst2", "sst5", "subj", "chnsenti", "waimai"}
FULL = ("dnn", "dnn-long")  # the second is trained on, as long as a network of few levels that begins with it
SEQUENCES = {"s-mnist": 98.5, "ps-mnist": 94.0}
NETWORKS = ("quantised", "spiking")


def finished(results: Path) -> dict[str, Any] | None:
    """The settings of a finished study; None, and a line that says so: it is none."""
    record = results / "summary/provenance.json"
    if not record.exists():
        print(f"{results} is not a finished study: {record} is missing")
        return None
    settings: dict[str, Any] = read_json(record, sealed=False)["settings"]
    return settings


def lossless_methods(settings: Mapping[str, Any]) -> dict[str, str]:
    """The methods of a study that are converted without loss, each with that of its quantised DNN."""
    methods = {name: settings["define"]["methods"][name] for name in settings["methods"]}
    return {
        name: method["dnn"] or name
        for name, method in methods.items()
        if method["conversion"] is not None and method["conversion"]["rule"]["kind"] == "lossless"
    }


def accuracy(folder: Path, stage: str) -> float:
    """Test accuracy at the last T, %."""
    return 100 * float(read_json(folder / f"evaluation/{stage}.json")["curve"][-1]["test_accuracy"])


def rows(results: Path, settings: Mapping[str, Any], method: str, rounded: str) -> pd.DataFrame:
    """One row for each data set and seed: accuracies in %, and texts that are told another class."""
    found = []
    for dataset in settings["datasets"]:
        for seed in settings["seeds"]:
            folders = {name: results / dataset / name / f"seed{seed}" for name in (method, rounded, *FULL)}
            told = read_table(
                folders[method] / "evaluation/converted.parquet", ["prediction", "dnn_prediction"]
            )
            row = {"dataset": dataset, "seed": seed, "texts": len(told)}
            row["differ"] = int((told["prediction"] != told["dnn_prediction"]).sum())
            row["quantised"] = accuracy(folders[rounded], "dnn")
            row["spiking"] = accuracy(folders[method], "converted")
            row |= {name: accuracy(folders[name], "dnn") for name in FULL if name in settings["methods"]}
            found.append(row)
    return pd.DataFrame(found)


def texts(found: pd.DataFrame) -> bool:
    """Print how far both networks are from those of full precision; whether both are within the bar."""
    met = all(name in found for name in FULL)
    for full in (name for name in FULL if name in found):
        for network in NETWORKS:
            gap = mean_gap(found.assign(gap=found[network] - found[full]), "gap", "lossless.yaml")
            print(f"  {network} minus {full}: {in_points(gap, 2)}")
            met &= gap.value >= -WITHIN
    return met


def sequences(found: pd.DataFrame) -> bool:
    """Print the accuracies of both networks; whether both reach their bars."""
    means = found.groupby("dataset")[list(NETWORKS)].mean()
    for dataset, bar in SEQUENCES.items():
        told = ", ".join(f"{network} {means.loc[dataset, network]:.2f} %" for network in NETWORKS)
        print(f"  {dataset}: {told}; bar {bar} %")
    return all(means.loc[dataset].min() >= bar for dataset, bar in SEQUENCES.items())


def main(results: Path) -> int:
    """Print how each lossless method does; 0 if no prediction differs and the study's bar is met."""
    settings = finished(results)
    if settings is None:
        return 1
    methods, datasets = settings["define"]["methods"], set(settings["datasets"])
    within, differ = [], 0
    for method, rounded in lossless_methods(settings).items():
        found = rows(results, settings, method, rounded)
        network = methods[rounded]
        bits, told = bits_of(network), int(found["differ"].sum())
        print(f"{method}: {bits} bits, {len(datasets)} data sets, {len(settings['seeds'])} seeds")
        print(
            f"  told another class than by its quantised DNN: {told} of {found['texts'].sum():,} predictions"
        )
        differ += told
        few = bits is not None and bits <= BITS and network["network"]["kind"] == "textcnn"
        if (datasets >= TEXTS and few and texts(found)) or (datasets == set(SEQUENCES) and sequences(found)):
            within.append(method)
    reasons = {
        "a prediction differs": differ > 0,
        f"less than {SEEDS} seeds were run": len(settings["seeds"]) < SEEDS,
        "no network reaches the accuracy, or some data sets were not run": not within,
    }
    failed = [reason for reason, holds in reasons.items() if holds]
    print(f"missed: {'; '.join(failed)}" if failed else f"the bar is met by {', '.join(within)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
