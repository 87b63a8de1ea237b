"""Training-free conversion against its bar: within a point of its DNN at T ≤ 32, under 10 s a conversion.

`python -m benchmarks.training_free results/six-sets` reads the evaluations of a study (config/reference.yaml)
and prints, for each method that is converted without training, the mean difference from its DNN over the data
sets for every T, with its interval over seeds, and the time that a conversion took. Exit status 1: the bar is
missed.
"""

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmarks.gaps import in_points, mean_gap
from benchmarks.stored import Data
from spiketext.config.files import read_yaml
from spiketext.config.load import load_config
from spiketext.config.methods import Method
from spiketext.conversion.convert import find_thresholds
from spiketext.files import read_json
from spiketext.inputs.batches import Texts
from spiketext.networks import assemble
from spiketext.networks.classifier import Classifier

STUDY = Path(__file__).parents[1] / "config" / "reference.yaml"

BAR, STEPS, SECONDS = 1.0, 32, 10.0
METHODS = {"bu2024": "dnn", "bu2024-mean": "lv2023"}  # each with the method that trains its DNN


def curves(results: Path, method: str, dnn: str) -> pd.DataFrame:
    """Test accuracy minus the DNN's, in points: one row for each data set, seed and T."""
    rows = []
    for path in sorted(results.glob(f"*/{method}/seed*/evaluation/converted.json")):
        report = read_json(path)
        own = path.parents[3] / dnn / f"seed{report['seed']}" / "evaluation" / "dnn.json"
        wanted = read_json(own)["curve"][0]["test_accuracy"]
        rows += [
            {
                "dataset": report["dataset"],
                "seed": report["seed"],
                "T": row["T"],
                "difference": 100 * (row["test_accuracy"] - wanted),
            }
            for row in report["curve"]
        ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Cell:
    """A trained DNN with its texts."""

    method: Method
    network: Classifier
    texts: Texts
    calibration: np.ndarray
    dev: np.ndarray


def cell(results: Path, dataset: str, method: str, dnn: str, seed: int) -> Cell:
    """Of a study, with the calibration texts that its conversion takes."""
    config = load_config(read_yaml(STUDY), [STUDY])
    definition, data = config.define.methods[method], config.define.datasets[dataset]
    stored = Data.load(results, dataset, definition, seed, len(data.classes), data.max_length)
    train = stored.rows["train"]
    assert definition.conversion is not None
    size = min(definition.conversion.rule.texts, len(train))
    calibration = np.random.default_rng(seed).choice(train, size, replace=False)
    network = stored.classifier(dnn, definition, "dnn", steps=1)
    assert isinstance(network, Classifier)
    return Cell(definition, network, stored.texts, calibration, stored.rows["dev"])


def convert(found: Cell) -> tuple[dict[str, Tensor], float]:
    """The spiking twin's weights, and the processor's seconds for them, with data and DNN at hand."""
    method = found.method
    assert method.conversion is not None
    began = time.process_time()  # on a machine that others use, too
    thresholds = find_thresholds(
        found.network, found.texts, found.calibration, method.conversion.rule, assemble.balanced(method)
    )
    weights = assemble.converted(method, found.network, thresholds, method.steps("converted")[-1])
    return weights, time.process_time() - began


def main(results: Path) -> int:
    """Print the table; 0 if every method that was run is within the bar."""
    within, seen = True, False
    for method, dnn in METHODS.items():
        found = curves(results, method, dnn)
        if found.empty:
            continue
        seen = True
        datasets = sorted(found["dataset"].unique())
        complete = found.groupby("seed")["dataset"].nunique() == len(datasets)
        seeds = complete[complete].index.tolist()
        print(f"{method}: {len(datasets)} data sets, seeds {seeds}")
        gaps = {steps: mean_gap(own, "difference", STUDY.name) for steps, own in sorted(found.groupby("T"))}
        for steps, gap in gaps.items():
            print(f"  T = {steps:>2}: {in_points(gap, 2)} from its DNN")
        torch.set_num_threads(1)
        took = [convert(cell(results, dataset, method, dnn, 1))[1] for dataset in datasets]
        print(f"  a conversion takes {statistics.mean(took):.1f} s, at most {max(took):.1f} s (one thread)")
        within &= gaps[STEPS].value >= -BAR and max(took) < SECONDS
    print("the bar is met" if within and seen else "the bar is missed, or nothing was run")
    return 0 if within and seen else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
