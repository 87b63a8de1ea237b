"""`benchmarks/device.sh` without a GPU: its parts run, and differences are seen."""

import copy
from pathlib import Path

from benchmarks import device
from benchmarks.data import FILES, Source
from tests.golden.study import CELLS, read
from tests.planned import plan, run
from tests.workflow.tiny import write_study


def test_two_runs_are_compared_bit_by_bit_and_with_the_cpu():
    cells = read(CELLS)
    same = device.apart(cells, copy.deepcopy(cells), cells)
    assert same == {
        "cells": 20,
        "identical": True,
        "accuracy_apart": 0.0,
        "accuracy_apart_mean": 0.0,
        "operations_apart": 0.0,
    }
    other = copy.deepcopy(cells)
    stage = other["tiny_en/dnn"]["dnn"]
    stage["weights"]["kernel"] = "0" * 16
    stage["curve"][0][2] = [accuracy - 0.25 for accuracy in stage["curve"][0][2]]
    stage["counts"][0][4:] = [2 * count for count in stage["counts"][0][4:]]
    found = device.apart(other, cells, cells)
    assert not found["identical"]
    assert abs(found["accuracy_apart"] - 25) < 1e-9
    assert 0 < found["operations_apart"] <= 1


def test_speed_is_measured_on_the_device_that_is_asked_for(tmp_path):
    """The same processes and tasks as on a GPU, on a tiny data set."""
    path = write_study(tmp_path)
    folder = tmp_path / "results" / "tiny_en"
    for job in plan(path, [str(folder / name) for name in FILES]):
        run(job, tmp_path)
    found = device.speed("cpu", Source("tiny", str(folder), 64), batches=1)
    assert set(found) == {"float32"}
    assert found["float32"]["agreement"]["outputs"] == 0
    for part in ("training", "inference"):
        assert found["float32"][part]["ratio"] > 0
    assert Path(device.RESULT).is_file()
