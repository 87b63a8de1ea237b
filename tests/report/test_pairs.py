"""Every classifier against every other one; figures computed by hand."""

import math

import pandas as pd
import pytest

from spiketext.errors import SpikeTextError
from spiketext.report import overview
from spiketext.report.overview import pairs_table
from spiketext.report.summary import MEAN, pairs_frame
from spiketext.tables import write_table
from tests.report.over_texts import FINETUNED, variance
from tests.report.over_texts import half as half_width


def difference(frame, dataset, first, second):
    return frame.set_index(["dataset", "first", "second"]).loc[dataset, first, second]


def test_one_seed_text_by_text(study):
    made = study()
    row = difference(pairs_frame(made.studies()), "mr", "dnn/dnn", "lv2023/finetuned")
    # The DNN errs on texts 10 … 57, the spiking network on 0 … 51: 10 and 6 are one's own, of 200.
    assert (row["difference"], row["n"], row["seeds"]) == (pytest.approx(0.02), 200, 1)
    half = 1.959964 * math.sqrt((17 / 202 - (4 / 202) ** 2) / 202)
    assert (row["low"], row["high"]) == pytest.approx((4 / 202 - half, 4 / 202 + half), abs=1e-6)
    # Two DNNs that err on the same texts differ by nothing, but not for certain.
    same = difference(pairs_frame(made.studies()), "mr", "dnn/dnn", "lv2023/dnn")
    assert (same["difference"], same["high"]) == pytest.approx((0, 1.959964 / 202), abs=1e-6)


def test_draws_widen_the_interval(study):
    row = difference(pairs_frame(study(draws=(-0.01, 0.01)).studies()), "mr", "dnn/dnn", "lv2023/finetuned")
    # Text 0 is right and text 199 wrong in half of the draws: 9 and a half texts here, 6 and a half there.
    squares = 9 + 6 + 2 * 0.25 + 1
    texts = 1.959964 * math.sqrt((squares / 202 - (4 / 202) ** 2) / 202)
    half = math.hypot(texts, 1.959964 * 0.01 * math.sqrt(2))
    assert (row["low"], row["high"]) == pytest.approx((4 / 202 - half, 4 / 202 + half), abs=1e-6)


def test_several_seeds_and_data_sets(study):
    made = study(datasets={"mr": "MR", "other": "Other"}, seeds=[1, 2, 3], methods=["dnn", "lv2023", "quick"])
    frame = pairs_frame(made.studies())
    # Fine-tuned 74, 75, 76 %, quick 69, 70, 71 on the other set: always 5 points, of the same texts.
    row = difference(frame, "other", "lv2023/finetuned", "quick/converted")
    # 48 and 49, 50 and 51, 58 and 59, 60 and 61: 1/3, 2/3, 2/3, 1/3 of the seeds; 52 to 57 in all.
    texts = variance(10, 6 + (2 + 8 + 8 + 2) / 9)
    assert row["low"] == pytest.approx(0.05 - half_width(0, texts))
    row = difference(frame, MEAN, "dnn/dnn", "lv2023/finetuned")
    # 2, 2.5 and 3 points within the seeds.
    half = half_width(4.302653 * 0.005 / math.sqrt(3), *FINETUNED.values())
    assert (row["difference"], row["low"], row["high"]) == pytest.approx((0.025, 0.025 - half, 0.025 + half))
    assert (row["seeds"], row["n"]) == (3, 400)
    table = pairs_table(frame, made.names)
    assert table.columns == ["classifier", "minus 1", "minus 2", "minus 3"]
    assert [row[0] for row in table.rows] == [
        "1 TextCNN (DNN)",
        "2 convertible DNN of SNN-TextCNN", "3 SNN-TextCNN, fine-tuned", "4 Quick, converted",
    ]  # fmt: skip
    assert table.rows[2][1:] == ["−2.5 ± 2.8", "−2.5 ± 2.8", ""]
    assert "Of 6 such intervals" in table.notes[1]
    assert pairs_table(pd.read_csv(made.summarise()["pairs"]), made.names) == table


def test_too_many_classifiers(study, monkeypatch):
    """The table leaves the convertible DNNs out first; the file has all."""
    made = study(methods=["dnn", "lv2023", "quick"])
    frame = pairs_frame(made.studies())
    assert len(frame) == 6
    for most, shown in (
        (3, ["1 TextCNN (DNN)", "2 SNN-TextCNN, fine-tuned", "3 Quick, converted"]),
        (2, None),
    ):
        monkeypatch.setattr(overview, "MOST", most)
        table = pairs_table(frame, made.names, "mr")
        assert [row[0] for row in table.rows] == (shown or ["1 TextCNN (DNN)", "2 SNN-TextCNN, fine-tuned"])
        assert table.notes[-1] == f"Of 4 classifiers {most} are shown; pairs.csv has all."
        assert f"Of {most * (most - 1) // 2} such intervals" in table.notes[1]


def test_predictions_of_other_texts_are_an_error(study):
    made = study()
    table = pd.DataFrame({"row": range(1, 201), "correct": 1.0, "label": 0, "prediction": 0})
    write_table(made.predictions[-1], table)
    with pytest.raises(SpikeTextError, match=r"finetuned\.parquet: predictions of other texts"):
        made.studies()


def test_one_classifier_has_none_to_be_compared_with(study):
    made = study(methods=["dnn"])
    assert pairs_table(pairs_frame(made.studies()), made.names, "mr") is None
