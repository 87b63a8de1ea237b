"""Sequences of numbers through the whole DAG: made-up series of two values, of which one is low or high."""

import json
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
import yaml

import spiketext
from spiketext.arrays import read_arrays
from spiketext.errors import SpikeTextError
from tests.snakemake_run import ROOT
from tests.snakemake_run import snakemake as run_snakemake
from tests.workflow.tiny import overlay, write_study

OFFLINE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
snakemake = partial(run_snakemake, environment=OFFLINE)


def write_sequences(folder):
    """A file of 160 series of 12 elements, and a configuration of text and sequences."""
    config = yaml.safe_load(write_study(folder).read_text(encoding="utf-8"))
    rng = np.random.default_rng(3)
    labels = np.arange(160) % 2
    levels = np.where(labels, 1, -1)[:, None, None] * [1, 0]
    values = np.round(levels + 0.5 * rng.normal(size=(160, 12, 2)), 1)
    np.savez(folder / "series.npz", x=values, y=labels)
    series = {
        "kind": "sequences",
        "title": "Series",
        "classes": ["low", "high"],
        "test_fraction": 0.2,
        "permutation": 5,
        "files": [{"path": str(folder / "series.npz")}],
    }
    recurrent = {
        "inputs": {"transform": "as-is"},
        "network": {
            "kind": "python",
            "file": str(ROOT / "examples/recurrent_lif.py"),
            "settings": {"neurons": 16},
        },
        "direct": {
            "epochs": 12, "batch_size": 16, "learning_rate": 0.01, "steps": 2, "encoder": {"kind": "analog"},
        },
    }  # fmt: skip
    spiking = {
        "network": {"channels": 8},
        "training": {"epochs": 3, "batch_size": 16, "learning_rate": 0.01},
        "conversion": {"steps": [1, 4, 8], "rule": {"kind": "percentile", "calibration": 32}},
    }
    config |= {"datasets": ["series"], "methods": ["spiking", "recurrent"], "baselines": []}
    config["attack"] = {"sample": 3, "english": ["deepwordbug"], "white_box": ["hotflip"]}
    config["define"]["datasets"]["series"] = series
    config["define"]["methods"] = {"spiking": spiking, "recurrent": recurrent}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def in_use(folder, path):
    """Of the sequences of the file, by Python and by command: the labels of the study's evaluation."""
    found = pd.read_parquet(folder / "evaluation/converted.parquet")
    series = np.load(path)["x"]
    classifier = spiketext.load(folder, "converted")
    own = classifier.predict(series[found["row"]], counted=False)
    assert [classifier.classes.index(one.label) for one in own] == list(found["prediction"])
    one = classifier.predict(series[:1])[0]
    assert one.spikes > 0 and one.energy_uj > 0 and one.known == 12
    assert len(next(classifier.explain(series[:1])).words) == 12
    done = subprocess.run(
        [sys.executable, "-m", "spiketext", "predict", folder, path, "--fast"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == 1 + len(series)
    assert [lines[1 + row].split("\t")[0] for row in found["row"]] == [one.label for one in own]
    for item, said in (
        (series[0, :5], "permuted sequences of 12 elements, and one has 5"),
        (series[0, :, :1], "reads 2 values an element, and the sequence has 1"),
        ("a text", "is no sequence of numbers"),
    ):
        with pytest.raises(SpikeTextError, match=said):
            classifier.predict([item])
    done = subprocess.run(
        [sys.executable, "-m", "spiketext", "predict", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "name npz files" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_sequences_go_through_the_whole_study(tmp_path):
    """Split, trained, converted, evaluated, priced, reported; attacks are left out."""
    path = write_sequences(tmp_path)
    snakemake("--cores", "2", "--configfile", path, cwd=tmp_path)
    results = tmp_path / "results"
    accuracy = pd.read_csv(results / "summary/accuracy.csv").set_index(["method", "stage"])
    for own in (("spiking", "dnn"), ("spiking", "converted"), ("recurrent", "trained")):
        assert accuracy.loc[own, "test_accuracy"].max() > 0.9, own
    energy = pd.read_csv(results / "summary/energy.csv")
    assert set(energy.method) == {"spiking", "recurrent"} and (energy.energy_uj > 0).all()
    tokens = read_arrays(results / "series/text/tokens.safetensors")
    table = read_arrays(results / "series/embeddings/table.safetensors")
    fed = table["vectors"][tokens["ids"]].reshape(160, 12, 2)
    places = read_arrays(results / "series/embeddings/fit.safetensors")["places"]
    assert np.array_equal(places, np.random.default_rng(5).permutation(12))
    assert np.array_equal(fed, np.load(tmp_path / "series.npz")["x"].astype(np.float32)[:, places])
    report = (results / "report.html").read_text(encoding="utf-8")
    for said in (
        "This data set holds sequences of numbers.",
        "series.npz was read as npz: 160 rows.",
        "The places of all sequences are permuted in one way, with seed 5.",
        "No attack was run on this data set",
    ):
        assert said in report
    card = results / "series/spiking/seed7"
    assert json.loads((card / "card.json").read_text())["tokeniser"]["language"] is None
    in_use(card, tmp_path / "series.npz")
    np.savez(tmp_path / "series.npz", **{**np.load(tmp_path / "series.npz"), "more": 1})
    said = snakemake("-n", "--configfile", path, cwd=tmp_path)
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said.stdout, flags=re.MULTILINE))
    assert jobs["read_sequences"] == "1" and not {"tokenise", "embed"} & set(jobs)


def test_beside_texts(tmp_path):
    """Each kind of data set is read by rules of its own, and texts alone are attacked."""
    path = write_sequences(tmp_path)
    other = overlay(path, datasets=["series", "tiny_en"])
    said = snakemake("-n", "--configfile", path, other, cwd=tmp_path).stdout
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE))
    assert {name: jobs[name] for name in ("read_sequences", "tokenise", "embed", "split", "train_dnn")} == {
        "read_sequences": "1", "tokenise": "1", "embed": "1", "split": "2", "train_dnn": "2",
    }  # fmt: skip
    made = set(re.findall(r"results/\w+/\w+/seed7/attack/\S+", said))
    assert any("/tiny_en/" in file for file in made) and not any("/series/" in file for file in made)


def test_what_needs_words_is_refused(tmp_path):
    """In one line, which says what to write instead; so is a key that only texts have."""
    path = write_sequences(tmp_path)
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["baselines"] = ["majority", "tf-idf", "mean-vector"]
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    said = snakemake("-n", "--configfile", path, cwd=tmp_path, check=False)
    assert said.returncode == 1
    assert (
        "baselines: `tf-idf` reads words, and `series` has none; leave it out: "
        "`baselines: [majority, mean-vector]`" in said.stdout
    )
    config["baselines"] = []
    config["define"]["datasets"]["series"]["language"] = "en"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    said = snakemake("-n", "--configfile", path, cwd=tmp_path, check=False)
    assert said.returncode == 1 and "unknown key `define.datasets.series.language`" in said.stdout
