"""A tiny encoder, fine-tuned, quantised and converted, through the whole DAG."""

import json
from functools import partial

import pandas as pd
import pytest
import yaml

from tests.planned import plan
from tests.pretrained_helpers import write_minilm
from tests.snakemake_run import snakemake as run_snakemake
from tests.workflow.tiny import ENGLISH, overlay, write_study

OFFLINE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
snakemake = partial(run_snakemake, environment=OFFLINE)
LEVELS = 7


@pytest.mark.slow
def test_every_prediction_is_the_quantised_encoders(tmp_path):
    """It goes on from the encoder, loses nothing in conversion, is attacked, priced and reported."""
    path = write_study(tmp_path)
    write_minilm(tmp_path / "results/resources", [word for group in ENGLISH.values() for word in group])
    training = {"epochs": 4, "batch_size": 16, "learning_rate": 0.003}
    study = overlay(
        path,
        datasets=["tiny_en"],
        methods=["dnn", "spiking-encoder"],
        baselines=["teacher"],
        attack={"sample": 3, "english": ["deepwordbug"]},
        define={
            "methods": {
                "dnn": {"network": {"channels": 8}, "training": training},
                "teacher": {"training": training | {"epochs": 12}},
                # Nothing but its start can have taught this one.
                "spiking-encoder": {
                    "training": {"epochs": 1, "learning_rate": 1e-9},
                    "conversion": {"steps": [1, LEVELS, LEVELS + 1]},
                },
            }
        },
    )
    snakemake("--cores", "2", "--configfile", path, study, cwd=tmp_path)
    results = tmp_path / "results"
    folder = results / "tiny_en/spiking-encoder/seed7"
    found = pd.read_parquet(folder / "evaluation/converted.parquet")
    assert (found["prediction"] == found["dnn_prediction"]).all() and len(found) > 20
    dnn, snn = (
        json.loads((folder / f"evaluation/{stage}.json").read_text()) for stage in ("dnn", "converted")
    )
    assert snn["conversion_gap"] == 0
    assert dnn["curve"][0]["test_accuracy"] > 0.7
    assert [row["test_accuracy"] for row in snn["curve"][1:]] == 2 * [dnn["curve"][0]["test_accuracy"]]
    energy = pd.read_csv(results / "summary/energy.csv")
    assert (energy["energy_uj"] > 0).all() and set(energy["method"]) >= {"spiking-encoder", "teacher"}
    assert "spiking-encoder" in set(pd.read_csv(results / "summary/attack.csv").method)
    assert (folder / "raster/raster.svg").exists()
    report = (results / "report.html").read_text(encoding="utf-8")
    assert "spiking sentence encoder, converted" in report


def test_its_training_begins_with_the_fine_tuned_one(tmp_path):
    """Whose answers it learns from, too."""
    path, folder = write_study(tmp_path), tmp_path / "results/tiny_en"
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values |= {"methods": ["dnn", "spiking-encoder"], "baselines": ["teacher"]}
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    jobs = plan(path, [str(folder / "spiking-encoder/seed7/dnn.json")])
    (job,) = (one for one in jobs if one.rule == "train_dnn")
    assert job.input.start == str(folder / "teacher/seed7/tuned.safetensors")
    assert list(job.input.taught) == [str(folder / "teacher/seed7/taught.safetensors")]


def test_no_attack_moves_vectors_that_it_does_not_read(tmp_path):
    path = write_study(tmp_path)
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values |= {"datasets": ["tiny_en"], "methods": ["dnn", "spiking-encoder"], "baselines": ["teacher"]}
    values["attack"] = {"sample": 3, "english": [], "white_box": ["pgd"]}
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    jobs = plan(path, [str(tmp_path / "results/summary/white_box.csv")])
    assert {one.wildcards.method for one in jobs if one.rule == "white_box"} == {"dnn"}
