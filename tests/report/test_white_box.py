"""The table of white-box attacks, and what the report says of it."""

import re

import pandas as pd

from spiketext.files import write_json
from spiketext.report.attacks.white_box import COLUMNS, WORST, frame, tables


def attack(kind="hotflip", stage="finetuned", seed=1, **values):
    """The report of an attack with two budgets and two members."""
    return {
        "dataset": "mr", "method": "lv2023", "kind": kind, "seed": seed, "stage": stage, "mode": "fixed",
        "n": 50, "clean_accuracy": 0.8, "headline": "10 %", "budgets": {"10 %": 0.4, "unlimited": 0.1},
        "members": {
            "own, margin": {"10 %": 0.7, "unlimited": 0.5},
            "atan 2, margin": {"10 %": 0.4, "unlimited": 0.1},
        },
        **values,
    }  # fmt: skip


def test_a_row_for_each_member_and_budget():
    found = frame([attack()])
    assert tuple(found.columns) == COLUMNS
    assert found[["member", "budget", "after_attack_accuracy"]].to_numpy().tolist() == [
        [WORST, "10 %", 0.4], [WORST, "unlimited", 0.1],
        ["own, margin", "10 %", 0.7], ["own, margin", "unlimited", 0.5],
        ["atan 2, margin", "10 %", 0.4], ["atan 2, margin", "unlimited", 0.1],
    ]  # fmt: skip
    assert found["headline"].tolist() == [True, False] * 3


def test_worst_cases_and_members_alone(study):
    """Of two stages, one of which has fewer members."""
    (one,) = study("two").studies()
    alone = {"own, margin": {"10 %": 0.6, "unlimited": 0.2}}
    dnn = attack(stage="dnn", budgets={"10 %": 0.6, "unlimited": 0.2}, members=alone)
    worst, members = tables(one, frame([attack(), dnn]))
    assert worst.columns == ["classifier", "texts", "before, %", "10 %, %", "unlimited, %"]
    assert [row[0] for row in worst.rows] == ["convertible DNN of SNN-TextCNN", "SNN-TextCNN, fine-tuned"]
    assert [row[1] for row in worst.rows] == ["50", "50"]
    assert [re.match(r"[\d.]+", row[3]).group() for row in worst.rows] == ["60.0", "40.0"]
    assert [re.match(r"[\d.]+", row[4]).group() for row in worst.rows] == ["20.0", "10.0"]
    assert [row[0] for row in members.rows] == [WORST, "own, margin", "atan 2, margin"]
    assert members.rows[2][1] == "–"
    assert re.match(r"[\d.]+", members.rows[1][2]).group() == "70.0"


def test_several_seeds_are_a_mean(study):
    (one,) = study("seeds", seeds=[1, 2]).studies()
    worst, _ = tables(one, frame([attack(), attack(seed=2, budgets={"10 %": 0.6, "unlimited": 0.3})]))
    assert worst.rows[0][3].startswith("50.0")


def test_the_script_writes_the_table_and_the_report_shows_it(study, tmp_path):
    """Without such attacks there is no part of that name."""
    made = study("shown")
    assert "White-box attacks" not in made.report()[0]
    write_json(tmp_path / "hotflip.json", attack())
    path = tmp_path / "white_box.csv"
    made.rule("summarise_white_box", {"attacks": [str(tmp_path / "hotflip.json")]}, {"table": str(path)})
    pd.testing.assert_frame_equal(pd.read_csv(path), frame([attack()]))
    made.white_box = [str(path)]
    page, markdown = made.report()
    assert "White-box attacks" in page
    assert "HotFlip on MR" in markdown
