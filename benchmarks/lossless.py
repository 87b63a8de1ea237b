"""Lossless conversion against its bar: half a point of the DNN at 4 bits or less, and no text told apart.

`python -m benchmarks.lossless results/lossless` reads the evaluations of a study (config/lossless.yaml) and
prints, for each lossless method, how its quantised DNN and its spiking network differ from the DNN in full
precision, mean over data sets with the interval over seeds, and of how many test texts the spiking network
tells another class than its quantised DNN. Exit status 1: one text differs anywhere, or no method of 4 bits
or less is within the bar, or less than six data sets were run.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks.gaps import in_points, mean_gap
from spiketext.files import read_json
from spiketext.tables import read_table

BAR, DATASETS = 0.5, 6
# Bits of each method's activations; the methods that train its quantised DNN, and the same in full precision.
METHODS = {
    "lossless-1": (1, "quantised-1-long", "sparse-20"),
    "su2024-max": (2, "su2024-max", "dnn"),
    "su2024-max-4bit": (4, "su2024-max-4bit", "dnn"),
}
COLUMNS = ["dataset", "seed", "quantised", "spiking", "texts", "differ"]


def accuracy(folder: Path, stage: str) -> float:
    """Test accuracy at the last T, %."""
    return 100 * float(read_json(folder / f"evaluation/{stage}.json")["curve"][-1]["test_accuracy"])


def rows(results: Path, method: str, quantised: str, full: str) -> pd.DataFrame:
    """One row for each data set and seed: points above the DNN in full precision, and texts that differ."""
    found = []
    for path in sorted(results.glob(f"*/{method}/seed*/evaluation/converted.parquet")):
        told = read_table(path, ["prediction", "dnn_prediction"])
        own, dataset = path.parents[1], path.parents[3]
        rounded, wanted = (accuracy(dataset / one / own.name, "dnn") for one in (quantised, full))
        gaps = [rounded - wanted, accuracy(own, "converted") - wanted]
        differ = int((told["prediction"] != told["dnn_prediction"]).sum())
        found.append([dataset.name, int(own.name.removeprefix("seed")), *gaps, len(told), differ])
    return pd.DataFrame(found, columns=COLUMNS)


def main(results: Path) -> int:
    """Print the table; 0 if the bar is met."""
    within, alike = [], True
    for method, (bits, quantised, full) in METHODS.items():
        found = rows(results, method, quantised, full)
        if found.empty:
            continue
        sets = found["dataset"].nunique()
        print(f"{method}: {bits} bits, {sets} data sets, {found['seed'].nunique()} seeds")
        gaps = {column: mean_gap(found, column, "lossless.yaml") for column in ("quantised", "spiking")}
        for column, gap in gaps.items():
            print(f"  {column} minus {full}: {in_points(gap, 2)}")
        differ = int(found["differ"].sum())
        print(f"  told another class than its quantised DNN: {differ} of {found['texts'].sum():,} texts")
        alike &= not differ
        if sets >= DATASETS and all(gap.value >= -BAR for gap in gaps.values()):
            within.append(method)
    met = bool(within) and alike
    said = f"by {', '.join(within)}" if met else "or less than six data sets were run"
    print(f"the bar is {'met' if met else 'missed,'} {said}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
