"""Which rows of a data set to keep, decided on hashes of their texts alone.

A row takes 11 bytes while the files are read and about 60 while the decision is made, whatever
the length of its text.
"""

import hashlib
from array import array
from dataclasses import dataclass

import numpy as np

from spiketext.text.readers import Row

# Code of a file's standard split, in tokens.safetensors too.
SPLITS = ("", "train", "dev", "test")
# How much the rows of each are protected. A published test set loses nothing to other splits, and none of it
# is trained on: where a text stands in several splits, the other ones give their copies up, whatever their
# labels. Rows without a split and the train set are one pool.
_PROTECTION = np.array([0, 0, 1, 2], dtype=np.int8)

KEPT, EMPTY, DUPLICATE, OVERLAPPING, RELABELLED, CONFLICTING = range(6)


@dataclass(frozen=True)
class Verdict:
    """What becomes of each row.

    Attributes:
        status: uint8 [n], `KEPT`; `EMPTY`; `DUPLICATE` of a kept row of the same split; `OVERLAPPING`, a
            duplicate of a kept row of a more protected split; `RELABELLED`, the same with another label than
            that row; `CONFLICTING`, a text with several labels in its most protected split.
        labels: int16 [n], -1 for empty rows.
        splits: int8 [n], place of the standard split in `SPLITS`.
    """

    status: np.ndarray
    labels: np.ndarray
    splits: np.ndarray


class Fingerprints:
    """Hash, label and split of each row, in order."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._labels = array("h")
        self._splits = array("b")

    def add(self, row: Row, split: str | None) -> None:
        """Note one row.

        The hash has 64 bits: two of a million different texts collide once in forty million data sets.
        """
        digest = hashlib.blake2b(row.text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self._hashes.append(int.from_bytes(digest, "little"))
        self._labels.append(-1 if row.label is None else row.label)
        self._splits.append(SPLITS.index(split or ""))

    def decide(self) -> Verdict:
        """Keep one copy of each text, in its most protected split.

        None is kept of a text that has several labels there.
        """
        hashes = np.frombuffer(self._hashes, dtype=np.uint64)
        labels = np.frombuffer(self._labels, dtype=np.int16)
        splits = np.frombuffer(self._splits, dtype=np.int8)
        status = np.full(len(hashes), DUPLICATE, dtype=np.uint8)
        empty = labels < 0
        status[empty] = EMPTY
        rows = np.flatnonzero(~empty)
        if len(rows):
            # By text, then by protection, the most first; equal ones remain in their order.
            protection = _PROTECTION[splits]
            rows = rows[np.lexsort((-protection[rows], hashes[rows]))]
            starts = np.flatnonzero(np.diff(hashes[rows], prepend=hashes[rows[0]] + np.uint64(1)) != 0)
            sizes = np.diff(starts, append=len(rows))
            first = np.repeat(rows[starts], sizes)  # of each row: the one that is kept of its text
            overlapping = protection[rows] < protection[first]
            relabelled = labels[rows] != labels[first]
            conflict = np.logical_or.reduceat(relabelled & ~overlapping, starts)
            status[rows[overlapping]] = OVERLAPPING
            status[rows[overlapping & relabelled]] = RELABELLED
            status[rows[starts]] = KEPT
            status[rows[np.repeat(conflict, sizes)]] = CONFLICTING
        return Verdict(status, labels, splits)
