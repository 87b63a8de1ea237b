"""Training against an attacker: losses by hand, points that raise them, and nothing left behind."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from spiketext.arrays import write_arrays
from spiketext.config.objectives import MART, PGD, TRADES, Ball, CrossEntropy, Robust
from spiketext.config.schedules import Training
from spiketext.conversion.convert import find_thresholds
from spiketext.files import write_json
from spiketext.inputs.perturbations import Ball as Around
from spiketext.networks import assemble
from spiketext.networks.classifier import Classifier
from spiketext.networks.occurrences import batch_of, table_of, with_words
from spiketext.objectives.adversary import ATTACKED, divergence
from spiketext.objectives.base import make_objective
from spiketext.objectives.mart import boosted
from spiketext.tasks.classes import Classes
from spiketext.training import checkpoint
from spiketext.training.loop import Split, fit
from tests.training_helpers import VOCABULARY, WIDTH, small_method, small_sentences, small_words

ROWS = np.arange(16)
INPUTS = {"transform": "positive"}
HULLS = {"pgd": PGD(), "trades": TRADES(), "mart": MART(), "robust": Robust()}
SETTINGS = {
    **HULLS,
    **{
        f"{name}, ball": one.model_copy(update={"perturbation": Ball(radius=0.5)})
        for name, one in HULLS.items()
    },
}


@pytest.fixture
def files(tmp_path):
    """What a rule of training gives beside texts: synonyms of every word but the last ten, and σ."""
    generator = np.random.default_rng(1)
    counts = np.where(np.arange(VOCABULARY) < VOCABULARY - 10, 3, 0)
    counts[0] = 0
    arrays = {
        "starts": np.concatenate([[0], np.cumsum(counts)]),
        "members": generator.integers(0, 20, counts.sum()),
        "vectors": generator.random((20, WIDTH), dtype=np.float32) * 6 - 3,
        "covered": np.ones(20, dtype=bool),
    }
    write_arrays(tmp_path / "synonyms.safetensors", arrays)
    write_json(tmp_path / "report.json", {"mean": 0.0, "std": 1.0})
    return SimpleNamespace(
        synonyms=[tmp_path / "synonyms.safetensors"], vectors_report=tmp_path / "report.json"
    )


def objective(name, files, weights=None):
    """Ready for the small words."""
    found = make_objective(SETTINGS[name], weights)
    found.prepare(files, INPUTS, small_words())
    return found


def dnn():
    torch.manual_seed(3)
    method = small_method()
    return assemble.dnn(method, small_words(), 2, None)


def twin(**neuron):
    """A network of six steps with direct coding, of that DNN."""
    method = small_method(
        encoder={"kind": "analog"}, neuron=neuron, rule={"kind": "percentile", "scale": 0.5}
    )
    made, texts = dnn(), small_sentences()
    found = find_thresholds(made, texts, np.arange(60), method.conversion.rule, assemble.balanced(method))
    weights = assemble.converted(method, made, found, 6)
    return assemble.spiking(method, made.words, weights, 6, seed=5)


class Spy:
    """A perturbation that keeps what it ended with, of the real one."""

    def __init__(self, real, kept):
        self.real, self.kept = real, kept

    def climb(self, slope, steps, generator):
        self.kept.append((self.real.climb(slope, steps, generator), steps))
        return self.kept[-1][0]


def spied(one):
    """The objective, and what its attacker ends with."""
    kept, make = [], one.perturbed
    one.perturbed = lambda values, ids: Spy(make(values, ids), kept)
    return kept


def scores_of(classifier, values, batch):
    """Scores of the batch with those vectors, by another way than the objective's: text by text."""
    found, first = [], 0
    for length in batch.lengths:
        own = values[first : first + length]
        first += length
        words = table_of(own, np.zeros(length, dtype=np.uint64))
        found.append(with_words(classifier, words).scores(batch_of(np.array([length])))[-1, 0])
    return torch.stack(found).detach() / classifier.steps


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("make", [dnn, twin])
def test_the_attacker_raises_the_loss_within_his_set(name, make, files):
    """Cross-entropy of what he found against that of the texts; balls and hulls are kept to."""
    classifier, batch, one = make(), small_sentences().batch(ROWS), objective(name, files)
    classifier.network.dropout.p = 0.0
    kept = spied(one)
    one.loss(classifier, batch, torch.Generator().manual_seed(1))
    (values, steps), labels = kept[0], batch.labels
    own = classifier.words.values[torch.from_numpy(batch.ids.astype(np.int64))]
    assert steps == (1 if name.startswith("robust") else 5)
    clean, attacked = (scores_of(classifier, each, batch) for each in (own, values))
    assert F.cross_entropy(attacked, labels) > F.cross_entropy(clean, labels) + 0.01
    if "ball" in name:
        radius = 0.5 / 6 * math.sqrt(WIDTH)
        assert float((values - own).norm(dim=1).max()) == pytest.approx(radius, rel=1e-4)
        assert float(values.min()) >= 0 and float(values.max()) <= 1
    else:
        fixed = torch.from_numpy(batch.ids >= VOCABULARY - 10)
        assert torch.equal(values[fixed], own[fixed]) and not torch.equal(values[~fixed], own[~fixed])


@pytest.mark.parametrize("weights", [None, torch.tensor([1.0, 3.0])])
@pytest.mark.parametrize("name", HULLS)
def test_losses_by_hand(name, weights, files):
    """From the scores of clean and attacked texts, by logarithms of their softmax; without dropout."""
    classifier, batch, one = dnn(), small_sentences().batch(ROWS), objective(name, files, weights)
    classifier.network.dropout.p = 0.0
    kept = spied(one)
    found = one.loss(classifier, batch, torch.Generator().manual_seed(1)).item()
    own = classifier.words.values[torch.from_numpy(batch.ids.astype(np.int64))]
    clean, attacked = (scores_of(classifier, each, batch).double().softmax(1) for each in (own, kept[0][0]))
    labels = batch.labels
    each = torch.ones(len(labels)) if weights is None else weights[labels]
    mean = lambda losses: float((each * losses).sum() / each.sum())  # noqa: E731
    right = {
        key: one.gather(1, labels[:, None])[:, 0] for key, one in (("clean", clean), ("attacked", attacked))
    }
    wrong = 1 - right["attacked"]  # of two classes
    kl = {
        "forwards": (clean * (clean / attacked).log()).sum(1),
        "backwards": (attacked * (attacked / clean).log()).sum(1),
    }
    expected = {
        "pgd": lambda: mean(-right["attacked"].log()),
        "trades": lambda: mean(-right["clean"].log()) + 6 * float(kl["forwards"].mean()),
        "mart": lambda: mean(
            -right["attacked"].log() - (1 - wrong).log() + 4 * kl["forwards"] * (1 - right["clean"])
        ),
        "robust": lambda: mean(-right["clean"].log()) + 2 * float(kl["backwards"].mean()),
    }
    assert found == pytest.approx(expected[name](), rel=1e-4)


def test_parts_by_hand():
    """KL of (½, ½) from (¼, ¾) is ½·ln(4/3); a boosted loss of three classes looks at the largest other."""
    even, odd = torch.zeros(1, 2), torch.tensor([[0.25, 0.75]]).log()
    assert divergence(even, odd).item() == pytest.approx(0.5 * math.log(4 / 3), rel=1e-5)
    assert divergence(odd, even).item() == pytest.approx(
        0.25 * math.log(0.5) + 0.75 * math.log(1.5), rel=1e-5
    )
    three = torch.tensor([[0.2, 0.3, 0.5]]).log()
    assert boosted(three, torch.tensor([0])).item() == pytest.approx(-math.log(0.2) - math.log(0.5), rel=1e-5)
    assert boosted(three, torch.tensor([2])).item() == pytest.approx(-math.log(0.5) - math.log(0.7), rel=1e-5)


def test_what_decides_leaves_out_the_steps_before_the_delay():
    """Outputs of step 2 and 3 of three, over three steps."""
    outputs = torch.tensor([[[9.0, 0.0]], [[1.0, 2.0]], [[2.0, 1.0]]])
    assert Classifier.decided(SimpleNamespace(delay=1, scale=lambda steps: steps), outputs).tolist() == [
        [1.0, 1.0]
    ]


@pytest.mark.parametrize("name", HULLS)
def test_the_network_is_left_as_it_was(name, files):
    """In training, with gradients of every parameter, also of thresholds."""
    classifier, one = twin(least_threshold=0.03), objective(name, files)
    classifier.network.train()
    one.loss(classifier, small_sentences().batch(ROWS), torch.Generator().manual_seed(1)).backward()
    assert classifier.network.training and classifier.network.dropout.training
    gradients = {key: one.grad for key, one in classifier.network.named_parameters()}
    assert {key.split(".")[-1] for key in gradients} >= {"readout", "pattern", "pooled", "convolution"}
    assert all(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients.values())


def test_words_without_a_vector_are_not_moved(files):
    """A ball around nothing would be a word that no attacker can write."""
    one = objective("pgd, ball", files)
    ball = one.perturbed(torch.zeros(1, WIDTH), np.array([1]))
    assert isinstance(ball, Around)
    assert torch.equal(ball.random(5, torch.Generator().manual_seed(0)), torch.zeros(5, 1, WIDTH))


class Killed(Exception):
    """Stands for kill -9 between two epochs."""


@pytest.mark.parametrize("name", ["trades", "robust, ball"])
def test_training_learns_and_resumes_bit_identically(name, files, tmp_path, monkeypatch):
    """One run through, one killed after an epoch: equal weights, thresholds among them, and history."""
    texts, schedule = small_sentences(), Training(epochs=3, batch_size=16, learning_rate=0.01)

    def run(folder):
        torch.manual_seed(5)
        classifier = twin(least_threshold=0.03) if name.startswith("robust") else dnn()
        split, choice = Split(np.arange(120), np.arange(120, 160)), Classes("accuracy", 2)
        path = tmp_path / folder
        return fit(classifier, texts, split, objective(name, files), schedule, choice, 5, path, "run")

    whole = run("whole")
    save = checkpoint.save

    def killed(path, state, fingerprint):
        save(path, state, fingerprint)
        raise Killed

    monkeypatch.setattr(checkpoint, "save", killed)
    with pytest.raises(Killed):
        run("parts")
    monkeypatch.setattr(checkpoint, "save", save)
    parts = run("parts")
    assert whole.history == parts.history and max(row["dev_accuracy"] for row in whole.history) > 0.6
    assert whole.weights.keys() == parts.weights.keys()
    assert all(torch.equal(whole.weights[key], parts.weights[key]) for key in whole.weights)


def test_training_against_synonyms_withstands_them_better(files, tmp_path):
    """Of two DNNs of the same start, by the accuracy that an attacker of many steps leaves on dev."""
    texts, schedule = small_sentences(), Training(epochs=6, batch_size=16, learning_rate=0.01)
    left = {}
    for name, settings in {"plain": CrossEntropy(), "trades": TRADES()}.items():
        torch.manual_seed(5)
        classifier, one = dnn(), make_objective(settings)
        one.prepare(files, INPUTS, classifier.words)
        split, choice = Split(np.arange(120), np.arange(120, 160)), Classes("accuracy", 2)
        fit(classifier, texts, split, one, schedule, choice, 5, tmp_path / name, "run")
        attacker = objective("pgd", files)
        kept, batch = spied(attacker), texts.batch(np.arange(120, 160))
        attacker.loss(classifier, batch, torch.Generator().manual_seed(1))
        scores = scores_of(classifier, kept[0][0], batch)
        left[name] = float((scores.argmax(1) == batch.labels).float().mean())
    assert left["trades"] > left["plain"] + 0.1


@pytest.mark.parametrize(
    ("settings", "merit"),
    [
        (PGD(), 0.7),
        (MART(weight=4), 0.7),
        (TRADES(weight=1), 0.7),
        (TRADES(weight=0.25), 0.82),
        (Robust(weight=3), 0.6),
    ],
)
def test_the_epoch_is_chosen_by_the_weights_of_the_loss(settings, merit):
    """Of 90 % on the texts as they are, and 50 % on those that the attacker has moved."""
    assert make_objective(settings).merit(0.9, {ATTACKED: 0.5}) == pytest.approx(merit)


def test_epochs_are_chosen_by_texts_that_the_attacker_has_moved(files, tmp_path):
    """Beside those as they are; the figure is the accuracy on what the objective's own attacker finds."""
    texts, schedule = small_sentences(), Training(epochs=3, batch_size=16, learning_rate=0.01)
    torch.manual_seed(5)
    classifier, one, choice = dnn(), objective("pgd", files), Classes("accuracy", 2)
    dev = np.arange(120, 160)
    trained = fit(
        classifier, texts, Split(np.arange(120), dev), one, schedule, choice, 5, tmp_path / "x", "run"
    )
    merits = [(row["dev_accuracy"] + row[ATTACKED]) / 2 for row in trained.history]
    assert merits[trained.best_epoch] == max(merits)
    kept, (batch,) = spied(one), texts.in_order(dev, len(dev))
    classifier.network.eval()
    one.attacked(classifier, batch, torch.Generator().manual_seed(0))
    right = scores_of(classifier, kept[0][0], batch).argmax(1) == batch.labels
    assert trained.history[trained.best_epoch][ATTACKED] == pytest.approx(float(right.float().mean()))
    assert any(row[ATTACKED] < row["dev_accuracy"] for row in trained.history)
