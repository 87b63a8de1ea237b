"""Steps to settle, by hand."""

import numpy as np
import torch

from spiketext.evaluation.settling import Settling
from spiketext.networks.wiring import Population, Step, Wiring


def population(name, emits="spikes", **settings):
    return Population(name, name, emits, 2.0, 2, 2, **settings)


WIRING = Wiring(
    [
        population("input", places=torch.ones(5, dtype=torch.float64)),  # of words
        population("hidden"),
        population("last"),
        population("readout", emits="currents"),
    ],
    [],
)


def settled(steps):
    """Of two texts: events of the populations `hidden` and `last`, and the classes, at each step."""
    found = Settling()
    for hidden, last, chosen in steps:
        events = {"input": torch.ones(5, 2), "hidden": torch.tensor(hidden), "last": torch.tensor(last)}
        found.add(WIRING, Step(torch.zeros(2, 3), events), np.array(chosen))
    return found


def first():
    """Four steps, the last of them silent."""
    return settled(
        [
            ([[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]], [2, 0]),
            ([[0.0, 0.0], [0.0, 0.0]], [[0.0, -1.0], [0.0, 0.0]], [1, 0]),  # a spike of −1 is one too
            ([[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]], [2, 0]),
            ([[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]], [2, 0]),
        ]
    )


def test_last_spikes_and_decisions_by_hand():
    """The first text spikes until step 2 and is decided at step 3; the second never spikes."""
    found = first()
    assert found.spiked.tolist() == [2, 0]
    assert found.decided.tolist() == [3, 1]
    counts = {name: each.tolist() for name, each in found.counts().items()}
    assert counts == {"spiked": [1, 0, 1, 0, 0], "decided": [0, 1, 0, 1, 0]}
