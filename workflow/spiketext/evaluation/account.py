"""The account of a network: all operations that it did on some texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np


@dataclass
class Count:
    """Operations of one layer, summed over texts.

    Attributes:
        layer: whose work it is, as the network's populations and synapses declare.
        operation: a key of `energy.prices.PRICES`.
        per_step: `[T]`; what is done once a text stands at the first step.
        possible: operations a step if every presynaptic neuron fired; their ratio is the firing rate.
        bits: width of the value that is multiplied or moved; None: full precision.
        words: for memory traffic, values that the memory holds.
        weights: whether these are weights, the same for every text, so that one that was read may be kept.
        role: what they are for, one of `networks.wiring.Role`.
        spikes: whether each is that of a spike at a synapse.
        by_value: of synapses that a network's input reaches, operations if each value of a word caused them
            once.
    """

    layer: str
    operation: str
    per_step: np.ndarray
    possible: float
    bits: int | None = None
    words: int | None = None
    weights: bool = False
    role: str = "layer"
    spikes: bool = False
    by_value: float = 0.0

    def __add__(self, other: Self) -> "Count":
        return replace(
            self,
            per_step=self.per_step + other.per_step,
            possible=self.possible + other.possible,
            by_value=self.by_value + other.by_value,
        )

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values; `Count.of` reads them back."""
        return {**vars(self), "per_step": self.per_step.tolist()}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Count":
        """From the values of `as_json`."""
        return cls(**{**values, "per_step": np.array(values["per_step"])})


LISTS = ("layers", "zero_skipping", "tabulated")


@dataclass
class Account:
    """All that a network did on some texts.

    Attributes:
        layers: operations of the network: all of a dense DNN's, those that spikes cause in a spiking one.
        zero_skipping: of a DNN, the same on hardware that skips products whose activation is zero; None where
            there is nothing to skip.
        tabulated: the same where all that a word causes in the first layer is read from a table; None where a
            word does not always cause the same.
        padding: operations on padding, by operation; they stand in no other list and have no price.
        spikes: by population `[T]`, spikes sent.
    """

    layers: list[Count]
    zero_skipping: list[Count] | None = None
    tabulated: list[Count] | None = None
    padding: dict[str, float] = field(default_factory=dict)
    spikes: dict[str, np.ndarray] = field(default_factory=dict)

    def __add__(self, other: Self) -> "Account":
        """Of the texts of both, with the same network."""
        return Account(
            _sum(self.layers, other.layers),
            _sum_or_none(self.zero_skipping, other.zero_skipping),
            _sum_or_none(self.tabulated, other.tabulated),
            {name: done + other.padding[name] for name, done in self.padding.items()},
            {name: sent + other.spikes[name] for name, sent in self.spikes.items()},
        )

    @classmethod
    def of_runs(cls, runs: Sequence["Account"]) -> "Account":
        """Of the same texts in runs of more and more steps: the first t steps are those of the run of t."""
        *_, longest = runs
        lists = {
            name: counts
            and [
                replace(count, per_step=_growth([getattr(run, name)[place].per_step for run in runs]))
                for place, count in enumerate(counts)
            ]
            for name, counts in ((name, getattr(longest, name)) for name in LISTS)
        }
        spikes = {name: _growth([run.spikes[name] for run in runs]) for name in longest.spikes}
        return cls(**lists, padding=longest.padding, spikes=spikes)

    def accountings(self) -> dict[str, list[Count]]:
        """The operations by the name of the hardware's habit."""
        every = {
            "event-driven" if self.spikes else "dense": self.layers,
            "zero-skipping": self.zero_skipping,
            "tabulated": self.tabulated,
        }
        return {name: counts for name, counts in every.items() if counts is not None}

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values; `Account.of` reads them back."""
        lists = {name: getattr(self, name) for name in LISTS}
        return {
            **{name: counts and [count.as_json() for count in counts] for name, counts in lists.items()},
            "padding": self.padding,
            "spikes": {name: sent.tolist() for name, sent in self.spikes.items()},
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Account":
        """From the values of `as_json`; other keys are not looked at."""
        lists = {name: values[name] and [Count.of(count) for count in values[name]] for name in LISTS}
        spikes = {name: np.array(sent) for name, sent in values["spikes"].items()}
        return cls(**lists, padding=dict(values["padding"]), spikes=spikes)


def _growth(runs: Sequence[np.ndarray]) -> np.ndarray:
    """What each run has done more than the one before stands at its last step, `[T]` of the longest."""
    if len(runs) == 1:
        return runs[0]
    per_step = np.zeros(len(runs[-1]))
    totals = [float(run.sum()) for run in runs]
    per_step[[len(run) - 1 for run in runs]] = np.diff(totals, prepend=0.0)
    return per_step


def _sum_or_none(some: list[Count] | None, others: list[Count] | None) -> list[Count] | None:
    return None if some is None or others is None else _sum(some, others)


def _sum(some: list[Count], others: list[Count]) -> list[Count]:
    return [a + b for a, b in zip(some, others, strict=True)]
