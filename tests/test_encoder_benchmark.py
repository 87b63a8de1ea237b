"""The bars of the spiking sentence encoder, on results written by hand."""

import shutil

import pandas as pd
import pytest

from benchmarks.encoder import ENGLISH, METHODS, main
from spiketext.files import write_json
from spiketext.tables import write_table


def write(folder, stage, accuracy):
    """An evaluation whose last T has that accuracy; 8 neurons send 12 spikes in 3 steps."""
    curve = [{"T": 1, "test_accuracy": 0.1}, {"T": 3, "test_accuracy": accuracy}]
    write_json(folder / f"evaluation/{stage}.json", {"curve": curve})
    layers = [{"operation": "update", "per_step": [neurons] * 3} for neurons in (2, 6)]
    layers.append({"operation": "AC", "per_step": [50] * 3})
    counts = {"layers": layers, "spikes": {"a": [1, 2, 2], "b": [0, 3, 4]}}
    write_json(folder / f"evaluation/{stage}.counts.json", counts)


def study(results, accuracies, differ=0):
    """Two seeds of each data set with these accuracies, half a point above and below."""
    for dataset, accuracy in accuracies.items():
        for seed in (1, 2):
            folders = {
                name: results / dataset / name / f"seed{seed}" for name in ("spiking-encoder", "teacher")
            }
            own = folders["spiking-encoder"]
            write(own, "dnn", accuracy)
            write(own, "converted", accuracy + 0.01 * (seed - 1.5))
            write(folders["teacher"], "tuned", 0.9)
            told = pd.DataFrame(
                {"prediction": [0] * 50, "dnn_prediction": [1] * differ + [0] * (50 - differ)}
            )
            write_table(own / "evaluation/converted.parquet", told)


ENOUGH = dict(zip(ENGLISH, (0.88, 0.881, 0.7, 0.9), strict=True))  # 84.025 on average


@pytest.mark.parametrize(
    ("change", "differ", "met"),
    [
        ({}, 0, True),
        ({"waimai": 0.5}, 0, True),  # a Chinese set has no bar
        ({"sst2": 0.879, "subj": 0.95}, 0, False),
        ({"subj": 0.89}, 0, False),  # 83.8 on average
        ({}, 1, False),
    ],
)
def test_the_bars_by_hand(tmp_path, capsys, change, differ, met):
    study(tmp_path, ENOUGH | change, differ)
    assert main(tmp_path) == (0 if met else 1)
    said = capsys.readouterr().out
    sets = len(ENOUGH | change)
    assert f"the quantised encoder: {2 * differ * sets} of {100 * sets} texts" in said
    columns = said.splitlines()[1].split()
    assert columns[:2] == ["seeds", "quantised"] and said.splitlines()[3].split()[-1] == "1.5"


def test_every_english_set_must_have_been_run(tmp_path, capsys):
    assert main(tmp_path) == 1
    assert "some of config/encoder.yaml was not run" in capsys.readouterr().out
    study(tmp_path, {name: 0.95 for name in ENGLISH[:3]})
    assert main(tmp_path) == 1
    assert "mean of the English sets: nan %, bar 84.0 %: missed" in capsys.readouterr().out


def test_what_is_not_finished_is_said(tmp_path, capsys):
    study(tmp_path, ENOUGH)
    (tmp_path / "subj/teacher/seed1/evaluation/tuned.json").unlink()
    assert main(tmp_path) == 0
    assert "not finished, and left out: 1 of 8 data sets and seeds" in capsys.readouterr().out


def test_one_number_of_bits_is_enough(tmp_path, capsys):
    """But no text may be told apart by any."""
    study(tmp_path, {name: 0.5 for name in ENGLISH})
    for dataset in ENGLISH:
        shutil.copytree(tmp_path / dataset / METHODS[0], tmp_path / dataset / METHODS[1])
    study(tmp_path, ENOUGH)
    assert main(tmp_path) == 0
    assert f"{METHODS[1]}:" in capsys.readouterr().out
    study(tmp_path, ENOUGH, differ=1)
    assert main(tmp_path) == 1
