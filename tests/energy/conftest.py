"""One sentence through a spiking network, as other counters of operations see it."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from spiketext.energy.account import Account
from spiketext.energy.shape import Shape
from spiketext.energy.spiking import SpikeCounter
from spiketext.models.spiking_textcnn import StepActivity
from spiketext.training import assemble
from tests.energy_helpers import account_of, method, one_sentence, word_table

WIDTHS, CHANNELS, WIDTH, CLASSES, STEPS = [2, 3], 4, 6, 3, 5


@dataclass
class Run:
    """What was counted here, and what other counters are given.

    Attributes:
        account: of the network.
        bare: of the same without neurons after pooling: the read-out gets mean-pooled spikes.
        inputs: spikes, `[T, D, L]`.
        means: mean-pooled spikes of the convolution, `[T, K * C]`.
        pooled: spikes of the neurons after pooling, `[T, K * C]`.
        convolutions: layers of both widths without padding, weights not zero.
        readout: the last layer, likewise.
    """

    account: Account
    bare: Account
    inputs: torch.Tensor
    means: torch.Tensor
    pooled: torch.Tensor
    convolutions: list[torch.nn.Conv1d]
    readout: torch.nn.Linear


@pytest.fixture(scope="module")
def run():
    """The network and the sentence do not matter; they have several widths, channels, words and steps."""
    torch.manual_seed(0)
    values = np.random.default_rng(0).random((9, WIDTH), dtype=np.float32)
    values[0] = 0
    weights = {
        "kernel": torch.randn(sum(WIDTHS) * CHANNELS, WIDTH),
        "pool_gain": torch.tensor(2.0),
        "readout": torch.randn(CLASSES, len(WIDTHS) * CHANNELS),
    }
    settings = method(WIDTHS, CHANNELS, STEPS)
    classifier = assemble.spiking(settings, word_table(values), weights, STEPS, seed=0)
    batch = one_sentence([1, 5, 8, 2, 2, 7, 3], WIDTHS)
    shape = Shape(WIDTHS, CHANNELS, WIDTH, CLASSES, vocabulary=9, longest=7)
    counter = SpikeCounter(batch, shape, classifier.code, classifier.neuron, spike_readout=False)
    steps = [(words, activity) for words, activity, _ in classifier.simulate(batch)]
    for words, activity in steps:
        counter.add(words, StepActivity(activity.convolution, None, activity.output))
    windows = batch.windows.counts.repeat_interleave(CHANNELS, dim=1)
    return Run(
        account_of(classifier, batch, shape),
        counter.account(),
        torch.stack([words[batch.index].T for words, _ in steps]).float(),
        torch.cat([activity.convolution / windows for _, activity in steps]),
        torch.cat([activity.pooled for _, activity in steps]),
        [torch.nn.Conv1d(WIDTH, CHANNELS, k, bias=False) for k in WIDTHS],
        torch.nn.Linear(len(WIDTHS) * CHANNELS, CLASSES, bias=False),
    )
