"""The loop around a network of one weight, whose gradient and dev accuracy are known at every moment."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.optim.optimizer import register_optimizer_step_pre_hook

from spiketext.config.schedules import Training
from spiketext.networks.classifier import CLASSIFIED
from spiketext.objectives.base import Objective
from spiketext.tasks import make_task
from spiketext.tasks.classes import Classes
from spiketext.training.loop import Split, fit
from tests.training_helpers import small_sentences

SPLIT = Split(np.arange(60), np.arange(60, 70))
CHOICE = Classes("accuracy", 2)
SCHEDULE = Training(epochs=4, batch_size=20, learning_rate=0.01)


class Weight(torch.nn.Module):
    """One weight."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def weights(self):
        return {"weight": self.weight.detach()}


class AtOnce:
    """One run gives the scores after all numbers of steps."""

    def runs(self, steps):
        return [(self, steps)]

    def scale(self, steps):
        return steps


class OneWeight(AtOnce):
    """A classifier which has so many of the ten dev sentences right."""

    steps = 1

    def __init__(self, right):
        self.network, self.right = Weight(), iter(right)
        self.seen = []

    def scores(self, batch):
        assert len(batch.labels) == len(SPLIT.dev) <= CLASSIFIED
        assert set(batch.rows) == set(SPLIT.dev)
        self.network.eval()
        self.seen.append(self.network.weight.item())
        right = torch.arange(len(batch.labels)) < next(self.right)
        return F.one_hot(torch.where(right, batch.labels, 1 - batch.labels), 2)[None].float()


class Fall(Objective):
    """The loss is the weight; it notes whether dropout is on."""

    def __init__(self):
        self.training = []

    def loss(self, classifier, batch, generator):
        self.training.append(classifier.network.training)
        return classifier.network.weight.sum()


def run(right, folder, keep_start=True, choice=CHOICE):
    """Train with the given numbers of right answers, one for each look at dev; gradients of all batches."""
    classifier, objective, gradients = OneWeight(right), Fall(), []
    hook = register_optimizer_step_pre_hook(
        lambda optimiser, *_: gradients.append(optimiser.param_groups[0]["params"][0].grad.item())
    )
    try:
        path = folder / "run.checkpoint"
        trained = fit(
            classifier, small_sentences(), SPLIT, objective, SCHEDULE, choice, 5, path, "run", keep_start
        )
    finally:
        hook.remove()
    assert len(gradients) == len(objective.training)
    return classifier, trained, gradients, objective.training


def test_every_batch_has_its_own_gradient_and_is_trained_with_dropout(tmp_path):
    """Three batches in each of four epochs: dL/dw = 1 each time; looks at dev leave no trace."""
    *_, gradients, training = run([5] * 5, tmp_path)
    assert gradients == [1.0] * 12
    assert training == [True] * 12


@pytest.mark.parametrize(
    ("right", "best"),
    [
        ([5, 6, 9, 7, 8], 2),
        ([9, 6, 5, 7, 8], 0),  # the start was better than all that followed
        ([5, 9, 7, 9, 8], 1),  # the earliest of equally good ones
        ([5, 6, 7, 8, 9], 4),
    ],
)
def test_the_weights_of_the_best_epoch_come_back(right, best, tmp_path):
    """Not those of the last one; the history tells all."""
    classifier, trained, *_ = run(right, tmp_path)
    assert classifier.seen == sorted(set(classifier.seen), reverse=True)  # the weight falls in each epoch
    assert trained.best_epoch == best
    assert trained.dev["dev_accuracy"] == right[best] / 10
    assert trained.weights["weight"].item() == classifier.seen[best]
    assert [one["dev_accuracy"] for one in trained.history] == [n / 10 for n in right]


class Says(AtOnce):
    """A classifier that gives these classes, one list for each look at dev."""

    steps = 1

    def __init__(self, answers):
        self.network, self.answers = Weight(), iter(answers)

    def scores(self, batch):
        answer = dict(zip(SPLIT.dev.tolist(), next(self.answers), strict=True))
        return F.one_hot(torch.tensor([answer[int(row)] for row in batch.rows]), 2)[None].float()


@pytest.mark.parametrize(("metric", "best"), [("accuracy", 1), ("macro-f1", 2)])
def test_the_metric_decides_which_epoch_is_kept(metric, best, tmp_path):
    """Eight texts of class 0, two of class 1. Epoch 1 says 0 always: accuracy 0.8, macro-F1 4/9.

    Epoch 2 finds one text of each class less of 0, more of 1, so 0.7, but macro-F1 (0.8 + 0.4) / 2 = 0.6.
    """
    texts = small_sentences()
    texts.labels[SPLIT.dev] = [0] * 8 + [1] * 2
    answers = [[1] * 10, [0] * 10, [1, 1] + [0] * 6 + [1, 0], [1] * 10, [1] * 10]
    path = tmp_path / "run.checkpoint"
    trained = fit(Says(answers), texts, SPLIT, Fall(), SCHEDULE, Classes(metric, 2), 5, path, "run")
    assert trained.best_epoch == best
    both = [(one["dev_accuracy"], one["dev_macro_f1"]) for one in trained.history]
    assert both[1] == pytest.approx((0.8, 4 / 9))
    assert both[2] == pytest.approx((0.7, 0.6))
    assert (trained.dev["dev_accuracy"], trained.dev["dev_macro_f1"]) == both[best]
    assert trained.report()["dev_macro_f1"] == both[best][1]


class Tells(AtOnce):
    """A classifier that tells these values of all dev sentences, one for each look at dev."""

    steps = 1

    def __init__(self, answers):
        self.network, self.answers = Weight(), iter(answers)

    def scores(self, batch):
        return torch.full((1, len(batch.labels), 1), next(self.answers))


def test_the_least_loss_decides_where_values_are_told(tmp_path):
    """All targets are 1: the loss is the squared distance, least after the third epoch."""
    texts = small_sentences()
    texts.labels = np.ones(len(texts.labels))
    path = tmp_path / "run.checkpoint"
    told, task = Tells([0.0, 3.0, 0.5, 0.75, 2.0]), make_task("value", 0)
    trained = fit(told, texts, SPLIT, Fall(), SCHEDULE, task, 5, path, "run")
    assert [one["dev_loss"] for one in trained.history] == [1.0, 4.0, 0.25, 0.0625, 1.0]
    assert trained.best_epoch == 3 and trained.dev == {"dev_loss": 0.0625}


def test_a_network_that_was_just_initialised_is_no_candidate(tmp_path):
    """However good it looks; the first epoch is then the first that is looked at."""
    _, trained, *_ = run([6, 5, 7, 4], tmp_path, keep_start=False)
    assert [one["epoch"] for one in trained.history] == [1, 2, 3, 4]
    assert trained.best_epoch == 3
