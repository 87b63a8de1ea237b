"""What is chosen without a set of rows must not change when those rows become garbage.

The garbage is as tempting as can be: all labels are wrong, and a planted word tells them. Each stage is
run by the workflow's own script; what must not change is compared byte by byte.
"""

import io
import json

import pandas as pd
import pytest
from safetensors.numpy import load

from tests.leaks.study import (
    CLASSES,
    METHODS,
    SEED,
    SIZES,
    Study,
    clean_rows,
    other_class,
    poisoned,
    unlabelled_texts,
)

TEXT = ("tokenise", "embed", "synonyms", "unlabelled", "split")
TEACHER = ("tune", "teach")
NETWORKS = (*TEACHER, "train_dnn", "convert", "finetune", "fit")
VECTORS = ("table.safetensors", "fit.safetensors", "words.json", "synonyms.safetensors")
STAGES = ("tuned", "dnn", "converted", "finetuned", "fitted")
WEIGHTS = (*(f"{stage}.safetensors" for stage in STAGES), "taught.safetensors")
HISTORIES = tuple(f"{stage}.json" for stage in STAGES)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The study, planned once."""
    return Study(tmp_path_factory.mktemp("leaks"))


@pytest.fixture(scope="module")
def clean(study):
    """The study as it should be."""
    return study.run(clean_rows(), (*TEXT, *NETWORKS))


def histories(done, stage):
    """The epochs of both methods as the training reported them."""
    return {path: json.loads(content)["history"] for path, content in done.of(f"{stage}.json").items()}


def losses(done, stage):
    """Training loss of each epoch, by report."""
    return {path: [one["loss"] for one in epochs] for path, epochs in histories(done, stage).items()}


def scale(done):
    """Mean and deviation of the word vectors."""
    report = json.loads(done.files["tiny/embeddings/report.json"])
    return report["mean"], report["std"]


def test_the_study_is_worth_watching(study, clean):
    """Networks learn, there are several epochs to choose from, and the budget is felt."""
    for path, epochs in histories(clean, "dnn").items():
        assert len(epochs) == 3, path
        assert max(one["dev_accuracy"] for one in epochs) > 0.7, path
    sparse = histories(clean, "finetuned")[f"tiny/sparse/seed{SEED}/finetuned.json"]
    assert len(sparse) == 3
    assert any(one["over_budget"] for one in sparse)
    again = study.run(clean_rows(), (*TEXT, *NETWORKS))
    assert again.files == clean.files


def test_garbage_in_the_test_rows_changes_nothing(study, clean):
    """Vectors, their scale, all weights, the chosen epochs, dev accuracies, thresholds and the budget."""
    found = study.run(poisoned(clean_rows(), "test"), (*TEXT, *NETWORKS))
    assert found.of("tokens.safetensors") != clean.of("tokens.safetensors")
    for names in (VECTORS, WEIGHTS, HISTORIES):
        assert found.of(*names) == clean.of(*names)
    assert scale(found) == scale(clean)
    assert found.epochs == clean.epochs


def test_garbage_in_the_dev_rows_changes_the_choice_among_epochs_only(study, clean):
    """Every epoch's network and training loss stay; from the same start, so do thresholds and fine-tuning.

    So do those of the teacher; what learns from it is given the answers of one and the same epoch.
    """
    rows, answers = poisoned(clean_rows(), "dev"), clean.of("taught.safetensors")
    found = study.run(rows, (*TEXT, "tune", "train_dnn"), given=answers)
    assert losses(found, "tuned") == losses(clean, "tuned")
    assert histories(found, "tuned") != histories(clean, "tuned")
    assert found.epochs["tune", "teacher"] == clean.epochs["tune", "teacher"]
    assert found.of(*VECTORS) == clean.of(*VECTORS)
    assert losses(found, "dnn") == losses(clean, "dnn")
    assert histories(found, "dnn") != histories(clean, "dnn")  # dev accuracies: the garbage is there
    for method in METHODS:
        assert found.epochs["train_dnn", method] == clean.epochs["train_dnn", method]
    later = study.run(rows, (*TEXT, "convert"), given=clean.of("dnn.safetensors"))
    names = ("converted.safetensors", "converted.json")
    assert later.of(*names) == clean.of(*names)
    last = study.run(rows, (*TEXT, "finetune"), given=answers | clean.of("converted.safetensors"))
    assert losses(last, "finetuned") == losses(clean, "finetuned")
    assert histories(last, "finetuned") != histories(clean, "finetuned")
    for method in METHODS:
        assert last.epochs["finetune", method] == clean.epochs["finetune", method]


@pytest.mark.parametrize("split", ["dev", "test"])
def test_classes_are_weighed_by_the_training_rows(study, clean, split):
    """All rows of another set are of one class: counted with them, the classes would weigh otherwise."""
    rows = [row._replace(label=CLASSES[0]) if row.split == split else row for row in clean_rows()]
    answers = clean.of("taught.safetensors")
    found = study.run(rows, (*TEXT, "train_dnn", "fit"), given=answers)
    assert found.of("tokens.safetensors") != clean.of("tokens.safetensors")
    assert losses(found, "dnn") == losses(clean, "dnn")
    for method in METHODS:
        assert found.epochs["train_dnn", method] == clean.epochs["train_dnn", method]
    if split == "test":
        names = ("dnn.safetensors", "fitted.safetensors")
        assert found.of(*names) == clean.of(*names)


def test_garbage_in_the_training_rows_does_change_the_networks(study, clean):
    """Else the tests above would hold for scripts that read no text at all."""
    answers = clean.of("taught.safetensors")
    rows = poisoned(clean_rows(), "train")
    found = study.run(rows, (*TEXT, "train_dnn", "convert"), given=answers)
    for name in ("dnn.safetensors", "converted.json"):
        for path, content in found.of(name).items():
            assert content != clean.files[path], path


def test_the_teacher_is_asked_about_no_dev_or_test_text(clean):
    """Its answers are those to the training rows, and to the texts without a label."""
    (answers,) = clean.of("taught.safetensors").values()
    arrays = load(answers)
    split = load(clean.files[f"tiny/splits/seed{SEED}.safetensors"])
    assert arrays["rows"].tolist() == split["train"].tolist()
    assert len(arrays["scores"]) == SIZES["train"] and len(arrays["unlabelled"]) == len(unlabelled_texts())


def test_no_text_of_the_data_set_is_learnt_without_its_label(study, clean):
    """Copies of all its texts stand among those without a label; nothing changes but the count of them."""
    try:
        study.write_unlabelled([*(row.text.upper() for row in clean_rows()), *unlabelled_texts()])
        found = study.run(clean_rows(), (*TEXT, *TEACHER))
    finally:
        study.write_unlabelled(unlabelled_texts())
    for name in ("texts.safetensors", "taught.safetensors"):
        assert found.of(name) == clean.of(name)
    report = json.loads(found.files["tiny/unlabelled/report.json"])
    assert report["of_the_data_set"] == len(clean_rows()) and report["kept"] == len(unlabelled_texts())


def test_labels_do_not_reach_the_word_vectors(study, clean):
    """The vocabulary is that of all rows, test included, by design; their labels play no part."""
    rows = [row._replace(label=other_class(row.label)) for row in clean_rows()]
    found = study.run(rows, TEXT)
    names = (*VECTORS, "vocabulary.json")
    assert found.of(*names) == clean.of(*names)
    assert found.files["tiny/embeddings/report.json"] == clean.files["tiny/embeddings/report.json"]


@pytest.mark.filterwarnings("ignore:The 'warn' method:DeprecationWarning")
def test_attacks_read_test_rows_only(study, clean):
    """Each text is told by its set; the attacked ones are told by the test set's."""
    rows = [row._replace(text=f"{row.text} people {row.split}") for row in clean_rows()]
    done = study.run(rows, (*TEXT, "attack"), given=clean.of("finetuned.safetensors"))
    tables = done.of("deepwordbug.parquet")
    assert len(tables) == len(METHODS)
    for path, content in tables.items():
        attacked = list(pd.read_parquet(io.BytesIO(content))["original"])
        assert len(attacked) == 6, path
        assert {text.split()[-1] for text in attacked} == {"test"}, path
        assert set(attacked) <= {row.text for row in rows}
