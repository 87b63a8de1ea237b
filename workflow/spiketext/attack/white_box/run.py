"""Running a white-box attack over a sample: one row a text, seeded one by one, resumable."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spiketext.attack import metrics
from spiketext.attack.sample import Example
from spiketext.attack.seeds import number_of
from spiketext.attack.store import RowStore
from spiketext.attack.white_box.base import Row, Vocabulary, attack_class
from spiketext.attack.white_box.target import Target
from spiketext.errors import SpikeTextError
from spiketext.progress import Progress
from spiketext.tables import write_table

log = logging.getLogger("spiketext")
MODE = "fixed"  # of a stochastic victim: its draws are those of a word, the seed and the first draw


def attack_sample(
    kind: str, target: Target, vocabulary: Vocabulary, examples: Sequence[Example], seed: int, store: RowStore
) -> dict[str, Any]:
    """Attack all examples that `store` does not hold yet; its rows are the result.

    A text of no words cannot be changed: it stands if its class is right.

    Args:
        kind: of attack, `hotflip` or `pgd`.
        target: the network.
        vocabulary: of the data set.
        examples: the sample.
        seed: of the run.
        store: finished rows.

    Returns:
        What the attack makes of its rows, by text whether it stands, and the mode of the victim.

    Raises:
        SpikeTextError: it finds nothing to change in any text.
    """
    attack = attack_class(kind)(target, vocabulary)
    done = len(store.rows)
    if done:
        log.info("going on after %d of %d texts", done, len(examples))
    progress = Progress(f"{kind}: texts attacked", len(examples), done)
    for example in examples[done:]:
        tokens = list(example.tokens[: target.predictor.max_length])
        before = int(target.predictor.scores([tokens])[0].argmax())
        row: Row = {
            "id": example.id, "original": " ".join(tokens), "perturbed": " ".join(tokens),
            "label": example.label, "before": before, "after": before, "queries": 1, "words": len(tokens),
            "changed": 0, "candidates": 0, "epsilon": None, "mode": MODE, "member": None, "fell": {},
            "result": metrics.SKIPPED if before != example.label else metrics.FAILED,
        }  # fmt: skip
        if before == example.label and tokens:
            row |= attack.row(example, tokens, before, number_of(f"{seed} {kind} {example.id}"))
            row["result"] = metrics.SUCCESSFUL if row["fell"] else metrics.FAILED
        store.append(row)
        progress.advance()
    attacked = [row for row in store.rows if row["result"] != metrics.SKIPPED]
    if attacked and not any(row["candidates"] for row in attacked):
        raise SpikeTextError(
            f"{kind} found no word to swap in any of {len(attacked)} texts, which would look like perfect "
            "robustness: the word vectors have no neighbours"
        )
    stands = {str(row["id"]): attack.stands(row) for row in store.rows}
    return {**attack.summarise(store.rows), "stands": stands, "mode": MODE}


def write_rows(path: str | Path, kind: str, rows: Sequence[Row], members: Iterable[str]) -> None:
    """Write one row a text, with a column for each member: what it needed, missing where it failed.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    table = pd.DataFrame(rows, columns=list(attack_class(kind).columns))
    for name in members:
        table[name] = pd.Series([row["fell"].get(name) for row in rows], dtype="float64")
    write_table(path, table)
