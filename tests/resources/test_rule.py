"""The rule itself, run by Snakemake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spiketext.config.load import load_config

ROOT = Path(__file__).parents[2]
SNAKEFILE = """
include: "workflow/rules/common.smk"
include: "workflow/rules/resources.smk"


rule all:
    input:
        f"{RESOURCES}/mine/manifest.json",
"""


def snakemake(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_fetches_what_is_needed_and_ignores_another_mirror(tmp_path):
    (tmp_path / "workflow").symlink_to(ROOT / "workflow")
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    for mirror in ("first", "second"):
        (tmp_path / mirror).mkdir()
        (tmp_path / mirror / "mine.txt").write_text("text")
    digest = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"  # of "text"
    entry = {"version": "1", "licence": "own", "origin": "made here", "archive": "mine.txt", "bytes": 4}
    config = {"define": {"resources": {"mine": {**entry, "sha256": digest}}}}
    load_config(config)
    (tmp_path / "config.json").write_text(json.dumps(config))
    options = ["--configfile", "config.json", "--config"]
    snakemake(tmp_path, *options, "mirror=first")
    manifest = json.loads((tmp_path / "results/resources/mine/manifest.json").read_text())
    assert manifest["source"] == "mirror first/mine.txt"
    assert sorted(path.name for path in (tmp_path / "results/resources").iterdir()) == ["mine"]
    assert "Nothing to be done" in snakemake(tmp_path, "--dry-run", *options, "mirror=second")
    (tmp_path / "other.json").write_text(json.dumps(config | {"results": "results/other"}))
    said = snakemake(tmp_path, "--dry-run", "--configfile", "other.json", "--config", "mirror=first")
    assert "Nothing to be done" in said, "another study fetches what is there anew"
