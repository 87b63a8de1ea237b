"""`python -m spiketext archive`: what goes into a paper's supplement, and what does not."""

import hashlib
import zipfile

import pytest

from spiketext.__main__ import main

KEPT = {
    "study.json": "study",
    "report.html": "page",
    "summary/provenance.json": "{}",
    "summary/table.csv": "a,b",
    "mr/dnn/seed1/dnn.json": "training",
    "mr/dnn/seed1/evaluation/dnn.parquet": "predictions",
    "mr/dnn/seed1/attack/dnn/fixed/pwws.json": "figures",
    "mr/dnn/seed1/attack/dnn/white-box/pgd.json": "figures",
    "mr/similarity/seed1.json": "figures",
    "benchmarks/train_dnn/mr-dnn-1.tsv": "s",
}
OTHER = {
    "mr/text/corpus.parquet": "texts of others",
    "mr/embeddings/table.safetensors": "vectors of others",
    "mr/dnn/seed1/attack/dnn/fixed/pwws.parquet": "texts of others, attacked",
    "mr/dnn/seed1/attack/dnn/fixed/pwws.0.json": "texts of others, of a shard that a kill has left",
    "mr/dnn/seed1/.dnn.checkpoint": "left by a kill",
    "resources/x/data.csv": "texts of others",
}
WEIGHTS = "mr/dnn/seed1/dnn.safetensors"


@pytest.fixture
def results(tmp_path):
    """A results folder with something of each kind."""
    folder = tmp_path / "results"
    for name, text in {**KEPT, **OTHER, WEIGHTS: "weights"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(("options", "more"), [([], set()), (["--weights"], {WEIGHTS})])
def test_what_is_packed(results, options, more, capsys):
    """Tables and what they come from, weights if asked for; no third party's data."""
    assert main(["archive", str(results), *options]) == 0
    with zipfile.ZipFile(results.with_name("results.zip")) as archive:
        names = set(archive.namelist())
        assert names == {*KEPT, *more, "SHA256SUMS"}
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, name = line.split("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
            names.remove(name)
    assert names == {"SHA256SUMS"}
    assert f"{len(KEPT) + len(more)} files" in capsys.readouterr().out


def test_the_same_study_makes_the_same_archive(results, tmp_path):
    """Whatever the dates of its files."""
    made = []
    for name in ("one.zip", "two.zip"):
        assert main(["archive", str(results), "--output", str(tmp_path / name)]) == 0
        made.append((tmp_path / name).read_bytes())
        (results / "report.html").touch()
    assert made[0] == made[1]


def test_a_folder_without_a_report_is_refused(tmp_path, capsys):
    """In one line."""
    assert main(["archive", str(tmp_path)]) == 1
    assert "holds no study with a report" in capsys.readouterr().err
