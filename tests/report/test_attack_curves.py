"""The figure of attacks on all data sets."""

import numpy as np
import pytest

from spiketext.report.figures.attack_curves import SHARES, attack_curves, averaged, curve

TENTH, FIFTH = (int(np.argmin(abs(SHARES - share))) for share in (0.1, 0.2))


@pytest.fixture
def studies(study):
    """MR and a Chinese data set, the DNN and the spiking network attacked on both."""
    return study(datasets={"mr": "MR", "waimai": "Waimai"}).studies()


def test_curves_by_hand(studies):
    """Of 50 texts of 40 words, 10 are wrong, 15 fall by 4 words and 15 by 8."""
    texts = studies[0].attack_texts
    own = texts[texts["stage"] == "dnn"]
    found = curve(own).mean(0)
    assert list(found[:TENTH]) == [0.8] * TENTH
    assert list(found[TENTH:FIFTH]) == [0.5] * (FIFTH - TENTH)
    assert list(found[FIFTH:]) == pytest.approx([0.2, 0.2])
    half = own.assign(held=0.5)  # of the draws that score
    assert curve(half).mean(0)[-1] == pytest.approx(0.2 + 0.6 * 0.5 + 0.0)
    mean, low, high = averaged([own, half])
    assert mean[-1] == pytest.approx((0.2 + 0.5) / 2)
    assert (low <= mean).all() and (mean <= high).all()
    assert 0.02 < high[TENTH] - low[TENTH] < 0.3


def test_a_panel_for_each_recipe_and_six_classifiers_at_most(studies):
    """A network before its DNN, which is drawn in both panels."""
    figure = attack_curves(*studies)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_xlabel().split(":")[0] for axes in shown] == ["PWWS", "Chinese character swap"]
    for axes in shown:
        _, labels = axes.get_legend_handles_labels()
        assert labels == ["SNN-TextCNN, fine-tuned", "TextCNN (DNN)"]
        heights = axes.lines[0].get_ydata()
        assert heights[0] == pytest.approx(80)
        assert heights[TENTH] == pytest.approx(50)


def test_what_is_no_network_is_drawn_before_the_dnns(study):
    """Where a panel has no room for all, it is the rival that one wants to see."""
    found = study(
        datasets={"mr": "MR", "own": "Own"}, methods=["dnn", "lv2023", "tf-idf"], attacked="dnn-and-last"
    ).studies()
    axes = next(axes for axes in attack_curves(*found).axes if axes.get_visible())
    _, labels = axes.get_legend_handles_labels()
    assert labels[0] == "SNN-TextCNN, fine-tuned"
    assert labels[1].startswith("TF-IDF")
    assert labels[2:] == ["convertible DNN of SNN-TextCNN", "TextCNN (DNN)"]
