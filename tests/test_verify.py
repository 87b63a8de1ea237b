"""`make verify`: what is kept against what is computed anew."""

import pandas as pd
import pytest

from spiketext.errors import SpikeTextError
from spiketext.files import write_json
from tools.verify import ROOT, STUDIES, Cell, compare

KEPT = pd.DataFrame(
    {
        "dataset": "mr",
        "method": "lv2023",
        "stage": ["dnn", "converted", "converted", "converted"],
        "T": pd.array([None, 2, 8, 32], dtype="Int64"),
        "seed": 1,
        "test_accuracy": [0.75, 0.60, 0.70, 0.72],
        "n_test": 200,
        "run": "069f617",
    }
)
CELL = Cell("mr", "lv2023", 1)


def test_what_differs_is_told_in_texts(tmp_path):
    """Equal, two texts more, not evaluated at that T."""
    for stage, curve in {"dnn": {None: 0.75}, "converted": {2: 0.60, 8: 0.71}}.items():
        rows = [{"T": steps, "test_accuracy": value} for steps, value in curve.items()]
        write_json(CELL.evaluation(tmp_path, stage), {"curve": rows})
    found = compare(CELL.rows(KEPT), tmp_path, CELL)
    assert [row["match"] for row in found] == ["yes", "yes", "no: +2.0 of 200 texts", "no"]
    assert [row["T"] for row in found] == ["", "2", "8", "32"]
    assert found[2]["now, %"] == "71.00" and found[3]["now, %"] == "not evaluated"


@pytest.mark.parametrize("text", ["mr/lv2023", "mr//1", "mr/lv2023/one", "mr/lv2023/1/2"])
def test_what_is_no_cell(text):
    with pytest.raises(SpikeTextError, match="DATASET/METHOD/SEED"):
        Cell.parse(text)


def test_a_cell_that_is_not_kept():
    with pytest.raises(SpikeTextError, match="nothing is kept of mr/lv2023/9; there are mr/lv2023/1"):
        Cell.parse("mr/lv2023/9").rows(KEPT)


def test_every_kept_study_can_be_verified():
    """Those that have a configuration of their own name, beside the two that have another."""
    assert {"default", "six-sets", "mnist", "lossless", "robustness", "victims"} <= STUDIES.keys()
    for config, kept in STUDIES.values():
        assert (ROOT / "config" / f"{config}.yaml").exists()
        assert (ROOT / "results/reference" / kept / "accuracy.csv").exists()
