"""When spiking networks come to rest, by hand."""

import pandas as pd

from spiketext.report.settling import settling_table, step_of


def test_the_step_by_which_a_share_is_counted():
    texts = pd.Series([0, 4, 4, 0, 2])
    assert [step_of(texts, share) for share in (0.4, 0.41, 0.8, 0.81, 1.0)] == [1, 2, 2, 4, 4]


def told(spiked, decided):
    return lambda report: report.update(settling={"spiked": spiked, "decided": decided})


def test_the_table_of_both_seeds(study):
    """Of 40 texts 20 have settled by step 1, 38 by step 2, the last one at step 8; a DNN has no row."""
    made = study(seeds=[1, 2])
    made.edit("evaluations", told([0] * 8 + [20], [0, 10, 9, 0, 0, 0, 0, 0, 1]), "finetuned")
    table = settling_table(made.studies())
    assert table.caption == "Steps to settle on MR"
    assert table.rows == [["SNN-TextCNN, fine-tuned", "8", "1", "2", "8", "8", "8", "8"]]
    assert "Steps to settle on MR" in made.report()[1]


def test_several_data_sets_together(study):
    made = study(datasets={"mr": "MR", "own": "Own"})
    made.edit(
        "evaluations",
        lambda report: told([0, 0, 9], [0, 9, 0] if report["dataset"] == "mr" else [0, 0, 9])(report),
        "finetuned",
    )
    table = settling_table(made.studies())
    assert table.caption == "Steps to settle on 2 data sets together"
    assert table.rows == [["SNN-TextCNN, fine-tuned", "2", "1", "2", "2", "2", "2", "2"]]


def test_one_step_and_runs_that_cannot_be_read_out_early_have_no_row(study):
    made = study()
    made.edit("evaluations", told([0, 9], [0, 9]), "finetuned")
    assert not settling_table(made.studies()).rows
