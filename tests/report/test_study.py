"""What a study says of its classifiers, by hand: differences, energies, guessing, the choice by dev."""

from dataclasses import replace

import pytest

from spiketext.report.outcome import best_on_dev, classifiers


@pytest.fixture
def found(study):
    """A network with 60 % after fine-tuning and twice the energy of its DNN, which has 76 %."""
    (one,) = study("one", accuracy=0.60).studies()
    return one


def last(found):
    """The spiking network's last stage."""
    return found.headline()[0]


def test_a_worse_network_has_a_negative_gap(found):
    """Its accuracy minus that of its DNN."""
    assert found.gap(last(found), 8).value == pytest.approx(0.60 - 0.76)


def test_energies_are_those_of_the_table_that_is_asked_for(found):
    """The main one is not the first; a network of T = 8 needs twice its DNN's energy under it."""
    assert found.energies(last(found), 8) == [8.0]
    assert found.energies(last(found), 8, "flop-sop") == [2.0]
    assert found.energy_ratio(last(found), 8).value == pytest.approx(2.0)
    assert found.energy_ratio(last(found), 8, "flop-sop").value == pytest.approx(0.5)


def test_guessing_is_right_as_often_as_the_most_frequent_class_occurs(found):
    """Three quarters of the texts are of one class."""
    frame = found.confusion.copy()
    frame["texts"] = frame["true"].map({frame["true"].iloc[0]: 75, frame["true"].iloc[-1]: 25})
    assert replace(found, confusion=frame).majority().value == pytest.approx(0.75)


def test_a_difference_knows_the_deviation_of_the_draws(study):
    """Two draws 0.02 apart deviate by 0.02 / √2; the DNN has none."""
    (one,) = study("one", seeds=[1, 2], draws=(-0.01, 0.01)).studies()
    assert one.gap(last(one), 8).draw_sd == pytest.approx(0.02 / 2**0.5)


def test_the_best_is_chosen_on_dev(study):
    """Not on test, where the DNN is ahead."""
    made = study("one")

    def worsen(report):
        for row in report["curve"]:
            row["dev_accuracy"] = 0.5

    made.edit("evaluations", worsen, stage="dnn")
    (one,) = made.studies()
    assert one.test_accuracy(one.series()[0], None).value > one.test_accuracy(last(one), 8).value
    assert best_on_dev(one, classifiers(one))[0].method == "lv2023"
