"""Lossless conversion through the whole DAG, on the tiny study."""

import json
from functools import partial

import pandas as pd
import pytest

from benchmarks import accumulators
from spiketext.neurons.bipolar import BipolarNeurons
from tests.snakemake_run import snakemake as run_snakemake
from tests.workflow.tiny import overlay, write_study

OFFLINE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
snakemake = partial(run_snakemake, environment=OFFLINE)
LEVELS = 7
LOSSLESS = {"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}}
OWN_DNN = ["su2024", "su2024-max"]
METHODS = [*OWN_DNN, "of-another"]


@pytest.mark.slow
def test_every_prediction_is_the_quantised_dnns(tmp_path, capsys, monkeypatch):
    """Trained, converted, evaluated, priced, reported; text by text the same, and silent once settled.

    So are all sums of spikes, of the stored networks.
    """
    path = write_study(tmp_path)
    small = {"training": {"epochs": 4, "batch_size": 16, "learning_rate": 0.01}}
    small |= {"network": {"channels": 8, "levels": LEVELS}, "conversion": {"steps": [1, LEVELS, LEVELS + 1]}}
    # Nothing but its start can have taught this one.
    begun = small | {"training": {"start": "dnn", "epochs": 1, "learning_rate": 1e-9}}
    of_another = {"dnn": OWN_DNN[0], "conversion": {**LOSSLESS, "steps": [1, LEVELS, LEVELS + 1]}}
    full = {"network": {"channels": 8}, "training": small["training"]}
    study = overlay(
        path,
        datasets=["tiny_en"],
        methods=["dnn", *METHODS],
        baselines=[],
        attack={"sample": 3, "english": ["deepwordbug"]},
        define={"methods": {"dnn": full, "su2024": small, "su2024-max": begun, "of-another": of_another}},
    )
    snakemake("--cores", "2", "--configfile", path, study, cwd=tmp_path)
    results = tmp_path / "results"
    for method in METHODS:
        folder = results / "tiny_en" / method / "seed7"
        found = pd.read_parquet(folder / "evaluation/converted.parquet")
        assert (found["prediction"] == found["dnn_prediction"]).all() and len(found) > 20
        rounded = folder if method in OWN_DNN else results / "tiny_en" / OWN_DNN[0] / "seed7"
        dnn, snn = (
            json.loads((one / f"evaluation/{stage}.json").read_text())
            for one, stage in ((rounded, "dnn"), (folder, "converted"))
        )
        assert snn["conversion_gap"] == 0
        assert dnn["curve"][0]["test_accuracy"] > 0.7
        for row in snn["curve"][1:]:
            for score in ("dev_accuracy", "test_accuracy", "macro_f1"):
                assert row[score] == dnn["curve"][0][score]
        assert "settling" not in dnn
        spiked = snn["settling"]["spiked"]
        assert sum(spiked) == len(found) and spiked[LEVELS] > 0 and spiked[LEVELS + 1] == 0
        report = json.loads((folder / "converted.json").read_text())
        assert (report["calibration_texts"], report["thresholds"]) == (0, {})
        assert (folder / "raster/raster.svg").exists()
    energy = pd.read_csv(results / "summary/energy.csv")
    assert (energy["energy_uj"] > 0).all() and set(energy["method"]) == {"dnn", *METHODS}
    assert set(pd.read_csv(results / "summary/attack.csv").method) == {"dnn", *METHODS}
    assert "lossless SNN" in (results / "report.html").read_text(encoding="utf-8")
    assert accumulators.main(results) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(METHODS)
    assert all(f": {len(found)} texts, 0 of " in line and " class scores differ" in line for line in said)
    # Neurons that stop at half of their levels are not the DNN's, of whatever class the texts are.
    begin = BipolarNeurons.__init__
    monkeypatch.setattr(BipolarNeurons, "__init__", lambda self, low, high: begin(self, low, high // 2))
    assert accumulators.main(results) == 1
