"""The answer on robustness in sentences, its tables and its figure; figures worked out by hand."""

from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from spiketext.report.attacks.pairs import attack_pairs_frame, records
from spiketext.report.attacks.robustness import answer, overall, overall_table, robustness_table
from spiketext.report.figures import robustness_chart as robustness_module
from spiketext.report.figures import style
from spiketext.report.figures.robustness_chart import robustness_chart
from spiketext.report.frames import frame_of
from tests.report.test_attack_pairs import attack

FALLEN = "s" * 40 + "2" * 60  # of 100 texts 60 fall


@pytest.fixture(scope="module")
def told(lasting_study):
    """What is said of a spiking network and its DNN that these texts were attacked on."""

    (made,) = lasting_study("told").studies()

    def tell(first, second):
        rows = attack("lv2023/finetuned", first) + (attack("lv2023/dnn", second) if second else [])
        found = replace(made, attack_texts=frame_of("attack_texts", rows))
        return answer(found, records(attack_pairs_frame([found])))

    return tell


def test_more_robust_in_words(told):
    """90 against 40 of 100 stand: 50 discordant texts, all for the network, p = 2 / 2⁵⁰."""
    asked, said, *unknown = told("s" * 90 + "2" * 10, FALLEN)
    assert asked.endswith(
        "If an attack may change 10 % of the words of a text, in the one comparison of a network and a "
        "recipe: more robust."
    )
    assert said.startswith(
        "More robust: the fine-tuned SNN-TextCNN and the convertible DNN of SNN-TextCNN. If PWWS may change "
        "10 % of the words, the spiking network is right on 90.0 % of 100 texts, 50.0 points (95 % interval "
    )
    assert "above the DNN (40.0 %); p = 0.0000000000000018 for all 1 comparisons together." in said
    assert "Before the attack it is level with the DNN." in said
    assert said.endswith(
        "Of the 100 texts that both had right before, 10.0 % fall with the spiking network and 60.0 % with "
        "the DNN."
    )
    assert "differences of less than some 10 points" in unknown[0]
    assert "nor how much another seed would change" in unknown[0]
    assert "attacks do that were not run" in unknown[1]


def test_less_robust_in_words(told):
    assert told(FALLEN, "s" * 90 + "2" * 10)[1].startswith("Less robust: ")


def test_higher_accuracy_does_not_pass_for_robustness(told):
    """As many fall of those that both had right before; 40 the DNN had wrong from the start."""
    _, said, *_ = told("s" * 80 + "2" * 20, "w" * 40 + "s" * 40 + "2" * 20)
    assert said.startswith("More often right, as before the attack: ")
    assert "Before the attack it is 40.0 points (95 % interval" in said
    assert (
        "Of the 60 texts that both had right before, 33.3 % fall with the spiking network and 33.3 %" in said
    )


def test_no_evidence_in_words(told):
    asked, said, *_ = told("s" * 30 + "2" * 20, "s" * 27 + "2" * 23)
    assert asked.endswith("no evidence either way.")
    assert said.startswith("No evidence either way: ")


def test_what_was_not_attacked_is_not_known(told):
    (said,) = told("ss22", "")
    assert said.startswith("Not known for the fine-tuned SNN-TextCNN: whether it withstands more than")


def test_texts_that_none_has_right_and_texts_that_all_failed_on(told):
    assert "There is no text that both had right before." in told("w" * 9 + "s", "s" * 9 + "w")[1]
    assert "no text is left that both were attacked on" in told("ee", "ss")[1]


def test_the_hardest_mode_is_told(study):
    (made,) = study().studies()
    rows = attack("lv2023/dnn", "ss22") + attack("lv2023/finetuned", "sss2")
    rows += attack("lv2023/finetuned", "s222", mode="vote")
    found = replace(made, attack_texts=frame_of("attack_texts", rows))
    own = records(attack_pairs_frame([found]))
    (said,) = [one for one in answer(found, own) if "both had right before" in one]
    assert "the fine-tuned SNN-TextCNN (majority of several draws) and" in said
    assert "right on 25.0 % of 4 texts" in said
    assert len(robustness_table(found, own).rows) == 2


def test_the_table_of_a_data_set(study):
    """The fine-tuned network falls on texts 5 to 19 of 50, the DNNs on 0 to 14."""
    (found,) = study(attacked="dnn-and-last").studies()
    table = robustness_table(found, records(attack_pairs_frame([found])))
    assert [row[0] for row in table.rows] == [
        "SNN-TextCNN, fine-tuned minus convertible DNN of SNN-TextCNN",
        "SNN-TextCNN, fine-tuned minus TextCNN (DNN)",
        "convertible DNN of SNN-TextCNN minus TextCNN (DNN)",
    ]
    for row in table.rows[:2]:
        assert row[1:5] == ["PWWS", "50", "50.0", "50.0"]
        assert row[5].startswith("0.0 [−1")
        assert row[6].startswith("0.0 [−")  # the area
        assert row[7:] == ["37.5", "37.5", "1.0", "no evidence either way"]  # 15 of 40
    assert "for all 3 comparisons of the study" in table.notes[1]
    assert not any("left out" in note for note in table.notes)
    assert any("Stand-ins take the place of what PWWS would download" in note for note in table.notes)


def test_all_data_sets(study):
    """English and Chinese recipes stand in rows of their own."""
    studies = study(datasets={"mr": "MR", "own": "Own"}, attacked="dnn-and-last").studies()
    rows = records(attack_pairs_frame(studies))
    said, area = overall(studies, rows)
    assert said.endswith("in each comparison of a network and a recipe: no evidence either way.")
    assert "more is left of the network in 0 and less in 0 of 2" in area
    table = overall_table(studies, rows)
    assert table.columns[2:] == ["MR", "Own"]
    assert [row[1] for row in table.rows] == ["PWWS", "Chinese character swap"]
    assert [row[2:].index("–") for row in table.rows] == [1, 0]


def test_the_figure(study):
    """A row for each pair, a dot at each difference in the colour of the first's method, a line at zero."""
    (made,) = study().studies()
    rows = attack("lv2023/finetuned", "s" * 90 + "2" * 10)
    rows += attack("lv2023/dnn", FALLEN) + attack("dnn/dnn", "s" * 80 + "2" * 20)
    found = replace(made, attack_texts=frame_of("attack_texts", rows))
    figure = robustness_chart(found)
    (axes,) = (one for one in figure.axes if one.get_visible())
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "SNN-TextCNN, fine-tuned\nminus convertible DNN of SNN-TextCNN",
        "SNN-TextCNN, fine-tuned\nminus TextCNN (DNN)",
        "convertible DNN of SNN-TextCNN\nminus TextCNN (DNN)",
    ]
    dots = [container.lines[0] for container in axes.containers]
    assert [(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots] == [
        (pytest.approx(50), 0),
        (pytest.approx(10), 1),
        (pytest.approx(-40), 2),
    ]
    look = style.look(made.names, made.headline()[0])
    assert {to_hex(dot.get_color()).upper() for dot in dots} == {look["color"]}
    (bar,) = axes.containers[0].lines[2]
    assert [end for end, _ in bar.get_segments()[0]] == pytest.approx([40, 60], abs=1.5)
    assert any(list(line.get_xdata()) == [0, 0] for line in axes.lines)
    (margin,) = axes.patches
    ends = margin.get_extents().transformed(axes.transData.inverted()).intervalx
    assert list(ends) == pytest.approx([-1, 1])


def test_the_report_has_the_answer(whole):
    for page in whole:
        assert "Not known for the fine-tuned SNN-TextCNN: whether it withstands more" in page
        assert "Pairs under attack on MR" in page


def test_of_too_many_pairs_the_first_are_drawn(study, monkeypatch):
    """Those with the own DNN; where there are none but others, as of last stages alone, some of these."""
    (found,) = study(attacked="dnn-and-last").studies()
    monkeypatch.setattr(robustness_module, "MOST_ROWS", 1)
    for chosen, row in (
        (found, "SNN-TextCNN, fine-tuned\nminus convertible DNN of SNN-TextCNN"),
        (study("last").studies()[0], "SNN-TextCNN, fine-tuned\nminus TextCNN (DNN)"),
    ):
        (axes,) = (one for one in robustness_chart(chosen).axes if one.get_visible())
        assert [label.get_text() for label in axes.get_yticklabels()] == [row]
