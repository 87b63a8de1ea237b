"""Firing rates, dead and saturated neurons, of every population that sends spikes."""

import torch

from spiketext.evaluation.counter import sizes
from spiketext.networks.wiring import Population, Step, Wiring


class Activity:
    """Spikes of each neuron over the texts of a set."""

    def __init__(self) -> None:
        """Nothing has fired yet."""
        self._fired: dict[str, torch.Tensor] = {}
        self._chances: dict[str, torch.Tensor] = {}

    def add(self, wiring: Wiring, step: Step) -> None:
        """One step of a batch."""
        for one in wiring.populations:
            if one.emits == "spikes":
                self._add(one, step.events[one.name])

    def _add(self, one: Population, events: torch.Tensor) -> None:
        each = sizes(events).cpu().double()
        fired = each.sum(0) if one.places is None else one.places @ each
        chances = torch.full_like(fired, len(events)) if one.chances is None else one.chances
        self._fired[one.name] = self._fired.get(one.name, torch.zeros_like(fired)) + fired
        self._chances[one.name] = self._chances.get(one.name, torch.zeros_like(fired)) + chances

    def summary(self) -> list[dict[str, object]]:
        """By population: mean firing rate (spikes a neuron and step), shares of dead and saturated ones."""
        return [
            {
                "name": name,
                "rate": float(fired.sum() / self._chances[name].sum()),
                "dead": float((fired == 0).double().mean()),
                "saturated": float((fired == self._chances[name]).double().mean()),
                "neurons": len(fired),
            }
            for name, fired in self._fired.items()
        ]
