"""The bar of lossless conversion, on results written by hand."""

import pandas as pd
import pytest

from benchmarks.lossless import main
from spiketext.files import write_json
from spiketext.tables import write_table

SETS = ("mr_full", "sst2", "sst5", "subj", "chnsenti", "waimai")


def write(folder, stage, accuracy):
    """An evaluation whose last T has that accuracy."""
    curve = [{"T": 1, "test_accuracy": 0.1}, {"T": 3, "test_accuracy": accuracy}]
    write_json(folder / f"evaluation/{stage}.json", {"curve": curve})


def study(results, rounded, spiking, datasets=SETS, differ=0):
    """Data sets whose DNN has 80 %; of the spiking network's 50 answers so many are another class."""
    for dataset in datasets:
        for seed in (1, 2):
            full, own = (results / dataset / name / f"seed{seed}" for name in ("dnn", "su2024-max"))
            write(full, "dnn", 0.8)
            write(own, "dnn", rounded)
            write(own, "converted", spiking - 0.002 * (seed - 1))
            told = pd.DataFrame(
                {"prediction": [0] * 50, "dnn_prediction": [1] * differ + [0] * (50 - differ)}
            )
            write_table(own / "evaluation/converted.parquet", told)


@pytest.mark.parametrize(
    ("rounded", "spiking", "differ", "met"),
    [
        (0.796, 0.797, 0, True),
        (0.794, 0.81, 0, False),  # the quantised DNN is too far below
        (0.81, 0.795, 0, False),  # the spiking network is: 0.6 points on the mean of both seeds
        (0.81, 0.81, 1, False),  # one text of each data set and seed
    ],
)
def test_the_bar_by_hand(tmp_path, capsys, rounded, spiking, differ, met):
    study(tmp_path, rounded, spiking, differ=differ)
    assert main(tmp_path) == (0 if met else 1)
    said = capsys.readouterr().out
    assert "su2024-max: 2 bits, 6 data sets, 2 seeds" in said
    assert f"quantised minus dnn: {100 * (rounded - 0.8):+.2f} points\n" in said
    assert f"spiking minus dnn: {100 * (spiking - 0.801):+.2f} points [" in said
    assert f"its quantised DNN: {12 * differ} of 600 texts" in said


def test_six_data_sets_must_have_been_run(tmp_path):
    assert main(tmp_path) == 1
    study(tmp_path, 0.8, 0.8, SETS[:5])
    assert main(tmp_path) == 1
