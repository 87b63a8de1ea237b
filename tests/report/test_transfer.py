"""The table of transfer, and its rows in the summary."""

import pytest

from spiketext.report.attacks.transfer import transfer_table

DNN, TWIN = {"name": "lv2023", "stage": "dnn"}, {"name": "lv2023", "stage": "finetuned"}


@pytest.fixture
def replayed(study):
    """A study with replays in both directions, of two seeds; one found nothing."""
    made = study(seeds=[1, 2])
    for seed, n in ((1, 10), (2, 30)):
        found = {"found": n + 2, "n": n, "transfer_interval": [0.1, 0.6], "unchanged_rate": 0.05}
        found |= {"recipe": "pwws"}
        nothing = ("transfer_rate", "transfer_interval", "unchanged_rate")
        none = {**found, "found": 0, "n": 0, **dict.fromkeys(nothing)}
        fixed, again = {"target_mode": "fixed"}, {"target_mode": "redrawn"}
        rows = [
            {"source": DNN, "target": TWIN, "mode": "fixed", **found, "transfer_rate": 0.4, **fixed},
            {"source": DNN, "target": TWIN, "mode": "fixed", **found, "transfer_rate": 0.3, **again},
            {"source": TWIN, "target": DNN, "mode": "vote", **found, "transfer_rate": 0.5, **fixed},
            {"source": TWIN, "target": DNN, "mode": "fresh", **none, **fixed},
        ]
        names = {"dataset": "mr", "method": "lv2023", "stage": "finetuned", "seed": seed}
        made.transfers.append(made.json(made.folder / f"transfer{seed}.json", {**names, "rows": rows}))
    return made


def test_the_table_has_both_directions(replayed):
    (found,) = replayed.studies()
    (table,) = transfer_table(found)
    convertible, twin = "convertible DNN of SNN-TextCNN", "SNN-TextCNN, fine-tuned"
    assert [row[:7] for row in table.rows] == [
        ["PWWS", convertible, "fixed", twin, "fixed", "44", "40"],
        ["PWWS", convertible, "fixed", twin, "redrawn", "44", "40"],
        ["PWWS", twin, "vote", convertible, "–", "44", "40"],
        ["PWWS", twin, "fresh", convertible, "–", "0", "0"],
    ]
    assert [row[7].split()[0] for row in table.rows] == ["40.0", "30.0", "50.0", "–"]
    assert table.rows[0][8].startswith("5.0")
    assert table.rows[3][7:] == ["–", "–"]


def test_the_page_shows_it_and_the_summary_has_each_row(replayed):
    page, _ = replayed.report()
    assert "Transfer of attacks on MR" in page
    lines = replayed.summarise()["transfer"].read_text().splitlines()
    assert lines[0].split(",")[4:10] == [
        "source_method", "source_stage", "mode", "recipe", "target_mode", "found",
    ]  # fmt: skip
    assert lines[1] == "mr,lv2023,finetuned,1,lv2023,dnn,fixed,pwws,fixed,12,10,0.4,0.1,0.6,0.05"
    assert lines[2] == "mr,lv2023,finetuned,1,lv2023,dnn,fixed,pwws,redrawn,12,10,0.3,0.1,0.6,0.05"
    assert lines[4] == "mr,lv2023,dnn,1,lv2023,finetuned,fresh,pwws,fixed,0,0,,,,"
    assert len(lines) == 9


def test_without_replays_there_is_no_table(study):
    made = study()
    assert transfer_table(made.studies()[0]) == []
    assert len(made.summarise()["transfer"].read_text().splitlines()) == 1
