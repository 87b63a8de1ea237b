"""What is said where a figure stands."""

import pytest

from spiketext.report import prose
from spiketext.report.names import names_of
from spiketext.report.outcome import classifiers
from spiketext.report.prose import summary
from spiketext.report.tables import CHOSEN_ON_TEST_NOTE, accuracy_table, training_table

FINE_TUNED = "SNN-TextCNN, fine-tuned, T = 8: "


@pytest.fixture
def said(study):
    """What is said once a report is changed; in the prose and under the table alike."""

    def run(change=None, seeds=(1,), stage="finetuned", kind="evaluations", folder="results", **settings):
        made = study(folder, seeds=list(seeds), **settings)
        if change:
            made.edit(kind, change, stage)
        (findings,) = made.studies()
        found = prose.caveats(findings)
        assert [one for one in summary(findings) if one in found] == found
        assert [one for one in accuracy_table(findings).notes if one in found] == found
        return found

    return run


def test_nothing_is_said_where_nothing_is_amiss(said):
    assert said() == []


def test_a_network_in_which_nothing_fires(said):
    def silence(report):
        report["layers"][1] |= {"rate": 0.0, "dead": 1.0}

    assert said(silence) == [FINE_TUNED + "nothing fires in its layer “convolution”."]


def test_with_which_seeds(said):
    def silence(report):
        if report["seed"] > 1:
            report["layers"][2]["dead"] = 1.0

    assert said(silence, seeds=[1, 2, 5]) == [
        FINE_TUNED + "nothing fires in its layer “pooled” with seeds 2, 5."
    ]


def test_epoch_0_kept(said):
    def keep(report):
        report["best_epoch"] = 0

    assert said(keep, kind="trainings") == [FINE_TUNED + "epoch 0 was kept, so it is the converted network."]


def test_only_an_epoch_0_of_fine_tuning_is_the_converted_network(said):
    def keep(report):
        report["best_epoch"] = 0

    assert said(keep, stage="dnn", kind="trainings") == []


def test_no_better_than_the_majority_class(said):
    # The majority is 50 %; Wilson for 56 % of 200 starts at 49.1, for 58 % at 51.1.
    text = (
        "by accuracy not shown to be better than always guessing the most frequent class, which its interval "
        "reaches."
    )
    assert said(accuracy=0.56)[-1] == FINE_TUNED + text
    assert not [one for one in said(folder="better", accuracy=0.58) if one.startswith(FINE_TUNED)]


def test_a_class_without_test_texts(said):
    def drop(report):
        report["confusion"] = [[0, 0], [50, 150]]

    (first, *_) = said(drop, stage="dnn")
    assert first == "No test text is of class negative: no figure tells how well it is recognised."


def test_data():
    texts, vectors = {"kept": 1200, "other_labels": 1500, "equal_when_cut": 3}, {"warning": "Few words."}
    assert prose.caveats_of_data(texts, vectors, 64) == [
        "Few words.",
        "1,500 rows were left out, as their labels mean none of the classes.",
        "3 of 1,200 texts are equal to another one in the 64 tokens that a network reads.",
    ]
    assert (
        prose.caveats_of_data({"kept": 9, "other_labels": 0, "equal_when_cut": 0}, {"warning": None}, 64)
        == []
    )


def test_how_files_were_read():
    files = [
        {"file": "a.csv", "format": "csv", "separator": ";", "rows": 1200},
        {"file": "b.txt", "format": "lines", "separator": "", "rows": 3},
    ]
    assert prose.how_read({"files": files}) == [
        "a.csv was read as csv, separator ';': 1,200 rows.", "b.txt was read as lines: 3 rows.",
    ]  # fmt: skip


def test_the_report_says_it_in_brief_and_in_the_data_part(study):
    made = study(vectors={"warning": "Few words have a vector."}, texts={"other_labels": 7})
    markdown = made.report()[1]
    brief, _, rest = markdown.partition("\n## MR\n")
    for part in (brief, rest):
        assert "Few words have a vector." in part
        assert "7 rows were left out" in part


def test_an_epoch_chosen_on_test_is_said_beside_every_figure(study):
    """In the title, so in tables, figures and sentences; what is chosen so is no candidate for the best."""
    made = study("results", methods=["dnn", "lv2023", "quick"])
    made.settings["define"]["methods"]["lv2023"]["finetuning"]["chosen_on"] = "test"
    made.names = names_of(made.settings)
    made.edit("trainings", lambda report: report.update(chosen_on="test"), "finetuned")
    (findings,) = made.studies()
    title = "SNN-TextCNN (epoch chosen on test), fine-tuned"
    assert [one for one in prose.caveats(findings) if "test set" in one] == [
        f"{name}: no figure to compare with any other, as the test set chose an epoch of its method."
        for name in (
            "convertible DNN of SNN-TextCNN (epoch chosen on test)",
            "SNN-TextCNN (epoch chosen on test), converted, T = 8",
            f"{title}, T = 8",
        )
    ]
    assert title.partition(",")[0] in str(accuracy_table(findings).rows)
    training = training_table(findings)
    (row,) = [row for row in training.rows if row[0] == title]
    assert row[-1].endswith(" (test)") and training.notes[-1] == CHOSEN_ON_TEST_NOTE
    assert {series.method for series, _ in classifiers(findings)} == {"dnn", "quick"}


def test_a_method_whose_dnn_was_chosen_on_test_is_marked_too(study):
    """`quick` converts the DNN of `lv2023`, whose training it shares."""
    made = study("results", methods=["dnn", "lv2023", "quick"])
    for method in ("lv2023", "quick"):
        made.settings["define"]["methods"][method]["training"]["chosen_on"] = "test"
    assert list(names_of(made.settings).chosen_on_test) == ["lv2023", "quick"]
    assert not names_of(study("other").settings).chosen_on_test


def test_what_learnt_from_a_method_chosen_on_test_is_marked_too(study):
    """From a teacher, in any training, or by beginning with its DNN; and what learnt from that."""
    made = study("results", methods=["dnn", "lv2023", "quick"])
    methods = made.settings["define"]["methods"]
    for method in ("lv2023", "quick"):
        methods[method]["training"]["chosen_on"] = "test"
    for pupil, objective in {
        "a": {"kind": "distillation", "teacher": "lv2023"},
        "b": {"kind": "spike-budget", "task": {"kind": "distillation", "teacher": "a"}},
    }.items():
        methods[pupil] = {**methods["dnn"], "finetuning": {"objective": objective}}
    for pupil, start in {"c": "quick", "of b's DNN": "b"}.items():
        methods[pupil] = {**methods["dnn"], "training": {**methods["dnn"]["training"], "start": start}}
    assert list(names_of(made.settings).chosen_on_test) == ["lv2023", "quick", "a", "b", "c"]
