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
    """The addends of `energy_uj`, one for each layer and operation.

    Each has operations and energy a sentence, and the share of the possible operations that was done:
    for accumulates the presynaptic firing rate.
    """
    groups: dict[tuple[str, str], list[Count]] = {}
    for count in counts:
        groups.setdefault((count.layer, count.operation), []).append(count)
    rows = []
    for (layer, operation), group in groups.items():
        done = sum(_done(count, steps) for count in group)
        possible = sum(count.possible * min(steps, len(count.per_step)) for count in group)
        rows.append(
            {
                "layer": layer,
                "operation": operation,
                "per_sentence": done / sentences,
                "energy_uj": energy_uj(group, steps, sentences, table),
                "rate": done / possible if possible else 0.0,
            }
        )
    return rows


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
