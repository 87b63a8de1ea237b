"""`python -m benchmarks`: what is made of measurements."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import figure, summary, tables

ROOT = Path(__file__).parents[1]


def measured(other, seconds, outputs=0.0):
    """What is measured beside another implementation in two turns, the first of which warms up."""
    work = {
        "seconds": {"ours": [9.0, 1.0], other: [9.0, seconds]},
        "inputs": {"ours": [0.0, 0.0], other: [0.0, 0.0]},
    }
    agreement = {"outputs": outputs, "gradient": 0.0}
    training = work | {"losses": {"ours": [1.0, 1.0], other: [1.0, 1.0]}, "agreement": agreement}
    return {"training": training, "inference": work | {"apart": [0.0]}}


def test_what_is_said_of_other_packages(capsys):
    """The ratio of the worse data set; who differs; who is left out."""
    figures = {
        name: {
            "agreement": dict.fromkeys(summary.TOLERANCE, 0.0),
            "peers": summary.of_peers({"snntorch": measured("snntorch", seconds, outputs)}),
        }
        for name, seconds, outputs in (("mr", 12.0, 0.0), ("chnsenti", 30.0, 0.1))
    }
    assert summary.headline_of_peers(figures) == {
        "train_ratio_snntorch": 12.0,
        "inference_ratio_snntorch": 12.0,
    }
    (said,) = summary.disagreements(figures)
    assert said.startswith("chnsenti, snntorch: outputs differ by 1.0e-01")
    tables.peers("here", figures, ["norse"])
    printed = capsys.readouterr().out
    assert "snntorch" in printed
    assert printed.endswith("norse is not installed and left out; `make bench` installs it.\n")


def test_the_figure_is_drawn(tmp_path):
    """Of what is kept, with its ratios."""
    kept = json.loads((ROOT / "benchmarks/latest.json").read_text(encoding="utf-8"))
    datasets = kept["datasets"]["plain environment"]
    figure.draw(datasets, kept["growth"], tmp_path / "speed.svg")
    drawn = (tmp_path / "speed.svg").read_text(encoding="utf-8")
    for name, found in datasets.items():
        assert f"{name}, training" in drawn
        assert f">{found['training']['ratio']:.1f}<" in drawn


def test_the_command_starts():
    """All that it imports is there."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--mirror" in done.stdout
