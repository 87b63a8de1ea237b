"""Whether texts that attacks found on one network fool another one: the table, and the frame of it."""

from __future__ import annotations

import pandas as pd

from spiketext.config.stages import STAGES
from spiketext.report.attacks.attacked import stand_ins
from spiketext.report.document import Table
from spiketext.report.estimates import mean_over_seeds, proportion
from spiketext.report.names import recipe_title
from spiketext.report.study import Study

TRANSFER = (
    "dataset", "method", "stage", "seed", "source_method", "source_stage", "mode", "recipe", "target_mode",
    "found", "n", "transfer_rate", "low", "high", "unchanged_rate",
)  # fmt: skip


def transfer_frame(study: Study) -> pd.DataFrame:
    """One row for each recipe, source and mode in which it was attacked, and target, a row's own stage.

    A stochastic target has two: with frozen spikes (`target_mode` `fixed`), and drawing anew (`redrawn`).

    `transfer_rate`, with its Wilson interval, and `unchanged_rate` are of `n` texts; missing where it is 0.
    """
    return study.transfers[list(TRANSFER)]


def transfer_table(study: Study) -> list[Table]:
    """How many texts that an attack found on one network fool another one; no table if none was replayed."""
    titles: dict[tuple[object, ...], str]
    titles = {(one.method, one.stage): one.label for one in study.series()}
    keys = ["recipe", "source_method", "source_stage", "mode", "method", "stage", "target_mode"]
    rows = []
    for (recipe, *source, mode, method, stage, again), found in study.transfers.groupby(keys, sort=False):
        known = found[found["n"] > 0]
        fooled = proportion(list(known["transfer_rate"]), list(known["n"])).text() if len(known) else "–"
        before = mean_over_seeds(list(known["unchanged_rate"])).share.text() if len(known) else "–"
        texts = [f"{int(found[name].sum())}" for name in ("found", "n")]
        names = [recipe_title(str(recipe)), titles[tuple(source)], str(mode), titles[(method, stage)]]
        spikes = str(again) if STAGES[str(stage)].spiking else "–"
        rows.append([*names, spikes, *texts, fooled, before])
    if not rows:
        return []
    columns = [
        "attack", "found on", "mode", "replayed on", "spikes", "texts found", "right before",
        "fooled, %", "wrong unchanged, %",
    ]  # fmt: skip
    notes = [
        "Changed texts that made one network err, given to the other one. Fooled: share of those that the "
        "other had right before the change and has wrong after it, with its 95 % interval. A stochastic "
        "network is asked twice: with its frozen spikes (fixed), and drawing anew (redrawn), where it must "
        "have them right in most of 20 draws that no search has seen, and the share is a mean over these. "
        "Wrong unchanged: the share that the target has wrong without any change; 0 where nothing is drawn.",
        "Texts are summed over seeds, shares are means over them.",
        *stand_ins(study.attacks),
    ]
    return [Table(f"Transfer of attacks on {study.title}", columns, rows, 5, notes)]
