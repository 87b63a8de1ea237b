"""What a verdict compares: accuracy or macro-F1."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from spiketext.config.study import Config
from spiketext.metrics import ON_DEV
from spiketext.report.answer import brief_table, verdict
from spiketext.report.estimates import RESAMPLES
from spiketext.report.outcome import best_on_dev, classifiers
from spiketext.report.prose import caveats
from spiketext.report.scores import SCORES, resampled_f1, score_of
from spiketext.report.tables import accuracy_table


def test_every_metric_of_the_configuration_is_known():
    """To choices on dev, and to verdicts."""
    metrics = Config.model_json_schema()["properties"]["metric"]["enum"]
    assert list(ON_DEV) == list(SCORES) == metrics


def test_resampled_macro_f1_is_that_of_scikit_learn():
    """On the texts themselves; samples spread around it as those that are drawn text by text."""
    rng = np.random.default_rng(3)
    label = rng.choice(3, 150, p=[0.7, 0.2, 0.1])
    predictions = [np.where(rng.random(150) < share, label, rng.integers(0, 3, 150)) for share in (0.4, 0.8)]
    found = resampled_f1(label, predictions, 4)
    assert found.shape == (1 + RESAMPLES, 2)
    every = range(4)  # no text is of the last class, and none is said to be
    expected = [f1_score(label, one, labels=every, average="macro", zero_division=0) for one in predictions]
    np.testing.assert_allclose(found[0], expected)
    drawn = []
    for _ in range(400):
        rows = rng.integers(0, 150, 150)
        drawn.append([
            f1_score(label[rows], one[rows], labels=every, average="macro", zero_division=0)
            for one in predictions
        ])  # fmt: skip
    np.testing.assert_allclose(found[1:].mean(0), np.mean(drawn, 0), atol=0.01)
    np.testing.assert_allclose(found[1:].std(0), np.std(drawn, 0), rtol=0.15)
    both, apart = (np.std(one[:, 0] - one[:, 1]) for one in (found[1:], np.array(drawn)))
    assert both == pytest.approx(apart, rel=0.15)  # the same texts for both


def swapped(report):
    """The DNN is better by macro-F1 than by accuracy, the spiking network worse."""
    dnn = report["stage"] == "dnn"
    for row in report["curve"]:
        row["dev_macro_f1"] = 0.5 if dnn else 0.7
        row["macro_f1"] = 0.55 if dnn else 0.72
        row["macro_f1_draws"] = [row["macro_f1"]]


@pytest.mark.parametrize(("metric", "best"), [("accuracy", "dnn"), ("macro-f1", "lv2023")])
def test_the_metric_decides_what_is_best_on_dev(study, metric, best):
    """And which figure the sentences and the columns have."""
    made = study("one", metric=metric)
    made.edit("evaluations", swapped)
    (found,) = made.studies()
    assert best_on_dev(found, classifiers(found))[0].method == best
    said, table = verdict(found), brief_table(found)
    if metric == "accuracy":
        assert "is right on 76.0 %" in said[0]
        assert "minus the best on dev, points" in table.columns
    else:
        assert said[0].startswith(
            "Best on dev, which alone chooses, is the fine-tuned SNN-TextCNN at T = 8: it has a macro-F1 of "
            "72.0 % (95"
        )
        assert said[0].endswith("All others are worse by macro-F1.")
        assert "It pays: what needs less energy is worse by macro-F1, and it is inferior to none" in said[1]
        assert len(said) == 2
        assert "minus the best on dev, points of macro-F1" in table.columns
        assert table.rows[0][4].startswith("−17.0 [")
        assert "by mean macro-F1 there" in table.notes[1]


def test_intervals_of_macro_f1(study):
    """With one seed over texts, around the figure; over seeds from the seeds' values alone."""
    for seeds in ([1], [1, 2, 3]):
        (found,) = study(f"{len(seeds)}", metric="macro-f1", seeds=seeds).studies()
        dnn, spiking = classifiers(found)
        score = score_of(found)
        own, gap = score.of(found, dnn), score.difference(found, dnn, spiking)
        assert own.low < own.value < own.high
        assert own.value == pytest.approx(np.mean(found.curve(dnn[0], "macro_f1", None)))
        if len(seeds) == 1:
            # 48 of 200 errors: by the normal approximation 2 · 1.96 · sqrt(0.76 · 0.24 / 200) wide.
            assert own.high - own.low == pytest.approx(0.118, abs=0.01)
            assert gap.low < 0 < gap.high
            same = score.difference(found, dnn, dnn)  # alike on any sample of the texts: not for certain
            assert (same.value, same.low, same.high) == (0, None, None)
        else:
            assert gap.values == pytest.approx([0.02, 0.02, 0.02])


def test_draws_widen_the_interval(study):
    """By the deviation from draw to draw."""
    (plain,) = study("plain", metric="macro-f1").studies()
    (drawn,) = study("drawn", metric="macro-f1", draws=(-0.1, 0.0, 0.1)).studies()
    width = []
    for found in (plain, drawn):
        own = score_of(found).of(found, classifiers(found)[1])
        width.append(own.high - own.value)
    assert width[1] == pytest.approx(np.hypot(width[0], 1.96 * 0.1), rel=1e-3)


def test_who_guesses_by_macro_f1(study):
    """The most frequent half of the texts has an F1 of 2/3, so that the mean is 1/3."""
    made = study("one", metric="macro-f1")

    def low(report):
        for row in report["curve"]:
            row["macro_f1"], row["macro_f1_draws"] = 0.35, [0.35]

    made.edit("evaluations", low, "finetuned")
    (found,) = made.studies()
    assert verdict(found)[2].endswith(
        "has a macro-F1 of 33.3 %; not shown to be better than that: the fine-tuned SNN-TextCNN at T = 8."
    )
    assert any("by macro-F1 not shown to be better than always" in one for one in caveats(found))


def test_a_figure_that_guessing_reaches_is_judged_by_the_metric(study):
    """An accuracy near that of guessing is nothing to warn of where macro-F1 is far above it."""
    for metric, warned in (("accuracy", True), ("macro-f1", False)):
        (found,) = study(metric, metric=metric, accuracy=0.56).studies()
        assert any("not shown to be better" in one for one in caveats(found)) == warned


def test_the_table_shows_what_chose(study):
    """The metric on dev, by which the best is the best."""
    for metric, shown in (("accuracy", "77.0"), ("macro-f1", "76.0")):
        (found,) = study(metric, metric=metric).studies()
        table = accuracy_table(found)
        assert table.columns[3] == f"dev {score_of(found).title}, %"
        assert table.rows[0][3] == shown
