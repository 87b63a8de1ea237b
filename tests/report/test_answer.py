"""What the report answers first: which classifier wins, and whether a spiking one pays."""

from dataclasses import replace

import pytest

from spiketext.report.answer import _conclusion, brief_table, headline, recall_table, verdict
from spiketext.report.estimates import Estimate
from spiketext.report.outcome import Outcome, best_on_dev, classifiers, on_dev
from spiketext.report.verdicts import INFERIOR, standing


def test_a_network_that_costs_more_and_is_no_better_does_not_pay(study):
    """The DNN needs a quarter of its energy; on dev, as on test, it is ahead by two points."""
    (found,) = study("one").studies()
    winner, pays = verdict(found)
    assert headline(found) == "MR: no spiking network is shown to pay"
    assert winner.startswith("Best on dev, which alone chooses, is the DNN TextCNN: it is right on 76.0 %")
    assert winner.endswith(
        "The test set does not tell it from the fine-tuned SNN-TextCNN at T = 8; more texts or seeds might."
    )
    assert "On test it is 2.0 points" in pays
    assert "and needs 4.00 times its energy" in pays
    assert pays.endswith("It is not shown to pay here: that one is not shown to be less accurate.")


def test_a_classifier_that_the_test_shows_to_be_better_is_named(study):
    """The best on dev stays the one that was chosen."""
    made = study("one", accuracy=0.95)

    def ahead_on_dev(report):
        for row in report["curve"]:
            row["dev_accuracy"] = 0.99

    made.edit("evaluations", ahead_on_dev, "dnn")
    (found,) = made.studies()
    winner, *_ = verdict(found)
    assert winner.startswith("Best on dev, which alone chooses, is the DNN TextCNN: ")
    assert winner.endswith("The test set shows a better one: the fine-tuned SNN-TextCNN at T = 8.")


@pytest.mark.parametrize(
    ("accuracy", "lead", "said"),
    [
        (
            0.90,
            "MR: a spiking network pays",
            "It pays: what needs less energy is less accurate, and it is inferior to none (margin 1 point).",
        ),
        (
            0.60,
            "MR: a spiking network saves energy, but is less accurate",
            "What needs less energy is less accurate, but it is inferior to the DNN TextCNN and the "
            "convertible DNN of SNN-TextCNN (margin 1 point).",
        ),
        (
            0.76,
            "MR: a spiking network saves energy; whether it is less accurate is undecided",
            "What needs less energy is less accurate; whether it is inferior to the DNN TextCNN and the "
            "convertible DNN of SNN-TextCNN is undecided",
        ),
    ],
)
def test_a_cheap_network_pays_if_it_is_not_inferior(study, accuracy, lead, said):
    """Nothing needs less energy."""
    (found,) = study("one", accuracy=accuracy, energy_at_8=0.5).studies()
    assert headline(found) == lead
    assert said in verdict(found)[1]


def test_a_cheaper_rival_that_is_as_accurate_takes_the_verdict(study):
    """However much less than the DNN the spiking network needs."""
    made = study("one", accuracy=0.77, energy_at_8=2.0)

    def cheapen(report):
        for row in report["rows"]:
            if row["stage"] == "dnn":
                row["energy_uj"] = 0.5

    made.edit("energies", cheapen)
    (found,) = made.studies()
    assert headline(found) == "MR: no spiking network is shown to pay"
    assert "and needs 4.00 times its energy" in verdict(found)[1]
    assert "that one is not shown to be less accurate" in verdict(found)[1]


def test_whoever_it_is_inferior_to_decides():
    """Not the best on dev of those that do not spike alone, from which the test may not tell it."""
    own, rival, other = (("spiking", 1), ("rival", None), ("other", None))
    level, ahead = Estimate(0.0, -0.005, 0.005), Estimate(-0.02, -0.025, -0.015)
    assert Outcome(own, rival, None, {rival: level}).pays
    found = Outcome(own, rival, None, {rival: level, other: ahead})
    assert not found.pays and found.inferior_to() == [other] and found.undecided() == []
    found = Outcome(own, rival, None, {rival: level, other: Estimate(-0.005, -0.02, 0.01)})
    assert not found.pays and found.inferior_to() == [] and found.undecided() == [other]


def test_a_dear_network_does_not_hide_a_cheap_one(study):
    """The best spiking one on dev costs twice its DNN's energy; another is as accurate for an eighth."""
    made = study("one", methods=["dnn", "lv2023", "quick"], accuracy=0.76)

    def cheapen(report):
        for row in report["rows"]:
            if report["method"] == "quick" and row["stage"] == "converted":
                row["energy_uj"] = 0.5

    def level(report):
        for row in report["curve"]:
            if report["method"] == "quick":
                row.update(dev_accuracy=0.7, test_accuracy=0.76, test_accuracy_draws=[0.76])

    made.edit("energies", cheapen)
    made.edit("evaluations", level, "converted")
    (found,) = made.studies()
    assert headline(found).startswith("MR: a spiking network saves energy")
    assert verdict(found)[1].startswith(
        "Of the spiking networks that nothing cheaper may match (of 2 comparisons together) the best on dev "
        "is the converted Quick at T"
    )


def test_a_network_does_not_pay_if_its_own_dnn_is_cheaper(study):
    """A conversion without loss answers as its quantised DNN does; all others here need more energy."""
    made = study("one", accuracy=0.76, energy_at_8=1.5)
    (found,) = made.studies()
    assert headline(found).startswith("MR: a spiking network saves energy")  # both DNNs need 2 µJ

    def cheapen(report):
        for row in report["rows"]:
            if report["method"] == "lv2023" and row["accounting"] == "zero-skipping":
                row["energy_uj"] = 1.0

    made.edit("energies", cheapen)
    (found,) = made.studies()
    assert headline(found) == "MR: no spiking network is shown to pay"
    assert (
        "the convertible DNN of SNN-TextCNN needs 1.50 times less energy and is not shown"
        in verdict(found)[1]
    )


def test_what_only_one_comparison_would_show_is_said_to_be_of_several(study):
    """2 points [0.1, 3.9] are shown for one network, not for two together."""
    (found,) = study("one", methods=["dnn", "lv2023", "quick"], accuracy=0.76).studies()
    outcome = Outcome.of(found)
    other = next(one for one in outcome.gaps if one != outcome.rival)
    matched = replace(outcome, cheaper=other, gaps={other: Estimate(0.02, 0.001, 0.039)})
    said = _conclusion(found, matched)
    assert (
        "is not shown to be less accurate in 2 comparisons together (the spiking network is 2.0 points"
        in said
    )
    assert "(95 % interval −0.2 to 4.2) above it)" in said


def test_equal_energies_are_no_saving(study):
    """A network that needs as much as its DNN, which leaves out its products with zero, is matched by it."""
    (found,) = study("one", accuracy=0.76, energy_at_8=2.0).studies()
    assert headline(found) == "MR: no spiking network is shown to pay"
    assert "and needs about as much energy" in verdict(found)[1]


def test_a_network_that_guesses_is_named(study):
    """Its interval reaches the level of the most frequent class."""
    (found,) = study("one", accuracy=0.5).studies()
    assert "not shown to be better than that: the fine-tuned SNN-TextCNN at T = 8." in verdict(found)[2]


def test_of_equals_the_cheaper_one_is_the_best(study):
    """Both have the same accuracy on dev."""
    for energy, method in ((8.0, "dnn"), (0.5, "lv2023")):
        (found,) = study(f"{energy}", accuracy=0.76, energy_at_8=energy).studies()
        assert best_on_dev(found, classifiers(found))[0].method == method


def test_one_row_a_classifier(study):
    """The last stage of each method, with what an attack leaves."""
    (found,) = study("one").studies()
    table = brief_table(found)
    assert [row[0] for row in table.rows] == ["TextCNN (DNN)", "SNN-TextCNN, fine-tuned, T = 8"]
    assert table.columns[-1] == "10 % of words changed by the worst attack, %"
    dnn, spiking = table.rows
    assert dnn[5:8] == ["4.00", "2.00", "1.00"]  # half of its products are with zero
    assert spiking[5:8] == ["8.00", "8.00", "0.500"]
    assert spiking[-1].startswith("50.0")
    assert spiking[-1].endswith("(PWWS)")


def imbalanced(confusion):
    """A change of reports: other texts by true and predicted class."""

    def change(report):
        report["confusion"] = confusion

    return change


def test_which_classes_are_found(study):
    """One row a class: by the best on dev, and by the best spiking one."""
    made = study("one")
    made.edit("evaluations", imbalanced([[150, 10], [20, 20]]), "dnn")
    made.edit("evaluations", imbalanced([[155, 5], [30, 10]]), "finetuned")
    (found,) = made.studies()
    table = recall_table(found)
    assert table.columns == [
        "class",
        "test texts",
        "found by the DNN TextCNN, %",
        "found by the fine-tuned SNN-TextCNN at T = 8, %",
    ]
    assert [row[:2] for row in table.rows] == [["negative", "160"], ["positive", "40"]]
    shares = [[cell.split(" [")[0] for cell in row[2:]] for row in table.rows]
    assert shares == [["93.8", "96.9"], ["50.0", "25.0"]]
    assert table.rows[1][2] == "50.0 [35.2, 64.8]"
    assert not any("hardly ever" in said for said in verdict(found))


def test_the_best_may_be_the_spiking_one(study):
    """Then it stands there once."""
    (found,) = study("one", accuracy=0.9).studies()
    assert len(recall_table(found).columns) == 3


def test_a_class_that_is_hardly_ever_found_is_named(study):
    """One tenth of its texts or fewer, of all seeds together."""
    made = study("two", seeds=[1, 2])
    made.edit("evaluations", imbalanced([[160, 0], [36, 4]]), "dnn")
    made.edit("evaluations", imbalanced([[160, 0], [35, 5]]), "finetuned")
    (found,) = made.studies()
    (said,) = [one for one in verdict(found) if "hardly ever" in one]
    assert said.startswith("The DNN TextCNN hardly ever finds positive (10.0 % of its test texts). ")
    assert "write class_weights: balanced (in the data set) and metric: macro-f1 into" in said
    made.edit("evaluations", imbalanced([[160, 0], [37, 3]]), "finetuned")
    (found,) = made.studies()
    (said,) = [one for one in verdict(found) if "hardly ever" in one]
    assert (
        "; the fine-tuned SNN-TextCNN at T = 8 hardly ever finds positive (7.5 % of its test texts). " in said
    )


def test_what_a_study_has_already_is_not_advised(study):
    """Weights, the metric, or both."""
    for metric, weighted, advised in (
        ("macro-f1", False, "For such data write class_weights: balanced (in the data set) into the study's"),
        ("accuracy", True, "For such data write metric: macro-f1 into the study's YAML file."),
        ("macro-f1", True, "Classes are weighted and macro-F1 chooses already"),
    ):
        made = study(f"{metric}{weighted}", metric=metric)
        made.edit("evaluations", imbalanced([[160, 0], [36, 4]]))
        (found,) = made.studies()
        names = replace(found.names, weighted={found.dataset} if weighted else set())
        (said,) = [one for one in verdict(replace(found, names=names)) if "hardly ever" in one]
        assert advised in said


def test_a_tie_on_dev_is_said(study):
    """The DNN needs less energy."""
    made = study("one")

    def level(report):
        for row in report["curve"]:
            row["dev_accuracy"] = 0.75

    made.edit("evaluations", level)
    (found,) = made.studies()
    assert verdict(found)[0].startswith(
        "Best on dev, which alone chooses, is the DNN TextCNN (level with the fine-tuned SNN-TextCNN at T = "
        "8 at no less energy): it is right on"
    )


def test_a_class_without_test_texts_has_no_recall(study):
    """Nor a warning."""
    made = study("one")
    made.edit("evaluations", imbalanced([[150, 50], [0, 0]]))
    (found,) = made.studies()
    assert recall_table(found).rows[1] == ["positive", "0", "–", "–"]
    assert not any("hardly ever" in said for said in verdict(found))


def test_the_report_shows_which_classes_are_found(study):
    """Beside the answer, on the page and in Markdown."""
    html, markdown = study("one").report()
    for page in (html, markdown):
        assert page.index("The classifiers on MR") < page.index("Which classes are found on MR")


def test_what_the_table_calls_inferior_is_so_in_the_answer(study):
    """1.5 points [0.9, 2.1] below: the interval lies below 0 and reaches beyond the margin."""
    gap = Estimate(-0.015, -0.021, -0.009)
    assert standing(gap) == INFERIOR
    (found,) = study("one").studies()
    outcome = replace(Outcome.of(found), cheaper=None)
    (rival,) = {outcome.rival}
    assert replace(outcome, gaps={rival: gap}).inferior_to() == [rival]
    assert not replace(outcome, gaps={rival: gap}).undecided()
    unknown = replace(outcome, gaps={rival: Estimate(0.02)})  # all seeds agree, and nothing is known of texts
    assert unknown.undecided() == [rival]
    assert not unknown.pays


def test_equal_means_on_dev_are_equal(study):
    """Their sums differ in the last digit; the one of less energy is taken."""
    made = study("one", seeds=[1, 2])
    dev = {("dnn", 1): 691 / 872, ("dnn", 2): 689 / 872}
    report = {}

    def same(one):
        for row in one["curve"]:
            row["dev_accuracy"] = dev.get((one["method"], one["seed"]), 690 / 872)
            report[one["method"], one["seed"]] = row["dev_accuracy"]

    made.edit("evaluations", same)
    (found,) = made.studies()
    assert len({on_dev(found, one) for one in classifiers(found)}) == 1
    assert best_on_dev(found, classifiers(found))[0].method == "dnn"  # half the energy


def test_of_many_classifiers_the_first_ones_are_named(study):
    """The answer stays short enough for a telephone; the table has all."""
    names = ["dnn", "lv2023", "sparse-20", "quick", "sparse-50", "quantised-1", "tf-idf"]
    (found,) = study("one", methods=names).studies()
    winner, *_ = verdict(found)
    listed = winner.partition("The test set does not tell it from ")[2]
    assert listed.count(",") == 2
    assert " and 2 more; more texts or seeds might." in listed
