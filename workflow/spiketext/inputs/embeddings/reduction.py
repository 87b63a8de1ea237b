"""Principal components that are the same on every machine."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from threadpoolctl import ThreadpoolController

from spiketext.errors import SpikeTextError

# Rows projected at once, to bound the memory of double precision.
PORTION = 8192


@dataclass(frozen=True)
class Reduction:
    """A fitted projection: (x - mean) @ components.T.

    Attributes:
        mean: float32 [D].
        components: float32 [K, D], rows of length one, by falling variance.
    """

    mean: np.ndarray
    components: np.ndarray

    @property
    def width(self) -> int:
        """K, the number of components kept."""
        return len(self.components)

    def apply(self, vectors: np.ndarray, covered: np.ndarray) -> np.ndarray:
        """Project rows of `vectors` [n, D] to float32 [n, K]; rows that are not covered become zero.

        Sums are taken in double precision, by one thread: a word has the same vector whatever words
        are projected with it, on however many cores.
        """
        projected = np.empty((len(vectors), self.width), dtype=np.float32)
        mean, axes = self._projection
        with _threads().limit(limits=1):
            for begin in range(0, len(vectors), PORTION):
                rows = slice(begin, begin + PORTION)
                projected[rows] = (vectors[rows] - mean) @ axes
        projected[~covered] = 0.0
        return projected

    @cached_property
    def _projection(self) -> tuple[np.ndarray, np.ndarray]:
        return self.mean.astype(np.float64), self.components.T.astype(np.float64)


@cache
def _threads() -> ThreadpoolController:
    """The libraries with threads of their own, NumPy's among them; looking for them takes 15 ms."""
    return ThreadpoolController()


def fit(vectors: np.ndarray, keep: int, setting: str = "reduce_to") -> Reduction:
    """Fit `keep` principal components to the rows of `vectors` [n, D].

    The sign of a component is free; here its largest entry, the first of equals, is positive. Sums are
    taken by one thread, as the order in which threads add would change the last digits.

    Args:
        vectors: the rows.
        keep: how many.
        setting: what asks for them, for the message.

    Raises:
        SpikeTextError: `keep` exceeds the width or the number of rows.
    """
    n, width = vectors.shape
    if keep > min(n, width):
        raise SpikeTextError(
            f"{n} vectors of width {width} have no {keep} principal components: lower `{setting}`"
        )
    with _threads().limit(limits=1):
        mean = vectors.mean(axis=0, dtype=np.float64)
        centred = vectors - mean
        _, axes = np.linalg.eigh(centred.T @ centred)
    components = axes[:, ::-1][:, :keep].T
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(keep), largest])[:, None]
    return Reduction(mean.astype(np.float32), components.astype(np.float32))
