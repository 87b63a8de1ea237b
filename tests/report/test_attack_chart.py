"""The figure of attacks: accuracy against how much of a text may change; and the modes of a victim."""

import math
from pathlib import Path

import pytest

from spiketext.attack.metrics import BUDGETS
from spiketext.files import read_json
from spiketext.report.answer import brief_table
from spiketext.report.figures.attack_chart import attack_chart, queries_chart
from spiketext.report.prose import summary
from spiketext.report.tables import attack_table
from tests.report.conftest import with_steps


def test_a_curve_for_each_classifier_and_a_mark_at_the_headline(study):
    (found,) = study().studies()
    figure = attack_chart(found)
    (axes,) = (one for one in figure.axes if one.get_visible())
    assert [label.get_text() for label in axes.get_xticklabels()] == ["nothing", *BUDGETS]
    _, labels = axes.get_legend_handles_labels()
    assert labels == ["TextCNN (DNN)", "SNN-TextCNN, fine-tuned"]
    for container in axes.containers:
        heights = container.lines[0].get_ydata()
        # Shares of words are a curve of their own.
        assert list(heights) == pytest.approx([80, 70, 60, math.nan, 65, 50, 30, 20], nan_ok=True)
    (marked,) = axes.patches
    low, high = marked.get_extents().transformed(axes.transData.inverted()).intervalx
    assert (low + high) / 2 == pytest.approx(1 + list(BUDGETS).index("10 %"))


def test_accuracy_against_queries(study):
    """Before the attack first; what is left in the end is what the attack without a limit leaves."""
    (found,) = study().studies()
    (axes,) = (one for one in queries_chart(found).axes if one.get_visible())
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "none",
        "10",
        "30",
        "100",
        "300",
        "1,000",
    ]
    for container in axes.containers:
        assert list(container.lines[0].get_ydata()) == pytest.approx([80, 80, 60, 30, 25, 20])
    assert axes.get_xlabel() == "PWWS: texts that it may have scored"


@pytest.fixture
def modes(study):
    """A study whose network was attacked with fresh noise too, and leaves 10 points less at the headline."""
    made = study()
    report = read_json(made.attack_files[-1])
    report |= {"mode": "fresh", "budgets": report["budgets"] | {"10 %": 0.4}}
    path = Path(made.attack_files[-1]).parent / "fresh" / "pwws.json"
    made.attack_files.append(made.json(path, report))
    made.attack_texts.append(with_steps(made.attack_texts[-1]))
    (found,) = made.studies()
    return found


def test_modes_stand_side_by_side(modes):
    """Lines of one colour, told apart by their style; rows of the table."""
    (axes,) = (one for one in attack_chart(modes).axes if one.get_visible())
    _, fixed, fresh = (container.lines[0] for container in axes.containers)
    assert fixed.get_color() == fresh.get_color()
    assert fixed.get_linestyle() != fresh.get_linestyle()
    _, labels = axes.get_legend_handles_labels()
    assert labels[1:] == ["SNN-TextCNN, fine-tuned", "SNN-TextCNN, fine-tuned (new noise at each query)"]
    rows = attack_table(modes).rows
    assert [row[1] for row in rows[1:]] == labels[1:]
    assert [row[4].split()[0] for row in rows] == ["50.0", "50.0", "40.0"]
    assert rows[0][6].startswith("65.0 [5")  # the area has an interval over the texts


def test_the_hardest_mode_is_the_one_that_is_told(modes):
    assert [(series.stage, mode) for _, series, mode, _ in modes.hardest()] == [
        ("dnn", "fixed"),
        ("finetuned", "fresh"),
    ]
    (said,) = [one for one in summary(modes) if one.startswith("If PWWS")]
    assert "SNN-TextCNN (new noise at each query) falls from 80.0 % to 40.0 %" in said
    assert brief_table(modes).rows[-1][-1].startswith("40.0 [")
