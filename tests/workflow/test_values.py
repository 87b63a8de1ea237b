"""Sequences whose target is a number, through the whole DAG: a made-up series and a made-up formula of it."""

import re
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from spiketext.config.load import load_config
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from tests.snakemake_run import snakemake as run_snakemake

OFFLINE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
snakemake = partial(run_snakemake, environment=OFFLINE)
NETWORK = {"kind": "crnn", "convolutions": [{"channels": 8, "width": 3}], "recurrent": 12, "dropout": 0.0}
TRAINING = {"epochs": 8, "batch_size": 8, "learning_rate": 0.01, "objective": {"kind": "squared-error"}}
LEVELS = 8
LOSSLESS = {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}, "steps": [1, 4, LEVELS]}


def write_series(folder):
    """160 noise sequences of 10 elements and the mean of what is positive: 120 in npz, 40 in Parquet."""
    x = np.round(np.random.default_rng(3).uniform(-1, 1, size=(160, 10)), 2)
    y = 4 * x.clip(0).mean(1)
    np.savez(folder / "series.npz", x=x[:120], y=y[:120])
    pq.write_table(pa.table({"x": x[120:].tolist(), "y": y[120:]}), folder / "test.parquet")
    files = [{"path": str(folder / "series.npz")}, {"path": str(folder / "test.parquet"), "split": "test"}]
    plain = {"title": "plain", "inputs": {"transform": "as-is"}, "network": NETWORK, "training": TRAINING}
    spiking = {"network": {**NETWORK, "levels": LEVELS, "weight_bits": 8}, "conversion": LOSSLESS}
    config = {
        "datasets": ["noise"],
        "methods": ["plain", "spiking"],
        "baselines": [],
        "seeds": [7],
        "results": str(folder / "results"),
        "define": {
            "datasets": {"noise": {"kind": "sequences", "target": "value", "title": "Noise", "files": files}},
            "methods": {"plain": plain, "spiking": {**plain, "title": "spiking", **spiking}},
        },
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@pytest.mark.slow
def test_values_go_through_the_whole_study(tmp_path):
    """Read, trained, converted, evaluated, priced, reported; example by example the quantised DNN's value."""
    said = snakemake("--cores", "2", "--configfile", write_series(tmp_path), cwd=tmp_path)
    results = tmp_path / "results"
    assert f"Report: {results}/report.html" in said.stdout + said.stderr
    seed = results / "noise/spiking/seed7"
    told = pd.read_parquet(seed / "evaluation/converted.parquet")
    assert len(told) == 40 and told["prediction"].nunique() > 20
    assert (told["prediction"] == told["dnn_prediction"]).all()
    assert told["squared_error"].to_numpy() == pytest.approx((told["prediction"] - told["label"]) ** 2)
    dnn, snn = (read_json(seed / f"evaluation/{stage}.json") for stage in ("dnn", "converted"))
    assert snn["conversion_gap"] == 0 and "confusion" not in snn
    assert snn["curve"][-1]["test_loss"] == dnn["curve"][0]["test_loss"]
    assert snn["curve"][-1]["test_loss"] == pytest.approx(told["squared_error"].mean())
    assert snn["curve"][0]["test_loss"] != dnn["curve"][0]["test_loss"]  # one step is too few
    losses = pd.read_csv(results / "summary/loss.csv").set_index(["method", "stage"])
    for own in (("plain", "dnn"), ("spiking", "converted")):
        assert losses.loc[[own], "test_loss"].min() < 0.5 * losses["constant_loss"].min(), own
    trained = read_json(results / "noise/plain/seed7/dnn.json")
    least = min(trained["history"], key=lambda one: one["dev_loss"])
    assert (trained["best_epoch"], trained["dev_loss"]) == (least["epoch"], least["dev_loss"])
    report = (results / "report.html").read_text(encoding="utf-8")
    for text in (
        "On each of 40 sequences, all seeds together, it tells the very value of the convertible DNN",
        "Its loss minus that of the convertible DNN of spiking, on the same sequences: 0.",
        "Its loss minus that of the DNN plain, on the same sequences:",
        "test.parquet was read as parquet: 40 rows.",
        "Targets are numbers from",
        "data:image/svg+xml",
    ):
        assert text in report, text
    assert not re.search("test accuracy|Confusion matri|macro-F1", report)
    assert not (seed / "card.json").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"methods": ["plain", "spiking", "dnn"]}, "`dnn` cannot tell; leave it out: `methods: [plain, sp"),
        ({"baselines": ["majority"]}, "asks for `target: value`, which `majority` cannot tell"),
        ({"methods": ["crnn-sequences"]}, "`crnn-sequences` minimises `cross-entropy`, which is for `target"),
        ({"datasets": ["noise", "s-mnist"]}, "`s-mnist` has another `target` than `noise`: give it a study"),
    ],
)
def test_what_cannot_tell_a_value_is_refused(tmp_path, changes, said):
    """In one line, which says what to do."""
    path = write_series(tmp_path)
    config = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    with pytest.raises(SpikeTextError) as caught:
        load_config(config, [path])
    assert said in str(caught.value) and "\n" not in str(caught.value)
