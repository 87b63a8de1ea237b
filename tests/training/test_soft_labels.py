"""A teacher's answers: those of the classifier, text by text, and the same after a kill."""

import numpy as np
import pytest
import torch

from spiketext.networks import assemble
from spiketext.training import soft_labels as module
from spiketext.training.soft_labels import soft_labels
from tests.training_helpers import small_method, small_sentences, small_words

ROWS = np.array([5, 3, 150, 40, *range(60, 140)])


@pytest.fixture
def teacher():
    torch.manual_seed(3)
    return assemble.dnn(small_method(), small_words(), 2, None)


def test_answers_are_the_scores_in_the_order_of_the_rows(teacher, tmp_path):
    texts = small_sentences()
    found = soft_labels(teacher, texts, ROWS, 2, tmp_path / "checkpoint", "own")
    assert found.shape == (84, 2) and found.dtype == np.float32
    for place in (0, 1, 2, 50):
        own = teacher.scores(texts.batch(ROWS[place : place + 1]))[-1, 0].numpy()
        assert found[place] == pytest.approx(own, abs=1e-5)


def test_a_killed_teacher_goes_on(teacher, tmp_path, monkeypatch):
    texts, path = small_sentences(), tmp_path / "checkpoint"
    monkeypatch.setattr(module, "CLASSIFIED", 16)
    monkeypatch.setattr(module, "EVERY", -1.0)
    whole = soft_labels(teacher, texts, ROWS, 2, tmp_path / "other", "own")
    asked, answer = [], teacher.last_scores

    def counted(batch, memory):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(len(batch.rows))
        return answer(batch, memory)

    monkeypatch.setattr(teacher, "last_scores", counted)
    with pytest.raises(KeyboardInterrupt):
        soft_labels(teacher, texts, ROWS, 2, path, "own")
    asked.clear()
    monkeypatch.setattr(
        teacher, "last_scores", lambda *both: asked.append(len(both[0].rows)) or answer(*both)
    )
    assert np.array_equal(soft_labels(teacher, texts, ROWS, 2, path, "own"), whole)
    assert sum(asked) == len(ROWS) - 32
    asked.clear()
    assert np.array_equal(soft_labels(teacher, texts, ROWS, 2, path, "another"), whole)
    assert sum(asked) == len(ROWS)
