"""Training: it learns, it chooses by dev, and a killed run goes on to the same bits."""

import numpy as np
import pytest
import torch

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config.conversions import Conversion
from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.config.objectives import CrossEntropy
from spiketext.config.schedules import Finetuning, Training
from spiketext.conversion.convert import find_thresholds
from spiketext.devices import prepare
from spiketext.errors import SpikeTextError
from spiketext.networks import assemble
from spiketext.networks.predict import predict
from spiketext.objectives.base import Objective, make_objective
from spiketext.tasks.classes import Classes, accuracy
from spiketext.training import checkpoint, loop
from spiketext.training.loop import Split, fit
from tests.training_helpers import DEVICES, small_method, small_sentences, small_words

SPLIT = Split(np.arange(120), np.arange(120, 160))
CHOICE = Classes("accuracy", 2)
ENTROPY = make_objective(CrossEntropy())


class Killed(Exception):
    """Stands for kill -9 between two epochs."""


def dnn(words, levels=None):
    torch.manual_seed(3)
    method = small_method()
    network = method.network.model_copy(update={"levels": levels})
    return assemble.dnn(method.model_copy(update={"network": network}), words, 2, None)


def converted(method, classifier, sentences):
    """The spiking network that the method makes of its DNN."""
    steps, rule = method.finetuning.steps, method.conversion.rule
    thresholds = find_thresholds(classifier, sentences, SPLIT.train, rule, assemble.balanced(method))
    weights = assemble.converted(method, classifier, thresholds, steps)
    return assemble.spiking(method, classifier.words, weights, steps, seed=5)


def snn(words, sentences):
    return converted(small_method(), dnn(words), sentences)


def train(classifier, sentences, schedule, folder, fingerprint="same run", objective=None):
    path = folder / "run.checkpoint"
    return fit(classifier, sentences, SPLIT, objective or ENTROPY, schedule, CHOICE, 5, path, fingerprint)


def test_what_an_objective_adds_decides_among_epochs_too(tmp_path):
    """The first epoch has by far the best mean, though later ones are more accurate on texts as they are."""

    class Hardened(type(ENTROPY)):
        def further(self, classifier, texts, rows, choice):
            return {"other": left.pop(0)}

    left = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    hardened, schedule = Hardened(CrossEntropy()), Training(epochs=5, batch_size=16, learning_rate=0.01)
    trained = train(dnn(small_words()), small_sentences(), schedule, tmp_path, objective=hardened)
    clean = [row["dev_accuracy"] for row in trained.history]
    assert trained.best_epoch == 1 and trained.dev["dev_accuracy"] == clean[1] < max(clean)
    assert [row["other"] for row in trained.history] == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", ["dnn", "quantised", "snn"])
def test_learns_and_resumes_bit_identically(kind, device, tmp_path, monkeypatch):
    """One run through; one killed after its first epoch and started again: equal weights, equal history."""
    words, sentences = small_words(device=prepare(device, 1, 0)), small_sentences()
    method = small_method()
    schedule = method.finetuning if kind == "snn" else method.training

    def build():
        if kind == "snn":
            return snn(words, sentences)
        return dnn(words, levels=3 if kind == "quantised" else None)

    (tmp_path / "a").mkdir()
    whole = train(build(), sentences, schedule, tmp_path / "a")
    assert whole.dev["dev_accuracy"] > 0.7  # the majority class has about a half
    assert whole.dev["dev_accuracy"] == max(h["dev_accuracy"] for h in whole.history)

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
    predictions = predict(again, sentences, SPLIT.dev, [1])[0]
    assert accuracy(sentences.labels[SPLIT.dev], predictions) == trained.dev["dev_accuracy"]


def test_spiking_scores_do_not_depend_on_the_batch():
    """A sentence alone, and among others: the same spikes."""
    words, sentences = small_words(), small_sentences()
    classifier = snn(words, sentences)
    together = classifier.scores(sentences.batch(np.arange(20)))
    alone = classifier.scores(sentences.batch(np.arange(7, 8)))
    torch.testing.assert_close(together[:, 7:8], alone, rtol=1e-5, atol=1e-5)


def test_training_draws_fresh_spikes_and_evaluation_does_not():
    """Two losses differ with fresh draws, agree with frozen ones; two evaluations always agree."""
    words, sentences = small_words(), small_sentences()
    classifier = snn(words, sentences)
    classifier.network.eval()  # no dropout: only the draws can differ
    batch = sentences.batch(np.arange(20))
    generator = torch.Generator().manual_seed(0)

    def loss():
        return ENTROPY.loss(classifier, batch, generator)

    assert loss() != loss()
    assert torch.equal(classifier.scores(batch), classifier.scores(batch))
    classifier.fresh = False
    assert loss() == loss()


def test_a_network_within_its_budget_is_better_than_any_that_is_not():
    """Of those within it accuracy decides, of those above it the distance; reports give the accuracy."""
    classifier = dnn(small_words())
    network = classifier.network
    optimiser = torch.optim.AdamW(network.parameters())
    state = checkpoint.TrainingState(network, optimiser, torch.Generator(), np.random.default_rng(0))
    best = []
    for state.epoch, (accuracy_on_dev, excess) in enumerate(
        [(0.95, 0.3), (0.9, 0.2), (0.94, 0.25), (0.5, 0.0), (0.6, 0.0), (0.99, 0.01), (0.6, 0.0)]
    ):
        loop._record(
            state,
            None,
            CHOICE,
            {"dev_accuracy": accuracy_on_dev, "dev_macro_f1": 0.1},
            accuracy_on_dev,
            excess,
        )
        best.append(state.best_epoch)
    assert best == [0, 1, 1, 3, 4, 4, 4]
    assert [one["over_budget"] for one in state.history][:2] == [0.3, 0.2]


def test_a_budget_is_kept_on_dev(tmp_path):
    """A learned encoder: the kept epoch is within its budget, which the start was not; accuracy is told."""
    method = Method(
        inputs=WordVectors(transform="standardised"),
        network=TextCNN(channels=6),
        conversion=Conversion(
            encoder={"kind": "learned", "dead_zone": 0.1, "full_scale": 0.5}, steps=[6], pooled_neurons=False
        ),
        finetuning=Finetuning(
            steps=6,
            epochs=6,
            batch_size=16,
            learning_rate=0.005,
            objective={"kind": "spike-budget", "spikes": 2.0},
        ),
    )
    words, sentences = small_words(), small_sentences()
    torch.manual_seed(3)
    classifier = converted(method, assemble.dnn(method, words, 2, None), sentences)
    objective = make_objective(method.finetuning.objective)
    found = train(classifier, sentences, method.finetuning, tmp_path, objective=objective)
    assert found.history[0]["over_budget"] > 0
    kept = found.history[found.best_epoch]
    assert kept["over_budget"] == 0
    assert found.dev["dev_accuracy"] == kept["dev_accuracy"] > 0.5
    within = [one["dev_accuracy"] for one in found.history if not one["over_budget"]]
    assert found.dev["dev_accuracy"] == max(within)


class Diverging(Objective):
    """Cross-entropy that is spoilt at one batch."""

    def __init__(self, spoil, batch):
        self.spoil, self.left = spoil, batch

    def loss(self, classifier, batch, generator):
        loss = ENTROPY.loss(classifier, batch, generator)
        self.left -= 1
        return loss if self.left else self.spoil(loss, classifier.network)


def infinite_gradient(loss, network):
    """A finite loss whose derivative is not: that of the square root at zero."""
    return loss + (network.readout * 0).abs().sum().sqrt()


@pytest.mark.parametrize("kind", ["dnn", "snn"])
@pytest.mark.parametrize("spoil", [lambda loss, _: loss * float("nan"), infinite_gradient])
def test_training_stops_at_the_first_step_that_is_not_finite(kind, spoil, tmp_path):
    """In the first epoch nothing is written; the message names the key of this training."""
    words, sentences, method = small_words(), small_sentences(), small_method()
    classifier, schedule, key = {
        "dnn": (dnn(words), method.training, "training.learning_rate"),
        "snn": (snn(words, sentences), method.finetuning, "finetuning.learning_rate"),
    }[kind]
    before = {name: tensor.clone() for name, tensor in classifier.network.state_dict().items()}
    with pytest.raises(SpikeTextError, match=rf"epoch 1.*not finite; lower `{key}`"):
        train(classifier, sentences, schedule, tmp_path, objective=Diverging(spoil, 1))
    assert list(tmp_path.iterdir()) == []
    for name, tensor in classifier.network.state_dict().items():
        assert torch.equal(tensor, before[name]), name  # no step was made of it


def test_a_network_of_broken_weights_is_not_scored(tmp_path):
    """The loss of the only batch is finite, but the step after it is not."""
    words, sentences = small_words(), small_sentences()
    schedule = small_method().training.model_copy(
        update={"learning_rate": 1e30, "weight_decay": 1e30, "batch_size": 1000, "epochs": 1}
    )
    with pytest.raises(SpikeTextError, match="the weights are not finite"):
        train(dnn(words), sentences, schedule, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_rate_as_from_a_sweep_diverges(tmp_path):
    """Really: 100, with weight decay 1."""
    schedule = small_method().training.model_copy(update={"learning_rate": 100.0, "weight_decay": 1.0})
    with pytest.raises(SpikeTextError, match=r"`training\.learning_rate` \(100\)"):
        train(dnn(small_words()), small_sentences(), schedule, tmp_path)


def test_a_lower_rate_does_not_go_on_from_the_broken_run(tmp_path):
    """The checkpoint of its last good epoch belongs to another fingerprint."""
    words, sentences, schedule = small_words(), small_sentences(), small_method().training
    batches = -(-len(SPLIT.train) // schedule.batch_size)
    broken = Diverging(lambda loss, _: loss * float("inf"), batches + 1)
    with pytest.raises(SpikeTextError, match="epoch 2"):
        train(dnn(words), sentences, schedule, tmp_path, "rate 0.01", broken)
    (left,) = tmp_path.iterdir()
    assert left.name == "run.checkpoint"
    lower = train(dnn(words), sentences, schedule, tmp_path, "rate 0.001")
    assert [one["epoch"] for one in lower.history] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("damage", ["byte", "shape", "other optimiser", "no plain", "nan"])
def test_a_damaged_checkpoint_costs_its_epochs_and_no_more(damage, tmp_path, caplog):
    """Training starts anew, with a warning, and ends as if there had been none."""
    words, sentences, schedule = small_words(), small_sentences(), small_method().training
    clean = train(dnn(words), sentences, schedule, tmp_path)
    path = tmp_path / "run.checkpoint"
    arrays = dict(read_arrays(path))
    if damage == "byte":
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    elif damage == "no plain":
        write_arrays(path, {name: array for name, array in arrays.items() if name != "plain"})
    else:
        changed = {
            "shape": {"module.readout": np.zeros((3, 3), np.float32)},
            "other optimiser": {"optimiser.0.exp_avg": np.zeros(1, np.float32)},
            "nan": {"best.readout": arrays["best.readout"] * np.float32(np.nan)},
        }[damage]
        write_arrays(path, arrays | changed)
    again = train(dnn(words), sentences, schedule, tmp_path)
    assert again.history == clean.history
    assert torch.equal(again.weights["kernel"], clean.weights["kernel"])
    assert damage == "no plain" or "training starts anew" in caplog.text
