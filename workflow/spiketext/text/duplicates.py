"""Which rows of a data set to keep, decided on hashes of what a network reads of them: their tokens.

A row takes 20 bytes while the files are read and about 70 while the decision is made, whatever
the length of its text.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# Code of a file's standard split, in tokens.safetensors too.
SPLITS = ("", "train", "dev", "test")
# How much the rows of each are protected. A published test set loses nothing to other splits, and none of it
# is trained on: where a text stands in several splits, the other ones give their copies up, whatever their
# labels. Rows without a split and the train set are one pool.
_PROTECTION = np.array([0, 0, 1, 2], dtype=np.int8)

KEPT, EMPTY, DUPLICATE, OVERLAPPING, RELABELLED, CONFLICTING = range(6)


class Hashes(NamedTuple):
    """Hashes of texts, of 64 bits: two of a million different ones collide once in forty million data sets.

    Attributes:
        whole: uint64 [n], of all tokens.
        cut: uint64 [n], of as many tokens as a network reads.
        empty: bool [n], whether there is no token at all.
    """

    whole: np.ndarray
    cut: np.ndarray
    empty: np.ndarray


def hashes(texts: Sequence[Sequence[str]], max_length: int) -> Hashes:
    """Hashes of texts given as tokens; no token holds white space."""
    whole = [hash_of(tokens) for tokens in texts]
    cut = [
        hash_of(tokens[:max_length]) if len(tokens) > max_length else known
        for tokens, known in zip(texts, whole, strict=True)
    ]
    return Hashes(
        np.array(whole, dtype=np.uint64),
        np.array(cut, dtype=np.uint64),
        np.array([not tokens for tokens in texts], dtype=bool),
    )


def hash_of(tokens: Sequence[str]) -> int:
    """The hash of a text's tokens, 64 bits."""
    joined = "\n".join(tokens).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")


@dataclass(frozen=True)
class Verdict:
    """What becomes of each row.

    Attributes:
        status: uint8 [n], `KEPT`; `EMPTY`; `DUPLICATE` of a kept row of the same split; `OVERLAPPING`, a
            duplicate of a kept row of a more protected split; `RELABELLED`, the same with another label than
            that row; `CONFLICTING`, a text with several labels in its most protected split.
        labels: [n], -1 for rows that were empty in the file.
        splits: int8 [n], place of the standard split in `SPLITS`.
        equal_when_cut: bool [n], kept rows that are equal to another kept one as far as a network reads.
    """

    status: np.ndarray
    labels: np.ndarray
    splits: np.ndarray
    equal_when_cut: np.ndarray


class Fingerprints:
    """Hashes, label and split of each row, in order."""

    def __init__(self) -> None:
        self._parts: list[tuple[np.ndarray, ...]] = []

    def add(self, found: Hashes, labels: np.ndarray, splits: np.ndarray) -> None:
        """Note some rows: labels, -1 where there is no text, and int8 splits, places in `SPLITS`."""
        self._parts.append((*found, labels, splits))

    def decide(self) -> Verdict:
        """Keep one copy of each text, in its most protected split.

        None is kept of a text that has several labels there.
        """
        if not self._parts:
            self.add(hashes([], 0), np.zeros(0, dtype=np.int16), np.zeros(0, dtype=np.int8))
        whole, cut, empty, labels, splits = map(np.concatenate, zip(*self._parts, strict=True))
        self._parts.clear()
        status = _status(whole, empty, labels, splits)
        return Verdict(status, labels, splits, _repeated(cut, status == KEPT))


def _status(whole: np.ndarray, empty: np.ndarray, labels: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """`Verdict.status`."""
    status = np.full(len(whole), DUPLICATE, dtype=np.uint8)
    status[empty] = EMPTY
    rows = np.flatnonzero(~empty)
    if not len(rows):
        return status
    # By text, then by protection, the most first; equal ones remain in their order.
    protection = _PROTECTION[splits]
    rows = rows[np.lexsort((-protection[rows], whole[rows]))]
    starts = np.flatnonzero(np.diff(whole[rows], prepend=whole[rows[0]] + np.uint64(1)) != 0)
    sizes = np.diff(starts, append=len(rows))
    first = np.repeat(rows[starts], sizes)  # of each row: the one that is kept of its text
    overlapping = protection[rows] < protection[first]
    relabelled = labels[rows] != labels[first]
    conflict = np.logical_or.reduceat(relabelled & ~overlapping, starts)
    status[rows[overlapping]] = OVERLAPPING
    status[rows[overlapping & relabelled]] = RELABELLED
    status[rows[starts]] = KEPT
    status[rows[np.repeat(conflict, sizes)]] = CONFLICTING
    return status


def _repeated(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Which of the rows `among` have the value of another one of them; both `[n]`."""
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(values[rows])]
    same = np.diff(values[rows]) == 0
    found = np.zeros(len(among), dtype=bool)
    found[rows[1:][same]] = found[rows[:-1][same]] = True
    return found
