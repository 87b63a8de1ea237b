"""The table of white-box attacks, and what the report says of it."""

import re

import pandas as pd
import pytest

from spiketext.errors import SpikeTextError
from spiketext.files import write_json
from spiketext.report.attacks.white_box import COLUMNS, WORST, frame, tables
from spiketext.report.estimates import mean_over_seeds, paired_difference


def attack(kind="hotflip", stage="finetuned", seed=1, **values):
    """The report of an attack with two budgets and two members."""
    return {
        "dataset": "mr", "method": "lv2023", "kind": kind, "seed": seed, "stage": stage, "mode": "fixed",
        "n": 50, "clean_accuracy": 0.8, "headline": "10 %", "budgets": {"10 %": 0.4, "unlimited": 0.1},
        "members": {
            "own, margin": {"10 %": 0.7, "unlimited": 0.5},
            "atan 2, margin": {"10 %": 0.4, "unlimited": 0.1},
        },
        "stands": standing(20), **values,
    }  # fmt: skip


def standing(*texts, of=50):
    """By text whether it stands: the first so many of fifty, or those that are named."""
    kept = range(texts[0]) if len(texts) == 1 else texts
    return {str(text): text in kept for text in range(of)}


def test_a_row_for_each_member_and_budget():
    found = frame([attack()], {})
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
    worst, members = tables(one, frame([attack(), dnn], {}))
    assert worst.columns == [
        "classifier", "texts", "before, %", "10 %, %", "unlimited, %", "minus its DNN at 10 %, points",
    ]  # fmt: skip
    assert [row[0] for row in worst.rows] == ["convertible DNN of SNN-TextCNN", "SNN-TextCNN, fine-tuned"]
    assert [row[1] for row in worst.rows] == ["50", "50"]
    assert [re.match(r"[\d.]+", row[3]).group() for row in worst.rows] == ["60.0", "40.0"]
    assert [re.match(r"[\d.]+", row[4]).group() for row in worst.rows] == ["20.0", "10.0"]
    assert [row[0] for row in members.rows] == [WORST, "own, margin", "atan 2, margin"]
    assert members.rows[2][1] == "–"
    assert re.match(r"[\d.]+", members.rows[1][2]).group() == "70.0"


def test_several_seeds_are_a_mean(study):
    (one,) = study("seeds", seeds=[1, 2]).studies()
    worst, _ = tables(one, frame([attack(), attack(seed=2, budgets={"10 %": 0.6, "unlimited": 0.3})], {}))
    assert worst.rows[0][3].startswith("50.0")


def test_the_script_writes_the_table_and_the_report_shows_it(study, tmp_path):
    """Without such attacks there is no part of that name."""
    made = study("shown")
    assert "White-box attacks" not in made.report()[0]
    write_json(tmp_path / "hotflip.json", attack())
    path = tmp_path / "white_box.csv"
    made.rule(
        "summarise_white_box",
        {"attacks": [str(tmp_path / "hotflip.json")]},
        {"table": str(path)},
        {"dnns": {}},
    )
    pd.testing.assert_frame_equal(pd.read_csv(path), frame([attack()], {}), check_dtype=False)
    made.white_box = [str(path)]
    page, markdown = made.report()
    assert "White-box attacks" in page
    assert "HotFlip on MR" in markdown


def test_a_network_is_compared_with_its_dnn_on_the_same_texts(study):
    """Also with that of another method; at the headline alone, of the whole ensemble alone."""
    (one,) = study("pairs").studies()
    own, other = (attack(method=method, stage="dnn", stands=standing(22)) for method in ("lv2023", "dnn"))
    for dnn, dnns in ((own, {}), (other, {"lv2023": "dnn"})):
        found = frame([attack(), dnn], dnns)
        known = found.dropna(subset="gap")
        assert known[["stage", "member", "budget"]].to_numpy().tolist() == [["finetuned", WORST, "10 %"]]
        ((value, low, high),) = known[["gap", "gap_low", "gap_high"]].to_numpy()
        expected = paired_difference([0] * 48 + [-1] * 2)
        assert (value, low, high) == pytest.approx((-0.04, expected.low, expected.high))
    worst, _ = tables(one, found)
    assert {row[0]: row[-1] for row in worst.rows} == {
        "TextCNN (DNN)": "–",
        "SNN-TextCNN, fine-tuned": expected.text(),
    }
    assert frame([attack()], {})["gap"].isna().all()  # its DNN was not attacked
    assert frame([attack(), attack(kind="pgd", stage="dnn")], {})["gap"].isna().all()


def test_gaps_of_several_seeds_have_the_interval_over_seeds(study):
    (one,) = study("gaps", seeds=[1, 2]).studies()
    pairs = [
        attack(stage=stage, seed=seed, stands=standing(kept))
        for seed, kept, of_dnn in ((1, 20, 22), (2, 20, 25))
        for stage, kept in (("finetuned", kept), ("dnn", of_dnn))
    ]
    worst, _ = tables(one, frame(pairs, {}))
    assert worst.rows[1][-1] == mean_over_seeds([-0.04, -0.1]).text()


def test_other_texts_than_its_dnn_s_are_refused():
    dnn = attack(stage="dnn", stands=standing(20, of=49))
    with pytest.raises(SpikeTextError, match="mr/1/hotflip/lv2023/finetuned: its DNN was attacked"):
        frame([attack(), dnn], {})
