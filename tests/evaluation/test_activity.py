"""Firing rates of populations by hand."""

import torch

from spiketext.evaluation.activity import Activity
from spiketext.networks.wiring import Population, Step, Wiring


def summary(events, **population):
    """What is said of one population that sent these events in each of two steps."""
    width = events.shape[1]
    wiring = Wiring([Population("x", "x", "spikes", 1.0, width, width, **population)], [])
    activity = Activity()
    for _ in range(2):
        activity.add(wiring, Step(torch.zeros(1, 1), {"x": events}))
    (found,) = activity.summary()
    return found


def test_dead_and_saturated_neurons_by_hand():
    """Of five neurons with ten chances in two steps two never fired and one always did."""
    found = summary(torch.tensor([[0.0, 0.0, 5.0, 0.5, 4.5]]), chances=torch.full((5,), 5.0))
    assert found == {"name": "x", "rate": 0.4, "dead": 0.4, "saturated": 0.2, "neurons": 5}


def test_rates_dead_and_saturated_by_hand():
    """Four neurons over five chances in each of two steps: silent, always on, half, and one spike."""
    found = summary(torch.tensor([[0.0, 5.0, 2.5, 0.5]]), chances=torch.full((4,), 5.0))
    assert found == {"name": "x", "rate": 0.4, "dead": 0.25, "saturated": 0.25, "neurons": 4}


def test_a_neuron_has_a_chance_for_each_item_and_step():
    """Three texts, two neurons: the first fires for two of them, the second for all."""
    found = summary(torch.tensor([[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]]))
    assert (found["rate"], found["dead"], found["saturated"]) == (5 / 6, 0.0, 0.5)


def test_an_item_counts_as_often_as_it_stands():
    """Two words: one stands thrice and fires its first line, one stands once and fires its second."""
    places = torch.tensor([3.0, 1.0], dtype=torch.float64)
    found = summary(torch.eye(2, dtype=torch.uint8), places=places, chances=places.sum().expand(2))
    assert (found["rate"], found["saturated"]) == (0.5, 0.0)
    assert summary(torch.eye(2), places=places * 0, chances=places.sum().expand(2))["dead"] == 1.0


def test_only_populations_that_send_spikes_have_rates():
    activity = Activity()
    populations = [Population(kind, kind, kind, 1.0, 2, 2) for kind in ("currents", "values")]
    events = {kind: torch.ones(1, 2) for kind in ("currents", "values")}
    activity.add(Wiring(populations, []), Step(torch.zeros(1, 1), events))
    assert activity.summary() == []
