"""Which test sentences are attacked: drawn by the seed, the same for every method."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spiketext.tables import open_table
from spiketext.text.splits import load_split
from spiketext.text.strata import apportion, draw

COLUMNS = ["id", "label", "text", "tokens"]
DRAW = 0x5A  # keeps this draw apart from others that use the same seed


@dataclass(frozen=True)
class Example:
    """One sentence to attack.

    Attributes:
        id: its number in the raw data.
        label: its class.
        text: as it stands in the raw data.
        tokens: its words as in training.
    """

    id: int
    label: int
    text: str
    tokens: tuple[str, ...]


def draw_rows(labels: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Indices into `labels` of a stratified sample, sorted.

    Each class gets its share, rounded by largest remainders.

    Args:
        labels: `[n]`, classes of all test sentences.
        size: sentences wanted; all are taken if there are fewer.
        seed: of the run.
    """
    generator = np.random.default_rng([seed, DRAW])
    classes, counts = np.unique(labels, return_counts=True)
    total = min(size, len(labels))
    members = [np.flatnonzero(labels == value) for value in classes]
    return draw(members, apportion(total * counts / max(1, len(labels)), total), generator)


def read_sample(corpus: str | Path, split: str | Path, size: int, seed: int) -> list[Example]:
    """A sample of the test set, read without holding the corpus in memory.

    Args:
        corpus: `corpus.parquet` of the text stage.
        split: the run's rows of the corpus by set, of which only those of `test` are drawn.
        size: sentences wanted.
        seed: of the run.

    Raises:
        SpikeTextError: a file is damaged, or the corpus shorter than the split says.
    """
    file = open_table(corpus, COLUMNS)
    labels = file.read(columns=["label"])["label"].to_numpy()
    rows = load_split(split, len(labels))["test"]
    rows = rows[draw_rows(labels[rows], size, seed)]
    examples, first = [], 0
    for batch in file.iter_batches(columns=COLUMNS):
        inside = rows[(rows >= first) & (rows < first + len(batch))] - first
        first += len(batch)
        for row in batch.take(inside).to_pylist():
            examples.append(Example(row["id"], row["label"], row["text"], tuple(row["tokens"])))
    return examples
