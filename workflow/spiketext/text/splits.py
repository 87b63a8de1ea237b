"""Stratified train, dev and test sets by seed or by content; standard splits stay as they are."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spiketext.arrays import Arrays, Layout, read_arrays
from spiketext.errors import SpikeTextError
from spiketext.seal import unusable
from spiketext.text.duplicates import SPLITS, hash_of
from spiketext.text.strata import apportion, draw, least

SETS = ("train", "dev", "test")
TRAIN, DEV, TEST = map(SPLITS.index, SETS)


def split_rows(
    labels: np.ndarray,
    standard: np.ndarray,
    classes: Sequence[str],
    *,
    test_fraction: float,
    dev_fraction: float,
    seed: int,
    contents: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Divide the rows of a data set into "train", "dev" and "test".

    A standard dev or test set is kept; one that is missing is drawn from the other rows, its size the
    fraction rounded to the nearest row, shared out among the classes by the largest remainder. The dev
    fraction is of what is not test.

    Args:
        labels: int [n], 0 … classes-1.
        standard: int8 [n], the place of each row's standard split in `SPLITS`, 0 if it has none.
        seed: the same seed draws the same rows, whatever the fractions of the other set.
        contents: uint64 [n], of `content_hashes`. A missing test set then are the rows of each class with the
            least hashes, whatever the seed and the order of the rows; a larger fraction adds to them.

    Returns:
        Three sorted int64 arrays that are disjoint and together hold every row.

    Raises:
        SpikeTextError: a class has too few rows to stand in all three sets.
    """
    labels, standard = np.asarray(labels, dtype=np.int64), np.asarray(standard)
    pool = np.flatnonzero((standard != DEV) & (standard != TEST))
    kept = {"dev": np.flatnonzero(standard == DEV), "test": np.flatnonzero(standard == TEST)}
    drawn = sum(len(rows) == 0 for rows in kept.values())
    for code, name in enumerate(classes):
        available = int((labels[pool] == code).sum())
        if available < drawn + 1:
            raise SpikeTextError(
                f"class {name!r} has {available} example{'s' * (available != 1)} to divide into {drawn + 1} "
                "sets; every set needs one: add some, or leave the class out of the files and of the study"
            )
    fractions = {"test": test_fraction, "dev": dev_fraction}
    for spare, (name, fraction) in zip((drawn, 1), fractions.items(), strict=True):
        if len(kept[name]) == 0:
            generator = np.random.default_rng([seed, SPLITS.index(name)])
            members = [pool[labels[pool] == code] for code in range(len(classes))]
            counts = class_counts(np.array([len(rows) for rows in members]), fraction, spare)
            if name == "test" and contents is not None:
                kept[name] = least(members, counts, contents)
            else:
                kept[name] = draw(members, counts, generator)
            pool = np.setdiff1d(pool, kept[name], assume_unique=True)
    return {"train": pool, "dev": kept["dev"], "test": kept["test"]}


def content_hashes(ids: np.ndarray, offsets: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Hashes of rows by the tokens that they are made of, uint64 [n]; other rows have no part in them.

    Args:
        ids: int32 [tokens], places in `words`, row after row.
        offsets: int64 [n + 1], where each row begins.
        words: what the places are called.
    """
    texts = ([words[i] for i in row] for row in np.split(ids, offsets[1:-1]))
    return np.array([hash_of(tokens) for tokens in texts], dtype=np.uint64)


def class_counts(sizes: np.ndarray, fraction: float, spare: int) -> np.ndarray:
    """How many rows to draw from each class: its share, at least one, so that it keeps `spare`.

    Args:
        sizes: int [classes], each at least `spare + 1`.
        fraction: of all rows.
        spare: rows that every class keeps.
    """
    total = math.floor(float(sizes.sum()) * fraction + 0.5)
    return np.clip(apportion(sizes * fraction, total), 1, sizes - spare)


def load_split(path: str | Path, size: int) -> Arrays:
    """Rows of the sets `train`, `dev` and `test` of a corpus of `size` rows.

    Raises:
        SpikeTextError: the file is missing, damaged or belongs to another corpus.
    """
    rows = read_arrays(path, {name: Layout("int64", (name,), low=0, high=size - 1) for name in SETS})
    every = np.concatenate([rows[name] for name in SETS])
    if len(np.unique(every)) != len(every) or any((np.diff(rows[name]) < 0).any() for name in SETS):
        raise unusable(path, "does not fit (a row stands in it twice, or out of order)")
    if not all(len(rows[name]) for name in SETS):
        raise unusable(path, "does not fit (a set is empty)")
    return rows
