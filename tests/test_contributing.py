"""The worked examples of CONTRIBUTING.md, taken from the page and run in a copy of the checkout."""

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.tiny import ENGLISH, sentences, vectors, write_glove

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = ("workflow", "tests", "config", "envs", "Snakefile", "pyproject.toml")
NEW_FILE = re.compile(r"New file\s+`([^`]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGE = re.compile(r"^```diff\n--- a/(\S+)\n\+\+\+ b/\1\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout with all additions of the page, and texts and vectors as a user has them."""
    folder = tmp_path_factory.mktemp("contributing")
    for source in (ROOT / name for name in COPIED):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / source.name)
    for name, text in NEW_FILE.findall(PAGE):
        path = folder / name
        assert not path.exists(), f"{name} is no new file"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, hunks in CHANGE.findall(PAGE):
        change(folder / name, hunks)
    with (folder / "mine/reviews.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("review", "verdict"), *sentences(ENGLISH, " ", 200, seed=1)])
    write_glove(folder / "mine/vectors.txt.gz", vectors(ENGLISH, 24, seed=3))
    return folder


def change(path, hunks):
    """Apply hunks that have no line numbers: the lines that stay or go must stand in the file once."""
    text = path.read_text(encoding="utf-8")
    for hunk in hunks.removeprefix("@@\n").split("\n@@\n"):
        lines = hunk.removesuffix("\n").split("\n")
        old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        assert text.count(old) == 1, f"{path.name} does not have once:\n{old}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def shell(folder, line):
    """Run a line of the page in the copy, with the interpreter of this test and no network."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(folder / "workflow"),
        "PIP_NO_INDEX": "1",
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        shlex.split(line), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def test_the_page_has_all_its_blocks():
    """Nothing is left out because its first line has another form."""
    blocks = re.findall(r"^```(\w+)$", PAGE.partition("## Worked examples")[2], flags=re.MULTILINE)
    assert len(NEW_FILE.findall(PAGE)) == len([kind for kind in blocks if kind in ("python", "yaml")]) >= 6
    assert len(CHANGE.findall(PAGE)) == blocks.count("diff") >= 2
    assert blocks.count("sh") == 1


@pytest.mark.slow
def test_the_examples_run_as_they_stand(checkout):
    """The commands of the page, one after the other: documentation, tests, the study with all additions."""
    commands = re.search(r"^```sh\n(.*?)^```$", PAGE.partition("## Worked examples")[2], re.M | re.S)[1]
    documentation, tests, study = commands.splitlines()
    shell(checkout, documentation)
    described = (checkout / "config/README.md").read_text(encoding="utf-8")
    assert "`burst`" in described and "Standard deviations above the mean." in described
    assert "2 passed" in shell(checkout, tests)
    shell(checkout, study)
    results = checkout / "results/mine"
    accuracy = pd.read_csv(results / "summary/accuracy.csv").groupby(["method", "stage"]).test_accuracy.max()
    for row in [("bursts", "converted"), ("words", "trained")]:
        assert accuracy[row] > 0.7, accuracy
    assert set(pd.read_csv(results / "summary/attack.csv").recipe) == {"transposed-letters"}
    report = (results / "report.html").read_text(encoding="utf-8")
    for title in ("bursts, thresholds by deviations", "words vote", "Typing errors"):
        assert title in report
