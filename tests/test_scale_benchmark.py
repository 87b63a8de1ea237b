"""The benchmark of many reviews: its texts, its study, and what it reads from the logs."""

from collections import Counter
from itertools import islice

import pytest

from benchmarks import scale
from spiketext.config.files import read_yaml
from spiketext.config.load import load_config


def test_reviews_are_made_up_by_a_seed():
    """Each as long as the others, half of each class, the same again; longer files begin like short ones."""
    found = list(scale.reviews(2_000))
    assert found == list(scale.reviews(2_000))
    assert {len(text.split()) for text, _ in found} == {scale.WORDS}
    assert Counter(label for _, label in found) == {"bad": 1_000, "good": 1_000}
    assert next(scale.reviews(scale.ROWS)) == next(scale.reviews(2 * scale.ROWS))


def test_words_follow_zipfs_law_and_some_tell_the_class():
    """The first word is twice as frequent as the second; words of a class stand in no review of the other."""
    words = scale.vocabulary()
    assert len(set(words)) == scale.VOCABULARY
    assert all(word.isalpha() for word in words)
    found = list(islice(scale.reviews(4_000), 4_000))
    counts = Counter(word for text, _ in found for word in text.split())
    first, second = words[2 * scale.TELLING :][:2]
    assert counts[first] / counts[second] == pytest.approx(2, rel=0.1)
    bad, good = (set(words[i * scale.TELLING : (i + 1) * scale.TELLING]) for i in range(2))
    for text, label in found:
        assert not set(text.split()) & (good if label == "bad" else bad)
    assert sum(counts[word] for word in bad) / counts.total() == pytest.approx(scale.SHARE / 2, rel=0.1)


def test_the_study_is_one_that_the_workflow_takes(tmp_path):
    """One epoch of each training; vectors for every word."""
    study = scale.write_study(tmp_path, 20, ["tf-idf"])
    config = load_config(read_yaml(study), [study])
    assert config.classifiers == ["dnn", "sparse-20", "tf-idf"]
    trained = config.define.methods["sparse-20"]
    assert (trained.training.epochs, trained.finetuning.epochs, trained.finetuning.steps) == (1, 1, 1)
    assert len((tmp_path / "reviews.csv").read_text(encoding="utf-8").splitlines()) == 21


def test_what_jobs_took_stands_in_their_logs(tmp_path):
    """By job, with memory from the last line; a job that has not ended has none."""
    (tmp_path / "evaluate").mkdir()
    (tmp_path / "tokenise.log").write_text("rule tokenise took 61.5 s and at most 1,210 MiB of memory\n")
    (tmp_path / "evaluate/scale-dnn-1-dnn.log").write_text("rule evaluate took 2.0 s and at most 450 MiB\n")
    (tmp_path / "evaluate/scale-sparse-20-1-dnn.log").write_text("")
    found = dict(scale._taken(tmp_path))
    assert found == {"tokenise": scale.Taken(61.5, 1210), "evaluate dnn dnn": scale.Taken(2.0, 450)}
    grown = {name: scale.Taken(one.seconds, one.mib * 2) for name, one in found.items()}
    rows = [
        [cell.strip() for cell in line.split("|")] for line in scale.table({1: found, 10: grown}).split("\n")
    ]
    assert rows[3][1:-1] == ["tokenise", "62", "62", "1,210", "2,420", "2.00"]
