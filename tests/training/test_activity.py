"""Firing rates of a layer by hand."""

import torch

from spiketext.training.evaluate import LayerActivity


def test_dead_and_saturated_neurons_by_hand():
    """Of five neurons with ten chances two never fired and one always did."""
    layer = LayerActivity()
    layer.add(torch.tensor([0.0, 0.0, 10.0, 1.0, 9.0]), torch.full((5,), 10.0))
    assert layer.summary("x") == {"name": "x", "rate": 0.4, "dead": 0.4, "saturated": 0.2, "neurons": 5}
