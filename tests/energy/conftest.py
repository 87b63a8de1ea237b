"""One sentence through a spiking network, as other counters of operations see it."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from spiketext.evaluation.account import Account
from spiketext.networks import assemble
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
    batch = one_sentence([1, 5, 8, 2, 2, 7, 3])

    def network(**conversion):
        settings = method(WIDTHS, CHANNELS, STEPS, **conversion)
        return assemble.spiking(settings, word_table(values), weights, STEPS, seed=0)

    classifier = network()
    steps = [step.events for step, _ in classifier.simulate(batch)]
    layout = classifier.network.layout(batch)
    windows = layout.windows.counts.repeat_interleave(CHANNELS, dim=1)
    return Run(
        account_of(classifier, batch, longest=7),
        account_of(network(pooled_neurons=False), batch, longest=7),
        torch.stack([events["input"][layout.index].T for events in steps]).float(),
        torch.cat([events["convolution"] / windows for events in steps]),
        torch.cat([events["pooled"] for events in steps]),
        [torch.nn.Conv1d(WIDTH, CHANNELS, k, bias=False) for k in WIDTHS],
        torch.nn.Linear(len(WIDTHS) * CHANNELS, CLASSES, bias=False),
    )
