"""Where a report has one figure of an attack, it is of the mode that is hardest for the victim."""

import pytest

from spiketext.files import read_json
from spiketext.report.study import hardest, held
from spiketext.report.summary import attack_frame
from spiketext.report.tables import attack_table


@pytest.fixture
def two_modes(study):
    """A study whose spiking network was attacked in a second mode, which leaves less at 10 % only."""
    made = study(seeds=[1, 2])
    for path in [path for path in made.attack_files if "lv2023" in str(path)]:
        report = read_json(path)
        budgets = report["budgets"] | {"10 %": 0.4, "unlimited": 0.35}
        other = report | {"mode": "expectation", "budgets": budgets}
        made.attack_files.append(made.json(made.folder / f"{report['seed']}.json", other))
    (found,) = made.studies()
    return found


def test_the_hardest_mode_at_the_headline_budget_is_shown(two_modes):
    shown = {series.method: rows for _, series, rows in two_modes.attacked()}
    assert {method: set(rows["mode"]) for method, rows in shown.items()} == {
        "dnn": {"fixed"}, "lv2023": {"expectation"},
    }  # fmt: skip
    assert list(shown["lv2023"]["seed"]) == [1, 2]
    assert held(shown["lv2023"]).value == pytest.approx(0.4)
    assert hardest(two_modes.attacks).equals(shown["lv2023"])


def test_the_table_says_which_mode_it_is(two_modes):
    table = attack_table(two_modes)
    place = table.columns.index("spikes")
    assert [row[place] for row in table.rows] == ["fixed", "expectation"]
    assert any("draws that no search has seen" in note for note in table.notes)
    frame = attack_frame(two_modes)
    assert set(frame[frame.method == "lv2023"]["mode"]) == {"fixed", "expectation"}


def test_one_mode_needs_no_note(study):
    (found,) = study().studies()
    assert not any("Spikes:" in note for note in attack_table(found).notes)
