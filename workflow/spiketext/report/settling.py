"""When spiking networks come to rest: from which step on the class stays the same, and the last spike."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spiketext.report.document import Table
from spiketext.report.study import Study

SHARES = {"half of the texts": 0.5, "95 %": 0.95, "all": 1.0}


def settling_table(studies: Sequence[Study]) -> Table:
    """A row for each spiking stage of several steps that can be read out early; all texts and seeds together.

    Args:
        studies: of one data set, or of several.
    """
    rows = []
    for series in (one for one in studies[0].series() if one.spiking):
        found = pd.concat([study.of("settling", series) for study in studies])
        steps = 0 if found.empty else int(found["step"].max())
        if steps > 1:
            counts = found.groupby("step")[["decided", "spiked"]].sum()
            by = [str(step_of(counts[one], share)) for one in counts for share in SHARES.values()]
            rows.append([series.label, str(steps), *by])
    columns = ["classifier", "T"]
    columns += [
        f"{what}: {share}" for what in ("class settled by step", "last spike by step") for share in SHARES
    ]
    notes = [
        "The class has settled at a step if the one with the largest score is the same from there to T. "
        "Spikes of the input are not looked at; a neuron whose last spike came at T may have had more to "
        "send."
    ]
    where = studies[0].title if len(studies) == 1 else f"{len(studies)} data sets together"
    return Table(f"Steps to settle on {where}", columns, rows, 1, notes)


def step_of(texts: pd.Series, share: float) -> int:
    """The first step by which so large a share of the texts is counted; `texts` by step."""
    reached = texts.cumsum().to_numpy() >= share * texts.sum()
    return int(texts.index.to_numpy()[reached.argmax()])
