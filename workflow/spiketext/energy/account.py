"""From operation counts to an energy estimate. An estimate, not a measurement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from spiketext.config import CostTable

STATEMENT = "estimate, not a measurement"


@dataclass
class Count:
    """Operations of one layer, summed over sentences.

    Attributes:
        layer: whose synapses or adders work: `convolution`, `pooling`, `readout` or `bias`.
        operation: `MAC` (multiply-accumulate) or `AC` (accumulate).
        per_step: `[T]`; what is done once a sentence stands at the first step.
        possible: operations a step if every presynaptic neuron fired; their ratio is the firing rate.
    """

    layer: str
    operation: str
    per_step: np.ndarray
    possible: float

    def __add__(self, other: Self) -> "Count":
        return Count(
            self.layer, self.operation, self.per_step + other.per_step, self.possible + other.possible
        )

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values; `Count.of` reads them back."""
        return {**vars(self), "per_step": self.per_step.tolist()}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Count":
        """From the values of `as_json`."""
        return cls(**{**values, "per_step": np.array(values["per_step"])})


def sum_counts(total: list[Count], new: list[Count]) -> list[Count]:
    """Layer by layer; an empty list is zero."""
    return [a + b for a, b in zip(total, new, strict=True)] if total else new


def picojoules(table: CostTable) -> dict[str, float]:
    """Cost of each operation, pJ."""
    return {"MAC": table.mac_pj, "AC": table.ac_pj}


def energy_uj(counts: Iterable[Count], steps: int, sentences: int, table: CostTable) -> float:
    """Energy of one sentence over the first `steps` steps, µJ."""
    cost = picojoules(table)
    total = sum(cost[count.operation] * float(count.per_step[:steps].sum()) for count in counts)
    return total / sentences * 1e-6


def terms(counts: Iterable[Count], steps: int, sentences: int, table: CostTable) -> list[dict[str, Any]]:
    """The addends of `energy_uj`: operations and energy a sentence, and the presynaptic firing rate."""
    cost = picojoules(table)
    rows = []
    for count in counts:
        done = float(np.sum(count.per_step[:steps]))
        rows.append(
            {
                "layer": count.layer,
                "operation": count.operation,
                "per_sentence": done / sentences,
                "energy_uj": cost[count.operation] * done / sentences * 1e-6,
                "rate": done / (count.possible * min(steps, len(count.per_step))),
            }
        )
    return rows
