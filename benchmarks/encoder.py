"""The spiking sentence encoder against its bars: SST-2 88 %, English sets 84 %, no text told apart.

`python -m benchmarks.encoder results/encoder` reads the evaluations of a study (config/encoder.yaml) and
prints, for each data set, the mean test accuracy over seeds of the encoder, quantised and spiking, of the one
that it was made from and of the sparse network, the spikes of each value, and of how many test texts the
spiking encoder tells another class than the quantised one. Exit status 1: one text differs anywhere, a bar is
missed, or an English data set was not run.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks.lossless import accuracy
from spiketext.files import read_json
from spiketext.tables import read_table

ENGLISH = ("mr_full", "sst2", "sst5", "subj")
SST2, MEAN = 88.0, 84.0
METHOD, RIVALS = "spiking-encoder", {"teacher": "tuned", "sparse-20": "finetuned"}


def spikes_a_value(evaluation: dict[str, object]) -> float:
    """Spikes that a neuron sends in all steps, on average over all neurons of one text or word piece."""
    populations = pd.DataFrame(evaluation["layers"])
    return float((populations["rate"] * populations["neurons"]).sum() / populations["neurons"].sum())


def rows(results: Path) -> pd.DataFrame:
    """One row for each data set and seed that has all of these networks; accuracies in %."""
    found = []
    for path in sorted(results.glob(f"*/{METHOD}/seed*/evaluation/converted.parquet")):
        told = read_table(path, ["prediction", "dnn_prediction"])
        own, dataset = path.parents[1], path.parents[3]
        row = {"dataset": dataset.name, "seed": own.name, "quantised": accuracy(own, "dnn")}
        row |= {"spiking": accuracy(own, "converted"), "texts": len(told)}
        row |= {name: accuracy(dataset / name / own.name, stage) for name, stage in RIVALS.items()}
        evaluation = read_json(own / "evaluation/converted.json")
        steps = evaluation["curve"][-1]["T"]
        row["spikes a value"] = steps * spikes_a_value(evaluation)
        row["differ"] = int((told["prediction"] != told["dnn_prediction"]).sum())
        found.append(row)
    return pd.DataFrame(found)


def main(results: Path) -> int:
    """Print the table; 0 if the bars are met."""
    found = rows(results)
    if found.empty:
        print(f"{results} has no evaluation of {METHOD}: run config/encoder.yaml")
        return 1
    means = found.drop(columns=["seed", "texts", "differ"]).groupby("dataset").mean()
    means.insert(0, "seeds", found.groupby("dataset").size())
    print(means.round(2).to_string())
    differ = int(found["differ"].sum())
    print(f"told another class than the quantised encoder: {differ} of {found['texts'].sum():,} texts")
    spiking = means["spiking"].reindex(list(ENGLISH))
    bars = {"SST-2": (spiking["sst2"], SST2), "mean of the English sets": (spiking.mean(skipna=False), MEAN)}
    for name, (value, bar) in bars.items():
        print(f"{name}: {value:.2f} %, bar {bar:.1f} %: {'met' if value >= bar else 'missed'}")
    return 0 if not differ and all(value >= bar for value, bar in bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
