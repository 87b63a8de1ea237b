"""All systems in one table and one figure; every figure computed by hand."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from spiketext.config.stages import STAGES
from spiketext.report.figures.systems_chart import systems_chart
from spiketext.report.names import names_of
from spiketext.report.systems import NONE, systems_frame, systems_tables, withstood
from spiketext.report.training_time import times, training_time


def benchmark(folder, job, name, seconds):
    """As Snakemake writes it."""
    path = folder / job / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\tmax_rss\tcpu_time\n99\t100\t{seconds}\n")
    return path


def jobs(folder, datasets=("mr",), seeds=(1,)):
    """A DNN takes 60 s, the other's 120, its conversion no time that was measured, its fine-tuning 240."""
    spent = [("train_dnn", "dnn", 60), ("train_dnn", "lv2023", 120), ("convert", "lv2023", "NA")]
    spent += [("finetune", "lv2023", 240)]
    return times([
        benchmark(folder, job, f"{dataset}-{method}-{seed}", seconds if seconds == "NA" else seconds * seed)
        for job, method, seconds in spent for dataset in datasets for seed in seeds
    ])  # fmt: skip


def of(studies, method, stage):
    (found,) = [one for one in studies[0].series() if (one.method, one.stage) == (method, stage)]
    return found


def tables(studies, known):
    """Of one data set, or of several, the mean's first."""
    return systems_tables(systems_frame(studies, known), studies[0].names)


def test_the_table_by_hand(study, tmp_path):
    """One seed; the DNN needs 4 µJ, half with zeros skipped, the spiking network 8, and 6 from a table."""
    (table,) = tables(study(tabulated=4.0).studies(), jobs(tmp_path))
    assert table.columns[4:] == [
        "energy, µJ: 45 nm, 32-bit floating point",
        "energy, µJ: 45 nm, 32-bit integers and memory",
        "under attack, 10 % of the words, %",
        "training, minutes",
    ]
    dnn, spiking = table.rows
    assert dnn[:2] == ["TextCNN (DNN)", "–"]
    assert dnn[4:] == ["2.00 (zero-skipping)", "2.00 (zero-skipping)", "50.0", "1.0"]
    assert spiking[:2] == ["SNN-TextCNN, fine-tuned", "8"]
    # With memory event-driven costs half; the fine-tuned network also took the training of its own DNN.
    assert spiking[4:] == ["6.00 (tabulated)", "4.00", "50.0", "6.0"]


def test_the_rows_that_the_report_keeps_make_its_tables(study, tmp_path):
    """Read again, what was not measured missing; both ends of an interval stand under their names."""
    made = study(datasets={"mr": "MR", "own": "Own"}, seeds=[1, 2])
    jobs(made.folder / "benchmarks", ("mr",), (1, 2))
    made.report()
    kept = pd.read_csv(made.folder / "summary/systems.csv", dtype={"T": "Int64"})
    assert list(kept["dataset"]) == ["mean", "mean", "mr", "mr", "own", "own"]
    known = jobs(tmp_path, ("mr",), (1, 2))
    assert systems_tables(kept, made.names) == tables(made.studies(), known)
    assert list(kept["training_minutes"].dropna()) == [1.5, 9.0]  # (120 + 240) · 1.5 s
    spiking = kept.iloc[3]
    assert list(spiking[["method", "stage", "T", "n_seeds"]]) == ["lv2023", "finetuned", 8, 2]
    assert spiking["energy_uj horowitz-fp32"] == pytest.approx(8)
    assert spiking["accounting horowitz-fp32"] == "event-driven"
    assert spiking["withstood"] == pytest.approx(0.51)
    assert spiking["withstood_high"] - spiking["withstood"] == pytest.approx(0.127, abs=1e-3)


def test_several_data_sets_and_seeds(study, tmp_path):
    """Accuracies under attack are 50 and 52 %; times 1 and 2 minutes on either set."""
    studies = study(datasets={"mr": "MR", "own": "Own"}, seeds=[1, 2]).studies()
    known = jobs(tmp_path, ("mr", "own"), (1, 2))
    table, *of_each = tables(studies, known)
    assert table.caption == "All systems on the mean of 2 data sets"
    assert [one.caption for one in of_each] == ["All systems on MR", "All systems on Own"]
    assert table.rows[0][-2:] == ["51.0 ± 12.7", "1.5"]  # t(1; 0.975) · 0.0141 / √2
    assert training_time(studies, of(studies, "lv2023", "converted"), known).value == 180


def test_a_job_that_was_not_measured_leaves_the_time_unknown(study, tmp_path):
    studies = study().studies()
    known = {key: spent for key, spent in jobs(tmp_path).items() if key[0] != "finetune"}
    assert training_time(studies, of(studies, "lv2023", "finetuned"), known) is None
    assert training_time(studies, of(studies, "lv2023", "converted"), known).value == 120
    assert tables(studies, known)[0].rows[1][-1] == NONE
    assert times([tmp_path / "nothing.tsv"]) == {}


def test_what_a_training_learnt_from_takes_its_time_too(study, tmp_path):
    made = study()
    methods = made.settings["define"]["methods"]
    methods["lv2023"]["training"]["start"] = "dnn"
    assert names_of(made.settings).learnt_from == {"dnn": [], "lv2023": ["dnn"]}
    studies = [replace(one, names=names_of(made.settings)) for one in made.studies()]
    # The DNN with which its own began counts once, though its training comes into all its stages.
    assert training_time(studies, of(studies, "lv2023", "finetuned"), jobs(tmp_path)).value == 420
    methods["lv2023"]["training"].pop("start")
    methods["lv2023"]["finetuning"]["objective"]["teacher"] = "dnn"
    assert names_of(made.settings).learnt_from["lv2023"] == ["dnn"]


def test_what_not_every_recipe_was_run_on_has_no_accuracy_under_attack(study):
    """The DNN was attacked by a second recipe, the spiking network was not."""
    (own,) = study().studies()
    more = own.attacks[own.attacks["method"] == "dnn"].assign(recipe="deepwordbug")
    own = replace(own, attacks=pd.concat([own.attacks, more], ignore_index=True))
    assert withstood([own], of([own], "dnn", "dnn")).value == pytest.approx(0.5)
    assert withstood([own], of([own], "lv2023", "finetuned")) is None


def test_the_figure_has_accuracy_and_what_is_left_of_it(study):
    """Where each of them stands, by energy."""
    before, under = systems_chart(*study().studies()).axes[:2]
    for axes, dnn, spiking in ((before, 76, 74), (under, 50, 50)):
        points = [(bars[0].get_xdata()[0], bars[0].get_ydata()[0]) for bars in axes.containers]
        assert points == [pytest.approx((2, dnn)), pytest.approx((8, spiking))]
    assert before.containers[0].get_label() == "TextCNN (DNN), zero-skipping"


def test_every_stage_is_made_by_a_rule_whose_time_is_measured():
    """The workflow's own rules, by the names of their benchmark files."""
    rules = "".join(path.read_text() for path in (Path(__file__).parents[2] / "workflow/rules").glob("*.smk"))
    for stage in STAGES.values():
        assert f"rule {stage.rule}:" in rules
        assert f"/benchmarks/{stage.rule}/{{{{dataset}}}}-{{{{method}}}}-{{{{seed}}}}.tsv" in rules
