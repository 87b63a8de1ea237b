"""From operation counts to an energy estimate. An estimate, not a measurement."""

from typing import Any

import numpy as np

from spiketext.config import CostTable
from spiketext.energy.counters import Count

STATEMENT = "estimate, not a measurement"


def picojoules(table: CostTable) -> dict[str, float]:
    """Cost of each operation, pJ."""
    return {"MAC": table.mac_pj, "AC": table.ac_pj}


def energy_uj(counts: list[Count], steps: int, sentences: int, table: CostTable) -> float:
    """Energy of one sentence over the first `steps` steps, µJ."""
    cost = picojoules(table)
    total = sum(cost[count.operation] * float(count.per_step[:steps].sum()) for count in counts)
    return total / sentences * 1e-6


def terms(counts: list[Count], steps: int, sentences: int, table: CostTable) -> list[dict[str, Any]]:
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
