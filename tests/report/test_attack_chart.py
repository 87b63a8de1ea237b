"""The figure of attacks: accuracy against how much of a text may change."""

import pytest

from spiketext.attack.metrics import BUDGETS
from spiketext.report.charts import attack_chart


def test_a_curve_for_each_classifier_and_a_mark_at_the_headline(study):
    (found,) = study().studies()
    figure = attack_chart(found)
    (axes,) = (one for one in figure.axes if one.get_visible())
    assert [label.get_text() for label in axes.get_xticklabels()] == ["nothing", *BUDGETS]
    _, labels = axes.get_legend_handles_labels()
    assert labels == ["TextCNN (DNN)", "SNN-TextCNN, fine-tuned"]
    for container in axes.containers:
        heights = container.lines[0].get_ydata()
        assert list(heights) == pytest.approx([80, 70, 60, 65, 50, 30, 20])
    (marked,) = axes.patches
    low, high = marked.get_extents().transformed(axes.transData.inverted()).intervalx
    assert (low + high) / 2 == pytest.approx(1 + list(BUDGETS).index("10 %"))
