"""The loop around a network of one weight, whose gradient and dev accuracy are known at every moment."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.optim.optimizer import register_optimizer_step_pre_hook

from spiketext.config.methods import Training
from spiketext.networks.classifier import CLASSIFIED
from spiketext.objectives.base import Objective
from spiketext.training.loop import Split, fit
from tests.training_helpers import small_sentences

SPLIT = Split(np.arange(60), np.arange(60, 70))
SCHEDULE = Training(epochs=4, batch_size=20, learning_rate=0.01)


class Weight(torch.nn.Module):
    """One weight."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def weights(self):
        return {"weight": self.weight.detach()}


class OneWeight:
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


def run(right, folder, keep_start=True):
    """Train with the given numbers of right answers, one for each look at dev; gradients of all batches."""
    classifier, objective, gradients = OneWeight(right), Fall(), []
    hook = register_optimizer_step_pre_hook(
        lambda optimiser, *_: gradients.append(optimiser.param_groups[0]["params"][0].grad.item())
    )
    try:
        path = folder / "run.checkpoint"
        trained = fit(classifier, small_sentences(), SPLIT, objective, SCHEDULE, 5, path, "run", keep_start)
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
    assert trained.dev_accuracy == right[best] / 10
    assert trained.weights["weight"].item() == classifier.seen[best]
    assert [one["dev_accuracy"] for one in trained.history] == [n / 10 for n in right]


def test_a_network_that_was_just_initialised_is_no_candidate(tmp_path):
    """However good it looks; the first epoch is then the first that is looked at."""
    _, trained, *_ = run([6, 5, 7, 4], tmp_path, keep_start=False)
    assert [one["epoch"] for one in trained.history] == [1, 2, 3, 4]
    assert trained.best_epoch == 3
