"""The distinct elements of sequences: rows of a table, as the words of texts are."""

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np

from spiketext.errors import SpikeTextError

BLOCK = 2**20  # values worked on at once
MOST_ELEMENTS = 10_000_000
NAMED = 4  # an element of more values is called by a digest of them


class Elements:
    """The table of distinct elements, and their numbers.

    Attributes:
        vectors: float32 `[V, D]`; row 0, the padding, is zero, the others are in a fixed order: for D = 1 by
            size, else by their bytes.
    """

    def __init__(self, values: Iterable[np.ndarray], scale: float) -> None:
        """Gather the distinct rows of arrays `[n, D]`, each divided by `scale`.

        Raises:
            SpikeTextError: a value is not finite as float32, or there are more than `MOST_ELEMENTS` rows.
        """
        self._scale = scale
        width, keys = 0, np.empty(0, np.float32)
        pending: list[np.ndarray] = []
        for array in values:
            if width and array.shape[1] != width:
                raise SpikeTextError(
                    f"sequences of {width} and of {array.shape[1]} values an element cannot be one data set"
                )
            width = array.shape[1]
            for rows in self._blocks(array):
                pending.append(np.unique(_keys(rows)))
                # Seldom enough, however many distinct elements there are.
                if sum(map(len, pending)) > max(BLOCK, len(keys)):
                    keys, pending = _merged(keys, pending), []
        keys = _merged(keys, pending)
        self._known = keys
        table = keys.view(np.float32).reshape(-1, width)
        self.vectors = np.concatenate([np.zeros_like(table, shape=(1, width)), table])

    def numbers(self, values: np.ndarray) -> np.ndarray:
        """Rows of the table, int32 `[n]`, of elements `[n, D]` that it was made of."""
        numbers = np.empty(len(values), np.int32)
        begin = 0
        for rows in self._blocks(values):
            numbers[begin : begin + len(rows)] = np.searchsorted(self._known, _keys(rows)) + 1
            begin += len(rows)
        return numbers

    def _blocks(self, values: np.ndarray) -> Iterator[np.ndarray]:
        """Float32 rows `[n, D]`, some at a time, scaled; −0 is 0."""
        step = max(1, BLOCK // values.shape[1])
        for begin in range(0, len(values), step):
            with np.errstate(over="ignore"):  # what is too large for float32 is not finite then
                rows = (values[begin : begin + step].astype(np.float64) / self._scale).astype(np.float32)
            if not np.isfinite(rows).all():
                place = begin + int((~np.isfinite(rows).all(axis=1)).argmax())
                raise SpikeTextError(
                    f"element {place + 1:,} of all sequences, one after the other, holds a value that is no "
                    "finite float32 number; leave out or mend that sequence"
                )
            yield rows + np.float32(0)


def names(vectors: np.ndarray) -> list[str]:
    """What the elements are called, the padding "": by their values, or by a digest of many values."""
    if vectors.shape[1] > NAMED:
        return ["", *(hashlib.blake2b(row.tobytes(), digest_size=8).hexdigest() for row in vectors[1:])]
    return ["", *(" ".join(map(str, row)) for row in vectors[1:])]


def _merged(keys: np.ndarray, pending: list[np.ndarray]) -> np.ndarray:
    """The distinct keys of all."""
    found = np.unique(np.concatenate([keys, *pending] if keys.size else pending))
    if len(found) > MOST_ELEMENTS:
        raise SpikeTextError(
            f"the sequences hold more than {MOST_ELEMENTS:,} distinct elements; round their values, or take "
            "fewer sequences"
        )
    return found


def _keys(rows: np.ndarray) -> np.ndarray:
    """One value for each row `[n, D]`, by which rows can be sorted and compared."""
    if rows.shape[1] == 1:
        return rows[:, 0]
    # Bytes of rows, which must be in one piece: arrays may hold their columns first.
    return np.ascontiguousarray(rows).view(f"V{4 * rows.shape[1]}")[:, 0]
