"""Operations of any network, counted from its declared populations and synapses and from its events.

Spikes come from the neurons' own declared events, never from looking for zeros and ones in activations. What
goes to padding stands apart.

Memory traffic follows Lemaire et al. 2022 (arXiv 2210.13107), as the authors' own implementation in
qualia-plugin-snn states its equations; the paper itself was not read. Each spike is written once and read
once, each accumulate reads a weight, reads a potential and writes it. There a potential is updated once a
text, here it is read and written once a step. Of a DNN each product reads a weight and, in a convolution, its
input; sums stay in registers; each output is written once. Addresses are not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spiketext.evaluation.account import Account, Count
from spiketext.networks.wiring import Population, Step, Synapses, Wiring, Work


class Counter:
    """Operations of one network on one batch, added step by step."""

    def __init__(self, wiring: Wiring) -> None:
        """Nothing has been done yet."""
        self.wiring = wiring
        self.populations = {population.name: population for population in wiring.populations}
        self._sent: dict[str, list[Tensor]] = {}  # events of each population, by step
        self._done: list[list[Tensor]] = [[] for _ in wiring.synapses]  # operations, by step
        self._read: list[list[Tensor]] = [[] for _ in wiring.synapses]  # events that are read, by step
        self._reads = [_reads(one, self.populations[one.source]) for one in wiring.synapses]
        self._padding: list[list[Tensor]] = [[] for _ in wiring.synapses]

    def add(self, step: Step) -> None:
        """One step's events."""
        items = {name: sizes(events).sum(1, dtype=torch.float64) for name, events in step.events.items()}
        for name, events in items.items():
            places = self.populations[name].places
            self._sent.setdefault(name, []).append(_total(events, 1.0 if places is None else places))
        for place, one in enumerate(self.wiring.synapses):
            if one.source in items:
                reads = self._reads[place]
                sent = self._sent[one.source][-1]
                self._read[place].append(sent if reads is None else _total(items[one.source], reads))
            if callable(one.fan_out):
                done = one.fan_out(step.events)
            elif one.source not in items:
                continue
            elif isinstance(one.fan_out, Tensor):
                done = _total(items[one.source], one.fan_out)
            else:
                done = self._sent[one.source][-1] * one.fan_out
            self._done[place].append(done)
            if one.padding is not None:
                self._padding[place].append(_total(items[one.source], one.padding))

    def account(self) -> Account:
        """The operations of all steps so far."""
        sent = {name: _numbers(events) for name, events in self._sent.items()}
        done = [
            _Done(_numbers(operations), _numbers(read))
            for operations, read in zip(self._done, self._read, strict=True)
        ]
        padding = {
            one.operation: self._on_padding(one, _numbers(events))
            for one, events in zip(self.wiring.synapses, self._padding, strict=True)
            if one.padding is not None
        }
        steps = max([1, *(len(events) for events in sent.values())])
        of = _Steps(self.populations, steps, sent)
        pairs = list(zip(self.wiring.synapses, done, strict=True))
        populations = [count for one in self.wiring.populations for count in of.population(one)]
        dense = populations + [count for one, events in pairs for count in of.synapses(one, events)]
        skipping = None
        tested = {one.source: one for one in reversed(self.wiring.synapses) if one.tested}
        if not self.wiring.spiking and tested:
            skipping = populations + [count for one, events in pairs for count in of.skipping(one, events)]
            skipping += [count for one in tested.values() for count in of.tests(one)]
        spikes = {one.name: sent[one.name] for one in self.wiring.populations if one.emits == "spikes"}
        return Account(dense, skipping, self._tabulated(of, done), padding, spikes)

    def _tabulated(self, of: "_Steps", done: Sequence["_Done"]) -> list[Count] | None:
        """All operations, where what a word causes at its synapses is read from a table."""
        stored = {one.name for one in self.wiring.populations if one.words is not None}
        first = [one for one in self.wiring.synapses if one.source in stored]
        # A fan-out that is known for single words only as a function of the step's events cannot be stored.
        if not first or any(one.weights is None or callable(one.fan_out) for one in first):
            return None
        others = [one for one in self.wiring.populations if one.name not in stored]
        counts = [count for one in others for count in of.population(one)]
        for one, events in zip(self.wiring.synapses, done, strict=True):
            counts += of.tabulated(one) if one.source in stored else of.synapses(one, events)
        return counts

    def _on_padding(self, one: Synapses, events: np.ndarray) -> float:
        """Operations of all steps: those of spikes, or all that values cause."""
        source = self.populations[one.source]
        if source.emits == "spikes" or one.padding is None:
            return float(events.sum())
        return float(one.padding.sum()) * source.width


@dataclass(frozen=True)
class _Done:
    """What happened at synapses, by step: `operations`, and how many events of the source were `read`."""

    operations: np.ndarray
    read: np.ndarray


class _Steps:
    """Counts over T steps, from declarations and events."""

    def __init__(
        self, populations: Mapping[str, Population], steps: int, sent: Mapping[str, np.ndarray]
    ) -> None:
        self.populations, self.steps, self.sent = populations, steps, sent

    def population(self, one: Population) -> list[Count]:
        """Every neuron's own work, and what it writes."""
        counts = [self._work(one, work) for work in one.work]
        if one.emits == "spikes":
            sent = self.sent[one.name]
            counts.append(Count(one.layer, "access", sent, one.neurons, words=one.memory))
        if one.emits == "values":
            written = Work("access", memory=one.memory, bits=one.bits, once=True)
            counts.append(self._work(one, written))
        return counts

    def _work(self, one: Population, work: Work) -> Count:
        done = one.neurons * work.times
        per_step = self._once(done) if work.once or one.emits == "values" else np.full(self.steps, done)
        layer, role = work.layer or one.layer, work.role or one.role
        return Count(layer, work.operation, per_step, done, work.bits, work.memory, role=role)

    def synapses(self, one: Synapses, done: _Done) -> list[Count]:
        """What events cause at their synapses: spikes as they come; values all at once, unless it is said."""
        source = self.populations[one.source]
        possible = _possible(one, source)
        if source.emits == "spikes":
            read = Count(one.layer, "access", done.read, _readable(one, source), words=source.memory)
            return [*self._operations(one, done.operations, possible), read]
        return self._values(one, done.operations if callable(one.fan_out) else self._once(possible), possible)

    def skipping(self, one: Synapses, done: _Done) -> list[Count]:
        """What values other than zero cause, on hardware that skips the others' products."""
        possible = _possible(one, self.populations[one.source])
        # Where nobody says which values are zero, none is skipped.
        events = float(done.operations.sum()) if one.tested or len(done.operations) else possible
        return self._values(one, self._once(events), possible)

    def tests(self, one: Synapses) -> list[Count]:
        """Each value of the source is compared with zero, once for all that it goes to."""
        source = self.populations[one.source]
        counts = [Count(one.layer, "compare", self._once(source.neurons), source.neurons)]
        if one.rereads:  # else each value is read once anyway
            counts.append(self._read(one, self._once(source.neurons), source.neurons))
        return counts

    def tabulated(self, one: Synapses) -> list[Count]:
        """One addition, and one value read, where a neuron has the sum of a word's products or spikes stored.

        The table holds it for each word; of spikes there is a table for each step, a memory of its own, so
        that a step costs the same however many follow.
        """
        source = self.populations[one.source]
        sums = _possible(one, source) / source.width
        added = np.full(self.steps, sums) if source.emits == "spikes" else self._once(sums)
        size = (source.words or 0) * (one.weights or 0) // source.width
        counts = [Count(one.layer, "AC", added, sums), Count(one.layer, "access", added, sums, words=size)]
        return counts + self._potentials(one, added, sums)

    def _values(self, one: Synapses, done: np.ndarray, possible: float) -> list[Count]:
        source = self.populations[one.source]
        # Without rereading, every value that goes anywhere is read once, zero or not.
        readable = _readable(one, source)
        read = (done, possible) if one.rereads else (self._once(readable), readable)
        return [*self._operations(one, done, possible), self._read(one, *read)]

    def _read(self, one: Synapses, done: np.ndarray, possible: float) -> Count:
        source = self.populations[one.source]
        return Count(one.layer, "access", done, possible, source.bits, source.memory)

    def _operations(self, one: Synapses, done: np.ndarray, possible: float) -> list[Count]:
        source = self.populations[one.source]
        by_value = possible * (source.codes or 0) / source.neurons if source.neurons else 0.0
        own = Count(
            one.layer, one.operation, done, possible, one.product_bits,
            spikes=source.emits == "spikes", by_value=by_value,
        )  # fmt: skip
        counts = [own]
        if one.weights is not None:
            counts.append(
                Count(one.layer, "access", done, possible, one.weight_bits, one.weights, weights=True)
            )
        return counts + self._potentials(one, done, possible)

    def _potentials(self, one: Synapses, done: np.ndarray, possible: float) -> list[Count]:
        """Each operation reads a potential and writes it, unless sums stay in registers."""
        if one.potentials is None:
            return []
        return [Count(one.layer, "access", 2 * done, 2 * possible, words=one.potentials)]

    def _once(self, done: float) -> np.ndarray:
        """What is done once a text stands at the first step."""
        per_step = np.zeros(self.steps)
        per_step[0] = done
        return per_step


def _reads(one: Synapses, source: Population) -> Tensor | None:
    """How often each item's events are read, `[X]`; None: as often as they are sent."""
    if not isinstance(one.fan_out, Tensor) or bool(one.fan_out.all()):
        return None
    read = (one.fan_out != 0).double()
    return read if source.places is None else read * source.places


def _readable(one: Synapses, source: Population) -> float:
    """Neurons of the source whose events go anywhere."""
    reads = _reads(one, source)
    return source.neurons if reads is None else float(reads.sum()) * source.width


def _possible(one: Synapses, source: Population) -> float:
    """Operations of a step in which every neuron of the source fires."""
    if one.possible is not None:
        return one.possible
    if isinstance(one.fan_out, Tensor):
        return float(one.fan_out.sum()) * source.width
    assert not callable(one.fan_out), f"synapses from {one.source} to {one.layer} need `possible`"
    return source.neurons * one.fan_out


def sizes(events: Tensor) -> Tensor:
    """Events as they count: a spike of −1 is a spike too."""
    return events if events.dtype in (torch.bool, torch.uint8) else events.abs()


def _total(events: Tensor, weights: Tensor | float) -> Tensor:
    """Events `[X]`, each counted as often as said; a scalar."""
    if isinstance(weights, Tensor):
        return weights.to(events.device) @ events
    return events.sum() * weights


def _numbers(steps: list[Tensor]) -> np.ndarray:
    """Scalars by step → `[T]`."""
    if not steps:
        return np.zeros(0)
    numbers: np.ndarray = torch.stack(steps).cpu().numpy()
    return numbers
