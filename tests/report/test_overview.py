"""Several data sets, seeds and methods, one of which converts another one's DNN; figures computed by hand."""

import pandas as pd
import pytest

from spiketext.report import overview
from spiketext.report.document import Table
from spiketext.report.estimates import RESAMPLED
from spiketext.report.names import names_of
from spiketext.report.prose import summary
from spiketext.report.published import published, stated
from spiketext.report.summary import MEAN, comparison_frame
from spiketext.report.tables import accuracy_table, training_table
from tests.report.over_texts import FINETUNED, QUICK, half

T2 = 4.302653  # t(2; 0.975)
ROOT3 = 3**0.5


@pytest.fixture
def made(study):
    """DNNs 76, 78, 80 %; fine-tuned 74, 76, 78 % on MR, 74, 75, 76 % on the other; converted 5 below that."""
    return study(
        datasets={"mr": "MR", "other": "Other"},
        seeds=[1, 2, 3],
        methods=["dnn", "lv2023", "quick"],
        published="SST-2",
    )


@pytest.fixture
def rows(made):
    frame = comparison_frame(made.studies())
    return frame.set_index(["dataset", "method", "stage"])


def cells(table: Table) -> dict[str, list[str]]:
    return {row[0]: list(row[1:]) for row in table.rows}


def test_a_row_for_each_stage_and_the_mean_last(rows):
    assert list(dict.fromkeys(rows.index.get_level_values("dataset"))) == ["mr", "other", MEAN]
    assert [key[1:] for key in rows.index][:5] == [
        ("dnn", "dnn"), ("lv2023", "dnn"), ("lv2023", "converted"), ("lv2023", "finetuned"),
        ("quick", "converted"),
    ]  # fmt: skip
    assert len(rows) == 3 * 5


def test_mean_deviation_and_interval(rows):
    row = rows.loc["other", "lv2023", "finetuned"]
    assert (row["n_seeds"], row["mean"], row["sd"]) == pytest.approx((3, 0.75, 0.01))
    assert (row["low"], row["high"]) == pytest.approx((0.75 - T2 * 0.01 / ROOT3, 0.75 + T2 * 0.01 / ROOT3))
    # Within the seeds 74, 75.5 and 77 %.
    mean = rows.loc[MEAN, "lv2023", "finetuned"]
    assert (mean["mean"], mean["sd"]) == pytest.approx((0.755, 0.015))
    assert mean["high"] - mean["mean"] == pytest.approx(T2 * 0.015 / ROOT3)


def test_the_gap_is_paired_and_negative_where_the_spiking_network_is_worse(rows):
    # 2, 3 and 4 points below the DNN on the other set, always 2 on MR; within the seeds 2, 2.5 and 3.
    row = rows.loc["other", "lv2023", "finetuned"]
    assert row["gap_mean"] == pytest.approx(-0.03)
    assert row["gap_high"] == pytest.approx(-0.03 + half(T2 * 0.01 / ROOT3, FINETUNED["other"]))
    mean = rows.loc[MEAN, "lv2023", "finetuned"]
    assert mean["gap_mean"] == pytest.approx(-0.025)
    assert mean["gap_low"] == pytest.approx(-0.025 - half(T2 * 0.005 / ROOT3, *FINETUNED.values()))
    assert rows["gap_mean"].isna().groupby("stage").all().to_dict() == {
        "converted": False, "dnn": True, "finetuned": False,
    }  # fmt: skip


def test_a_shared_dnn_is_the_one_compared_with(made, rows):
    # 69, 70, 71 % against the 76, 78, 80 % of the other method's DNN.
    assert rows.loc["other", "quick", "converted"]["gap_mean"] == pytest.approx(-0.08)
    findings = made.studies()[0]
    quick = findings.series()[-1]
    assert findings.dnn_of(quick).label == "convertible DNN of SNN-TextCNN"
    said = next(sentence for sentence in summary(findings) if "Quick" in sentence)
    assert "below the convertible DNN of SNN-TextCNN (78.0 %)" in said
    assert [row[:2] for row in accuracy_table(findings).rows].count(["SNN-TextCNN", "convertible DNN"]) == 1


def test_published_value_mark_and_verdict(rows):
    told = rows[["published", "mark", "verdict"]].dropna()
    assert {key: list(row) for key, row in zip(told.index, told.to_numpy(), strict=True)} == {
        ("mr", "dnn", "dnn"): [0.7741, "R", "not told apart"],
        ("mr", "lv2023", "finetuned"): [0.7545, "V", "not told apart"],
        # 78 % with an error of 1.155 points, published 0.875: t = 3.62 with 4.96 degrees, p = 0.0154,
        # which is not below 0.05 / 5, as the second smallest of six has to be.
        ("other", "dnn", "dnn"): [0.8325, "R", "not told apart"],
        ("other", "lv2023", "finetuned"): [0.8091, "V", "below"],  # 75 ± 2.48
        # Only two of the six data sets, so the published mean is computed: (75.45 + 80.91) / 2.
        (MEAN, "dnn", "dnn"): [0.8033, "A", "not told apart"],
        (MEAN, "lv2023", "finetuned"): [0.7818, "A", "not told apart"],
    }


def test_stated_mean_only_over_the_same_data_sets():
    system = published()["systems"][0]
    six = list(published()["datasets"])
    assert stated(system, six).text == "79.23 [R]"
    assert stated(system, six[:2]).text == "80.33 [A]"
    assert stated(system, ["MR"]).text == "77.41 [R]"
    assert stated(system, ["MR", None]) is None


def test_tables_of_the_overview(made):
    accuracy, against, gaps = overview.tables(comparison_frame(made.studies()), made.names)
    assert accuracy.columns == ["classifier", "MR, n = 200", "Other, n = 200", "mean"]
    assert cells(accuracy)["SNN-TextCNN, fine-tuned, T = 8"] == ["76.0 ± 5.0", "75.0 ± 2.5", "75.5 ± 3.7"]
    assert [name for name, *_ in accuracy.rows].count("convertible DNN of SNN-TextCNN") == 1
    assert [row[0] for row in against.rows[:3]] == [
        "TextCNN, published",
        "here: TextCNN (DNN)",
        "verdict on it",
    ]
    assert against.rows[3:] == [
        ["SNN-TextCNN, published", "75.45 [V]", "80.91 [V]", "78.18 [A]"],
        ["here: SNN-TextCNN, fine-tuned, T = 8", "76.00 ± 4.97", "75.00 ± 2.48", "75.50 ± 3.73"],
        ["verdict on it", "not told apart", "below", "not told apart"],
    ]
    assert "[A] own arithmetic; [R] recalled" in " ".join(against.notes)
    assert any(
        "5 % for all 6 comparisons of the table together (Holm 1979)" in note for note in against.notes
    )
    assert cells(gaps)["Quick, converted, T = 8"] == ["−7.0 ± 3.3", "−8.0 ± 4.3", "−7.5 ± 2.7"]
    # The first is of the texts alone, as the seeds agree.
    assert 100 * half(0, QUICK["mr"]) == pytest.approx(3.27, abs=0.005)
    assert 100 * half(T2 * 0.005 / ROOT3, *QUICK.values()) == pytest.approx(2.70, abs=0.005)
    energy = overview.energy_table(made.studies())
    assert cells(energy)["Quick, converted, T = 8"] == ["2.00"] * 3


def test_several_methods_may_stand_beside_a_published_system(made, monkeypatch):
    system = published()["systems"][1]
    both = [*system["compare"], {"method": "quick", "stage": "converted"}]
    monkeypatch.setitem(system, "compare", both)
    against = overview.tables(comparison_frame(made.studies()), made.names)[1]
    assert cells(against)["here: Quick, converted, T = 8"][0] == "71.00 ± 4.97"
    names = [row[0] for row in against.rows]
    assert names.count("SNN-TextCNN, published") == 1
    assert names.count("verdict on it") == 3


def test_one_seed(study):
    made = study(datasets={"mr": "MR", "other": "Other"}, accuracy=0.9)
    frame = comparison_frame(made.studies()).set_index(["dataset", "method", "stage"])
    mean = frame.loc[MEAN, "lv2023", "finetuned"]
    assert pd.isna(mean["sd"])
    # Wilson for 180 of 200: 0.8506 to 0.9343; over two such data sets each half is √2 / 2 of it.
    assert (mean["low"], mean["high"]) == pytest.approx((0.86506, 0.92424), abs=1e-4)
    assert pd.isna(mean["published"])  # the other data set is not among the published ones
    assert frame.loc["mr", "lv2023", "finetuned"]["verdict"] == "above"
    accuracy, against, gaps = overview.tables(frame.reset_index(), made.names)
    assert cells(accuracy)["SNN-TextCNN, fine-tuned, T = 8"][0] == "90.0 [85.1, 93.4]"
    assert cells(against)["SNN-TextCNN, published"] == ["75.45 [V]", "–", "–"]
    assert cells(gaps)["SNN-TextCNN, fine-tuned, T = 8"][0].startswith("14.0 [")


def test_tables_from_the_csv_are_those_of_the_report(made):
    frame = pd.read_csv(made.summarise()["table"], dtype={"T": "Int64"})
    assert overview.tables(frame, made.names) == overview.tables(comparison_frame(made.studies()), made.names)


def test_training(made):
    table = training_table(made.studies()[1])
    assert cells(table) == {
        "TextCNN (DNN)": ["8", "5, 6, 7", "79.0 ± 5.0"],
        "convertible DNN of SNN-TextCNN": ["8", "5, 6, 7", "79.0 ± 5.0"],
        "SNN-TextCNN, fine-tuned": ["8", "5, 6, 7", "76.0 ± 2.5"],
    }


def test_figures_of_all_data_sets_are_the_same_in_every_run(made):
    pictures = [path.read_bytes() for path in made.draw_all()]
    assert len(set(pictures)) == 7
    assert all(b"<svg" in picture for picture in pictures)
    assert [path.read_bytes() for path in made.draw_all()] == pictures


def test_the_pictures_of_seeds_that_are_all_alike(study):
    """On the third data set all seeds are alike: no interval, and a dot is drawn."""
    made = study(datasets={"mr": "MR", "other": "Other", "third": "Third"}, seeds=[1, 2])
    rows = comparison_frame(made.studies()).set_index(["dataset", "method", "stage"])
    assert pd.isna(rows.loc[("third", "lv2023", "finetuned"), "low"])
    for path in made.draw_all():
        assert path.stat().st_size > 0


def test_what_was_counted_on_one_data_set_only_has_no_mean(study):
    """Rows of several runs may stand side by side: a way of counting that one of them lacks is left out."""
    made = study(datasets={"mr": "MR", "other": "Other"}, tabulated=0.5)

    def drop(report):
        if report["dataset"] == "other":
            report["rows"] = [row for row in report["rows"] if row["accounting"] != "tabulated"]

    made.edit("energies", drop)
    assert all(path.stat().st_size > 0 for path in made.draw_all())


def test_where_each_seed_has_its_own_test_set_intervals_are_wider(study):
    """By what the seeds share (Nadeau and Bengio 2003), accuracies and differences; the tables say so."""
    made = study(seeds=[1, 2, 3], test_set="by-seed")
    (row,) = comparison_frame(made.studies()).query("stage == 'finetuned'").to_dict("records")
    half = 0.02 * T2 * (1 / 3 + 0.1 / (0.9 * 0.9)) ** 0.5  # 74, 76, 78 %
    assert (row["low"], row["high"]) == pytest.approx((0.76 - half, 0.76 + half), abs=1e-6)
    assert RESAMPLED in " ".join(accuracy_table(made.studies()[0]).notes)
    (fixed,) = study("fixed", seeds=[1, 2, 3]).studies()
    assert RESAMPLED not in " ".join(accuracy_table(fixed).notes)


def test_what_seeds_share_depends_on_the_sets_that_files_are(made):
    """Test files are the same for all seeds; where dev is a file, no dev set is drawn."""
    dataset = made.settings["define"]["datasets"]["mr"]
    dataset |= {"test_set": "by-seed", "test_fraction": 0.2, "dev_fraction": 0.25}
    for splits, overlap in {
        (None,): 0.2 / (0.8 * 0.75), ("train", "dev"): 0.2 / 0.8, ("train", "test"): 0, (None, "test"): 0,
    }.items():  # fmt: skip
        dataset["files"] = [{"split": split} for split in splits]
        assert names_of(made.settings).overlaps["mr"] == pytest.approx(overlap)
