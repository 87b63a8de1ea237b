"""The account of a network: all operations that it did on some texts."""

from collections.abc import Mapping
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
    """

    layer: str
    operation: str
    per_step: np.ndarray
    possible: float
    bits: int | None = None
    words: int | None = None

    def __add__(self, other: Self) -> "Count":
        return replace(self, per_step=self.per_step + other.per_step, possible=self.possible + other.possible)

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values; `Count.of` reads them back."""
        return {**vars(self), "per_step": self.per_step.tolist()}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Count":
        """From the values of `as_json`."""
        return cls(**{**values, "per_step": np.array(values["per_step"])})


@dataclass
class Account:
    """All that a network did on some texts.

    Attributes:
        layers: operations of the network: all of a dense DNN's, those that spikes cause in a spiking one.
        zero_skipping: of a DNN, the same on hardware that skips products whose activation is zero.
        padding: operations on padding, by operation; they stand in no other list and have no price.
        spikes: by population `[T]`, spikes sent.
    """

    layers: list[Count]
    zero_skipping: list[Count] | None = None
    padding: dict[str, float] = field(default_factory=dict)
    spikes: dict[str, np.ndarray] = field(default_factory=dict)

    def __add__(self, other: Self) -> "Account":
        """Of the texts of both, with the same network."""
        skipping = None
        if self.zero_skipping is not None and other.zero_skipping is not None:
            skipping = _sum(self.zero_skipping, other.zero_skipping)
        return Account(
            _sum(self.layers, other.layers),
            skipping,
            {name: done + other.padding[name] for name, done in self.padding.items()},
            {name: sent + other.spikes[name] for name, sent in self.spikes.items()},
        )

    def accountings(self) -> dict[str, list[Count]]:
        """The operations by the name of the hardware's habit."""
        if self.zero_skipping is None:
            return {"event-driven": self.layers}
        return {"dense": self.layers, "zero-skipping": self.zero_skipping}

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values; `Account.of` reads them back."""
        skipping = self.zero_skipping
        return {
            "layers": [count.as_json() for count in self.layers],
            "zero_skipping": None if skipping is None else [count.as_json() for count in skipping],
            "padding": self.padding,
            "spikes": {name: sent.tolist() for name, sent in self.spikes.items()},
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Account":
        """From the values of `as_json`; other keys are not looked at."""
        skipping = values["zero_skipping"]
        return cls(
            [Count.of(count) for count in values["layers"]],
            None if skipping is None else [Count.of(count) for count in skipping],
            dict(values["padding"]),
            {name: np.array(sent) for name, sent in values["spikes"].items()},
        )


def _sum(some: list[Count], others: list[Count]) -> list[Count]:
    return [a + b for a, b in zip(some, others, strict=True)]
