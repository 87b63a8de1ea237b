"""Training: it learns, it chooses by dev, and a killed run goes on to the same bits."""

import numpy as np
import pytest
import torch

from spiketext.coding.codes import coded_weights, make_code
from spiketext.config import Conversion, Finetuning, Method, Network
from spiketext.conversion.balance import balanced_weights, find_scales
from spiketext.training import assemble, checkpoint, loop
from spiketext.training.loop import Split, fit
from spiketext.training.metrics import accuracy, predict
from tests.training_helpers import WIDTH, WIDTHS, small_method, small_sentences, small_words

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


def test_a_network_within_its_budget_is_better_than_any_that_is_not():
    """Of those within it accuracy decides, of those above it the distance; reports give the accuracy."""
    classifier = dnn(small_words())
    module = classifier.module
    optimiser = torch.optim.AdamW(module.parameters())
    state = checkpoint.TrainingState(module, optimiser, torch.Generator(), np.random.default_rng(0))
    best = []
    for state.epoch, (accuracy_on_dev, excess) in enumerate(
        [(0.95, 0.3), (0.9, 0.2), (0.94, 0.25), (0.5, 0.0), (0.6, 0.0), (0.99, 0.01), (0.6, 0.0)]
    ):
        loop._record(state, None, accuracy_on_dev, excess)
        best.append(state.best_epoch)
    assert best == [0, 1, 1, 3, 4, 4, 4]
    assert [one["over_budget"] for one in state.history][:2] == [0.3, 0.2]


def test_a_budget_is_kept_on_dev(tmp_path):
    """A learned code: the kept epoch is within its budget, which the start was not; its accuracy is told."""
    method = Method(
        network=Network(channels=6, positive=False),
        conversion=Conversion(coding="learned", steps=[6], silence=0.1, span=0.5, pooled_neurons=False),
        finetuning=Finetuning(steps=6, epochs=6, batch_size=16, learning_rate=0.005, budget=2.0),
    )
    words, sentences = small_words(), small_sentences()
    torch.manual_seed(3)
    module = assemble.dnn(method, words, 2, None).module
    scales = find_scales(module, words, sentences, SPLIT.train, method.conversion)
    code = make_code(method.conversion, WIDTH, 6)
    weights = coded_weights(balanced_weights(module, scales, method.conversion), code)
    classifier = assemble.spiking(method, words, weights, 6, seed=5)
    found = train(classifier, sentences, method.finetuning, tmp_path)
    assert found.history[0]["over_budget"] > 0
    kept = found.history[found.best_epoch]
    assert kept["over_budget"] == 0
    assert found.dev_accuracy == kept["dev_accuracy"] > 0.5
    within = [one["dev_accuracy"] for one in found.history if not one["over_budget"]]
    assert found.dev_accuracy == max(within)
