"""From operations to an energy estimate. An estimate, not a measurement."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from spiketext.config.energy import CostTable
from spiketext.evaluation.account import Count

STATEMENT = "estimate, not a measurement"


def _access(table: CostTable, count: Count) -> float:
    if count.words is None:
        raise ValueError(f"memory traffic of the {count.layer} without the size of the memory")
    return table.access(count.words, count.bits)


# Cost of one operation, pJ. A value of a word vector is looked up by one access to the table of all vectors.
PRICES: dict[str, Callable[[CostTable, Count], float]] = {
    "MAC": lambda table, count: table.mac(count.bits),
    "AC": lambda table, count: table.ac_pj,
    "multiply": lambda table, count: table.multiply_pj,
    "compare": lambda table, count: table.compare_pj,
    "update": lambda table, count: table.update_pj,
    "draw": lambda table, count: table.draw_pj,
    "look-up": _access,
    "access": _access,
}


def energy_uj(counts: Iterable[Count], steps: int, sentences: int, table: CostTable) -> float:
    """Energy of one sentence over the first `steps` steps, µJ."""
    return sum(_picojoules(count, steps, sentences, table) for count in counts) / sentences * 1e-6


def terms(counts: Iterable[Count], steps: int, sentences: int, table: CostTable) -> list[dict[str, Any]]:
    """The addends of `energy_uj`, one for each layer, operation, and what it is for.

    That is a `role` of `networks.wiring`, or `memory`. Each has operations and energy a sentence; the
    presynaptic firing `rate` where spikes cause them, else None; and `by_value`, how many times as many as if
    each value of a word had caused them once, None where a network's input does not reach them.
    """
    groups: dict[tuple[str, str, str, bool], list[Count]] = {}
    for count in counts:
        role = "memory" if count.operation == "access" else count.role
        groups.setdefault((count.layer, count.operation, role, count.spikes), []).append(count)
    rows = []
    for (layer, operation, role, spikes), group in groups.items():
        done = sum(_done(count, steps) for count in group)
        possible = sum(count.possible * min(steps, len(count.per_step)) for count in group)
        by_value = sum(count.by_value for count in group)
        rows.append(
            {
                "layer": layer,
                "operation": operation,
                "role": role,
                "per_sentence": done / sentences,
                "energy_uj": energy_uj(group, steps, sentences, table),
                "rate": _ratio(done, possible) if spikes else None,
                "by_value": _ratio(done, by_value) if by_value else None,
            }
        )
    return rows


def _ratio(done: float, possible: float) -> float:
    return done / possible if possible else 0.0


def _done(count: Count, steps: int) -> float:
    return float(np.sum(count.per_step[:steps]))


def _picojoules(count: Count, steps: int, sentences: int, table: CostTable) -> float:
    price, done = PRICES[count.operation](table, count), _done(count, steps)
    if count.weights and count.words is not None and table.reuse != "none":
        read = min(done, float(count.words * sentences))  # no weight more often than once a text
        # A cache is the smallest memory: what is kept is written there once, and read by every operation.
        cached = table.access(1, count.bits) * (read + done) if table.reuse == "cached" else 0.0
        return price * read + cached
    return price * done
