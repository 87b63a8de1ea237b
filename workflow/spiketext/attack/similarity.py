"""How near in sense the texts that fell are to what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from statistics import fmean

import pandas as pd
from torch import Tensor

from spiketext.attack.metrics import BUDGETS, SUCCESSFUL

COLUMNS = ("original", "perturbed", "result", "words", "changed")  # of an attack's log


class Similarity:
    """Cosines of the vectors of texts and of what attacks made of them.

    All attacks on a data set and seed take the same texts, so that these are encoded once.
    """

    def __init__(self, encode: Callable[[list[str]], Tensor]) -> None:
        """`encode`: n texts → vectors `[n, d]` of length 1."""
        self.encode = encode
        self.known: dict[str, Tensor] = {}

    def by_budget(self, log: pd.DataFrame) -> Mapping[str, float | None]:
        """Mean cosine over the texts that fell within each of `BUDGETS`; None where none did.

        Args:
            log: a row a text, with `COLUMNS`.
        """
        fell = log[log["result"] == SUCCESSFUL]
        cosines = self._cosines(list(fell["original"]), list(fell["perturbed"]))
        found: dict[str, float | None] = {}
        for budget, most in BUDGETS.items():
            within = [
                changed <= most(words) for changed, words in zip(fell["changed"], fell["words"], strict=True)
            ]
            some = [cosine for cosine, counts in zip(cosines, within, strict=True) if counts]
            found[budget] = fmean(some) if some else None
        return found

    def _cosines(self, before: list[str], after: list[str]) -> list[float]:
        self.known |= self._encoded({text for text in before if text not in self.known})
        changed = self._encoded(set(after))
        return [float(self.known[one] @ changed[other]) for one, other in zip(before, after, strict=True)]

    def _encoded(self, texts: Iterable[str]) -> dict[str, Tensor]:
        """Vectors of texts; only those of like lengths together, as a short one is padded to a long one."""
        found: dict[str, Tensor] = {}
        for _, group in groupby(
            sorted(texts, key=lambda text: (len(text), text)), lambda text: len(text) // 64
        ):
            some = list(group)
            found |= zip(some, self.encode(some), strict=True)
        return found
