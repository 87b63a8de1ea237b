"""A paper's supplement: what is in it, and what is not."""

import hashlib
import json
import subprocess
from zipfile import ZipFile

import pytest

from tools import archive

SUMMED_UP = [
    "report.html",
    "study.json",
    "summary/accuracy.csv",
    "mr/figures/brief.svg",
    "mr/dnn/seed1/card.json",
]
LEFT_OUT = [
    "mr/text/corpus.parquet",
    "mr/dnn/seed1/dnn.safetensors",
    "logs/fetch.log",
    "mr/dnn/seed1/taught.json",
]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of two files."""
    root = tmp_path / "checkout"
    (root / "docs").mkdir(parents=True)
    (root / "docs/a page.md").write_text("ein Wort: Grüße\n", encoding="utf-8")
    (root / "run.py").write_text("print(1)\n", encoding="utf-8")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", root, *who, *command], check=True)
    monkeypatch.setattr(archive, "ROOT", root)
    return root


def results(folder, name="mine"):
    """A results folder of a study that has ended."""
    for one in SUMMED_UP + LEFT_OUT:
        path = folder / name / one
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {one}", encoding="utf-8")
    said = {"commit": "0123abc", "clean": False}
    (folder / name / "summary/provenance.json").write_text(json.dumps(said), encoding="utf-8")
    return folder / name


def test_what_is_in_it(checkout, tmp_path, capsys):
    """The commit's files and what was summed up; all of it is in the list of checksums, and fits."""
    (checkout / "untracked.txt").write_text("x", encoding="utf-8")
    out = tmp_path / "paper.zip"
    assert archive.main(["--out", str(out), str(results(tmp_path))]) == 0
    with ZipFile(out) as found:
        files = {name.removeprefix("paper/"): found.read(name) for name in found.namelist()}
    kept = {f"results/mine/{one}" for one in [*SUMMED_UP, "summary/provenance.json"]}
    assert set(files) == {"docs/a page.md", "run.py", "ARCHIVE.md", "SHA256SUMS"} | kept
    assert files["docs/a page.md"].decode() == "ein Wort: Grüße\n"
    lines = files.pop("SHA256SUMS").decode().splitlines()
    sums = dict(reversed(line.split("  ", 1)) for line in lines)
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert (
        "results/mine: summed up by commit 0123abc, with uncommitted changes" in files["ARCHIVE.md"].decode()
    )
    assert f"{len(files)} files" in capsys.readouterr().out


def test_the_same_gives_the_same_bytes(checkout, tmp_path):
    own = results(tmp_path)
    contents = []
    for folder in ("one", "two"):
        (own / "report.html").touch()
        archive.main(["--out", str(tmp_path / folder / "paper.zip"), str(own)])
        contents.append((tmp_path / folder / "paper.zip").read_bytes())
    assert contents[0] == contents[1]


def test_what_is_refused(checkout, tmp_path, capsys):
    """One line each, and no file is left."""
    out = tmp_path / "paper.zip"
    (tmp_path / "empty").mkdir()
    own, other = results(tmp_path), results(tmp_path / "other")

    def said(*folders):
        assert archive.main(["--out", str(out), *map(str, folders)]) == 2
        assert not out.exists()
        line = capsys.readouterr().err
        assert line.count("\n") == 1
        return line

    assert "has no summary" in said(tmp_path / "empty")
    assert "the same name" in said(own, other)
    (checkout / "run.py").write_text("print(2)\n", encoding="utf-8")
    assert "has changes that are not committed" in said(own)
    (checkout / ".git").rename(checkout / "git")
    assert "is no git checkout" in said(own)
