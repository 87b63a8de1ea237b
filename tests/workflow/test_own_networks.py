"""The examples of docs/own-network.md through the whole DAG, on the tiny study."""

import re
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from tests.snakemake_run import ROOT
from tests.snakemake_run import snakemake as run_snakemake
from tests.workflow.tiny import overlay, write_study

OFFLINE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
snakemake = partial(run_snakemake, environment=OFFLINE)


def own(file, encoder="deterministic-rate"):
    """A method with a network of a file."""
    network = {"kind": "python", "file": str(file), "settings": {"neurons": 16}}
    training = {"epochs": 12, "batch_size": 16, "learning_rate": 0.01, "steps": 2}
    return {"network": network, "direct": {**training, "encoder": {"kind": encoder}}}


@pytest.mark.slow
def test_networks_of_ones_own_go_through_the_whole_study(tmp_path):
    """Trained, evaluated, priced, attacked, drawn, reported; an edit of one runs its own jobs again only."""
    path = write_study(tmp_path)
    file = tmp_path / "recurrent.py"
    file.write_text((ROOT / "examples/recurrent_lif.py").read_text())
    methods = {"recurrent": own(file), "pairs": own(ROOT / "examples/plain_torch.py", "analog")}
    other = overlay(
        path,
        datasets=["tiny_en"],
        methods=["dnn", *methods],
        attack={"sample": 3, "english": ["deepwordbug"]},
        define={"methods": methods},
    )
    snakemake("--cores", "2", "--configfile", path, other, cwd=tmp_path)
    summary = tmp_path / "results/summary"
    accuracy = pd.read_csv(summary / "accuracy.csv").set_index(["method", "stage"])
    for method in methods:
        assert set(accuracy.loc[(method, "trained"), "T"]) == {1, 2}
        assert accuracy.loc[(method, "trained"), "test_accuracy"].max() > 0.7
    energy = pd.read_csv(summary / "energy.csv")
    assert (energy[energy.method == "recurrent"].energy_uj > 0).all()
    assert set(pd.read_csv(summary / "attack.csv").method) == {"dnn", *methods}
    report = (tmp_path / "results/report.html").read_text(encoding="utf-8")
    assert "recurrent, trained" in report
    for layer in ("input → words", "hidden → back", "hidden neurons", "pairs → readout"):
        assert f">{layer}<" in report
    for method in methods:
        assert Path(tmp_path / f"results/tiny_en/{method}/seed7/raster/raster.svg").exists()
    file.write_text(file.read_text() + "\n")
    said = snakemake("-n", "--configfile", path, other, cwd=tmp_path)
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said.stdout, flags=re.MULTILINE))
    assert {rule: jobs[rule] for rule in ("train", "evaluate", "attack", "raster")} == {
        "train": "1", "evaluate": "1", "attack": "1", "raster": "1",
    }  # fmt: skip
    assert not {"train_dnn", "tokenise", "embed", "convert"} & set(jobs)
