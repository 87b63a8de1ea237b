"""Where a report has one figure of an attack, it is of the mode that is hardest for the victim."""

import pytest

from spiketext.files import read_json
from spiketext.report.study import held
from spiketext.report.summary import attack_frame
from spiketext.report.tables import attack_table
from tests.report.conftest import with_steps


@pytest.fixture
def two_modes(study):
    """A study whose spiking network was attacked in a second mode, which leaves less at 10 % only."""
    made = study(seeds=[1, 2])
    for path, texts in list(zip(made.attack_files, made.attack_texts, strict=True)):
        report = read_json(path)
        if report["stage"] == "finetuned":
            budgets = report["budgets"] | {"10 %": 0.4, "unlimited": 0.35}
            other = report | {"mode": "expectation", "budgets": budgets}
            made.attack_files.append(made.json(made.folder / f"{report['seed']}.json", other))
            made.attack_texts.append(with_steps(texts))
    (found,) = made.studies()
    return found


def test_the_hardest_mode_at_the_headline_budget_is_shown(two_modes):
    """Of each stage one mode, with all its seeds."""
    shown = {series.stage: (mode, rows) for _, series, mode, rows in two_modes.hardest()}
    assert {stage: mode for stage, (mode, _) in shown.items()} == {"dnn": "fixed", "finetuned": "expectation"}
    rows = shown["finetuned"][1]
    assert list(rows["seed"]) == [1, 2]
    assert held(rows).value == pytest.approx(0.4)


def test_the_table_has_every_mode(two_modes):
    """By the name of the classifier; and says which draws score."""
    table = attack_table(two_modes)
    spiking = [row[1] for row in table.rows if "fine-tuned" in row[1]]
    assert len(spiking) == 2
    assert [label.endswith("(mean over several draws)") for label in spiking] == [False, True]
    assert any("draws that no search has seen" in note for note in table.notes)
    frame = attack_frame(two_modes)
    assert set(frame[frame.stage == "finetuned"]["mode"]) == {"fixed", "expectation"}


def test_one_mode_needs_no_note(study):
    """Nothing is said of draws."""
    (found,) = study().studies()
    assert not any("search has seen" in note for note in attack_table(found).notes)
