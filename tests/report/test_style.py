"""One colour a method, one marker a stage and at most six series a panel in all figures of a report."""

from collections import defaultdict

import pytest
from matplotlib.colors import to_hex

from spiketext.report.figures import fronts_chart, style
from spiketext.report.figures.charts import CHARTS

METHODS = [
    "dnn", "lv2023", "sparse-20", "quick", "sparse-50", "quantised-1", "majority", "tf-idf",
    "tf-idf-characters", "mean-vector",
]  # fmt: skip


@pytest.mark.parametrize(
    "methods, shares",
    [
        ("", []),
        ("aabb", ["aabb"]),
        ("aaabbbcc", ["aaabbb", "cc"]),
        ("aaaabbbb", ["aaaa", "bbbb"]),  # a method stays in one panel
        ("aaaaaaab", ["aaaaaa", "ab"]),  # unless it alone has more than six
        ("abab", ["aabb"]),
    ],
)
def test_panels(methods, shares):
    assert ["".join(panel) for panel in style.panels(methods, lambda one: one)] == shares


def test_colours_repeat_in_no_panel():
    """Methods that share a colour are ten apart, panels hold six."""
    assert len(set(style.PALETTE)) == len(style.PALETTE) > style.MOST_SERIES
    assert len(set(style.MARKERS.values())) == len(style.MARKERS)


def test_figures_agree(study):
    """Every series of every figure has its method's colour and its stage's marker."""
    made = study(methods=METHODS, tabulated=3.0, attacked="dnn-and-last")
    (findings,) = made.studies()
    known = {one.label: one for one in findings.series()}
    colours, markers = defaultdict(set), defaultdict(set)
    for draw in CHARTS.values():
        with style.settings():
            panels = draw(findings).axes
        for axes in panels:
            handles, labels = axes.get_legend_handles_labels()
            assert len(labels) <= 6
            for handle, label in zip(handles, labels, strict=True):
                line = handle[0] if isinstance(handle, tuple) else handle
                if label in fronts_chart.OTHERS:
                    continue
                series = known[
                    label.removesuffix(", zero-skipping").removesuffix(", tabulated").split(", T =")[0]
                ]
                colours[series.method].add(to_hex(line.get_color()))
                if line.get_marker() != "None":  # a level has none
                    markers[series.stage].add(line.get_marker())
    assert all(len(own) == 1 for own in [*colours.values(), *markers.values()])
    assert len({colour for own in colours.values() for colour in own}) == len(colours) == len(METHODS)
    assert {stage: {marker} for stage, marker in style.MARKERS.items() if stage in markers} == markers


def test_only_a_dnn(study):
    """Without spiking networks there are levels alone."""
    paths = study(methods=["dnn"], attacks=False).draw()
    assert [path.stem for path in paths] == [
        "brief",
        "accuracy",
        "energy",
        "energy-tables",
        "pareto",
        "fronts",
    ]
    assert all(path.stat().st_size > 5000 for path in paths)


def test_what_takes_no_energy_is_shown_without(study):
    """Guessing the most frequent class: a row with an accuracy and no energy."""
    made = study(methods=["dnn", "majority"])

    def nothing(report):
        if report["method"] == "majority":
            for row in report["rows"]:
                row["energy_uj"] = 0.0

    made.edit("energies", nothing)
    with style.settings():
        accuracy, energy = CHARTS["brief"](*made.studies()).axes
    assert [label.get_text() for label in accuracy.get_yticklabels()] == [
        "TextCNN (DNN)", "most frequent class (fitted)",
    ]  # fmt: skip
    assert [text.get_text() for text in energy.texts] == ["4.00"]


def test_a_legend_stays_within_its_panel():
    """Two panels side by side, one of them with a long name."""
    with style.settings():
        figure, (first, second) = style.grid(2, 2, 2.5)
        first.plot(
            [0, 1], label="convertible DNN of a lossless SNN with max pooling, 4 bits, zero-skipping, too"
        )
        second.plot([0, 1], label="short")
        for axes in (first, second):
            style.legend(axes)
        style.frame(figure, "heading", "note")
        figure.draw_without_rendering()
    long, short = (axes.get_legend().get_window_extent() for axes in (first, second))
    assert long.x1 <= short.x0
    assert short.x1 <= figure.bbox.x1
    assert "\n" in first.get_legend().get_texts()[0].get_text()
