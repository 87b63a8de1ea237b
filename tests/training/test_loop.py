"""Training: it learns, it chooses by dev, and a killed run goes on to the same bits."""

import numpy as np
import pytest
import torch

from spiketext.conversion.balance import balanced_weights, find_scales
from spiketext.training import assemble, loop
from spiketext.training.loop import Split, fit
from spiketext.training.metrics import accuracy, predict
from tests.training_helpers import WIDTHS, small_method, small_sentences, small_words

SPLIT = Split(np.arange(120), np.arange(120, 160))


class Killed(Exception):
    """Stands for kill -9 between two epochs."""


def dnn(words, levels=None):
    torch.manual_seed(3)
    method = small_method()
    network = method.network.model_copy(update={"levels": levels})
    return assemble.dnn(method.model_copy(update={"network": network}), words, 2, None)


def snn(words, sentences):
    method = small_method()
    network = dnn(words).module
    scales = find_scales(network, words, sentences, SPLIT.train, method.conversion)
    weights = balanced_weights(network, scales, method.conversion)
    return assemble.spiking(method, words, weights, method.finetuning.steps, seed=5)


def train(classifier, sentences, schedule, folder, fingerprint="same run"):
    return fit(classifier, sentences, SPLIT, schedule, WIDTHS, 5, folder / "run.checkpoint", fingerprint)


@pytest.mark.parametrize("kind", ["dnn", "quantised", "snn"])
def test_learns_and_resumes_bit_identically(kind, tmp_path, monkeypatch):
    """One run through; one killed after its first epoch and started again: equal weights, equal history."""
    torch.use_deterministic_algorithms(True)
    words, sentences = small_words(), small_sentences()
    method = small_method()
    schedule = method.finetuning if kind == "snn" else method.training

    def build():
        if kind == "snn":
            return snn(words, sentences)
        return dnn(words, levels=3 if kind == "quantised" else None)

    (tmp_path / "a").mkdir()
    whole = train(build(), sentences, schedule, tmp_path / "a")
    assert whole.dev_accuracy > 0.7  # the majority class has about a half
    assert whole.dev_accuracy == max(h["dev_accuracy"] for h in whole.history)

    real_save, saves = loop.checkpoint.save, []

    def save_then_die(*arguments):
        real_save(*arguments)
        saves.append(1)
        if len(saves) == 1:
            raise Killed

    (tmp_path / "b").mkdir()
    monkeypatch.setattr(loop.checkpoint, "save", save_then_die)
    with pytest.raises(Killed):
        train(build(), sentences, schedule, tmp_path / "b")
    torch.manual_seed(999)  # a new process starts elsewhere
    resumed = train(build(), sentences, schedule, tmp_path / "b")
    assert resumed.history == whole.history
    assert len(saves) == schedule.epochs
    for name, tensor in whole.weights.items():
        assert torch.equal(tensor, resumed.weights[name]), name


def test_a_checkpoint_of_another_run_is_not_used(tmp_path):
    """Other settings or data: start anew instead of going on with foreign weights."""
    words, sentences = small_words(), small_sentences()
    schedule = small_method().training
    first = train(dnn(words), sentences, schedule, tmp_path, "settings A")
    other = train(dnn(words), sentences, schedule.model_copy(update={"epochs": 1}), tmp_path, "settings B")
    assert len(first.history) == 6  # the start, and five epochs
    assert len(other.history) == 2


def test_the_kept_weights_are_those_of_the_best_epoch(tmp_path):
    """Predicting dev with the returned weights gives the reported dev accuracy."""
    words, sentences = small_words(), small_sentences()
    classifier = dnn(words)
    trained = train(classifier, sentences, small_method().training, tmp_path)
    again = assemble.dnn(small_method(), words, 2, trained.weights)
    predictions = predict(again, sentences, SPLIT.dev, WIDTHS, [1])[0]
    assert accuracy(sentences.labels[SPLIT.dev], predictions) == trained.dev_accuracy


def test_spiking_scores_do_not_depend_on_the_batch():
    """A sentence alone, and among others: the same spikes."""
    words, sentences = small_words(), small_sentences()
    classifier = snn(words, sentences)
    together = classifier.scores(sentences.batch(np.arange(20), WIDTHS))
    alone = classifier.scores(sentences.batch(np.arange(7, 8), WIDTHS))
    torch.testing.assert_close(together[:, 7:8], alone, rtol=1e-5, atol=1e-5)


def test_training_draws_fresh_spikes_and_evaluation_does_not():
    """Two losses differ with fresh draws, agree with frozen ones; two evaluations always agree."""
    words, sentences = small_words(), small_sentences()
    classifier = snn(words, sentences)
    classifier.module.eval()  # no dropout: only the draws can differ
    batch = sentences.batch(np.arange(20), WIDTHS)
    generator = torch.Generator().manual_seed(0)
    assert classifier.loss(batch, generator) != classifier.loss(batch, generator)
    assert torch.equal(classifier.scores(batch), classifier.scores(batch))
    classifier.fresh = False
    assert classifier.loss(batch, generator) == classifier.loss(batch, generator)
