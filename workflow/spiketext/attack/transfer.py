"""Transfer: whether texts that an attack found on one network fool another one too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from spiketext.attack.metrics import SUCCESSFUL, wilson
from spiketext.attack.modes import Scorer, shares


def transferred(
    rows: pd.DataFrame, target: Sequence[Scorer], tokenise: Callable[[str], list[str]]
) -> dict[str, int | float | list[float] | None]:
    """Replay what an attack found on another network.

    Only texts count on which the search succeeded and which the target classifies rightly before, in most
    of its draws if it has several.

    Args:
        rows: of the attack's log: `original`, `perturbed`, `label`, `result`.
        target: the other network, a classifier for each draw (`modes.networks`).
        tokenise: as in training.

    Returns:
        `found`: texts on which the search succeeded; `n`: of these, those that the target has right;
        `transfer_rate`: share of these that the target has wrong once they are changed, a mean over its
        draws, with its 95 % Wilson interval; `unchanged_rate`: the share that it has wrong unchanged, which
        is 0 where nothing is drawn. The last three are None if there are no such texts.
    """
    fallen = rows[rows["result"] == SUCCESSFUL]
    labels = fallen["label"].to_numpy()

    def right(texts: pd.Series) -> np.ndarray:
        return np.array(shares(target, list(map(tokenise, texts)), labels))

    before, after = right(fallen["original"]), right(fallen["perturbed"])
    counted = before > 0.5
    n, fooled = int(counted.sum()), float((1 - after[counted]).sum())
    return {
        "found": len(fallen),
        "n": n,
        "transfer_rate": fooled / n if n else None,
        "transfer_interval": wilson(fooled, n),
        "unchanged_rate": float((1 - before[counted]).mean()) if n else None,
    }
