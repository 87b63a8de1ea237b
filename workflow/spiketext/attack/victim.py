"""The network as TextAttack sees it: sentences in, class probabilities out."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from spiketext.attack.modes import MODES, Scorer
from spiketext.errors import SpikeTextError

log = logging.getLogger("spiketext")

CHECKED = 16  # most sentences that are asked twice
LARGEST_MARGIN = 20.0  # 1 − softmax has no digits left at 36
SAME = 1e-4  # relative difference that the order of summation may cause


class Victim:
    """A classifier behind TextAttack's interface of a model wrapper, with batches and a cache.

    Attributes:
        model: the classifier (TextAttack asks for an attribute of this name).
        temperature: by which scores are divided before the softmax; it changes no decision.
        scored: sentences that the classifier has really been given, whatever the number of draws.
        mode: which of the classifier's random spikes the attack meets.
    """

    def __init__(
        self,
        scorer: Scorer,
        read: Callable[[str], list[str]],
        query_batch: int,
        mode: str = "fixed",
        draws: int = 1,
    ) -> None:
        """A victim that has been asked nothing.

        Args:
            scorer: the classifier.
            read: the words that the network reads of a text.
            query_batch: sentences classified at once.
            mode: one of `MODES`.
            draws: over how many a mode averages that does.
        """
        self.model, self.read, self.query_batch = scorer, read, query_batch
        self.mode = MODES[mode](scorer, draws)
        self.temperature = 1.0
        self.scored = 0
        self._known: dict[tuple[str, ...], np.ndarray] = {}
        self._ends: dict[tuple[str, ...], bool] = {}

    def __call__(self, texts: list[str]) -> np.ndarray:
        """Probabilities `[n, classes]`; float64, as TextAttack takes another softmax if sums are 1e-6 off."""
        keys = [tuple(self.read(text)) for text in texts]
        if not self.mode.repeatable:
            return self._told(keys)
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        if new:
            self._known |= zip(new, self._told(new), strict=True)
        return np.stack([self._known[key] for key in keys])

    def begin(self, key: str, label: int) -> None:
        """Turn to the text that `key` names, of class `label`, with an empty cache and query 0.

        So an attack does not depend on those before it, and memory stays bounded.
        """
        self._known.clear()
        self._ends.clear()
        self.mode.begin(key, label)

    def ends(self, text: str) -> bool | None:
        """Whether a search may end at a text that it has asked about; None: the class alone says so."""
        return self._ends.get(tuple(self.read(text)))

    def prepare(self, texts: list[str]) -> None:
        """Check that scores are finite and repeatable, and scale them if a softmax would blur them.

        Args:
            texts: the sentences that are going to be attacked.

        Raises:
            SpikeTextError: the classifier gives other scores when asked again, in a mode that does not mean
                it to. Noise that nobody knows of hides a network's weakness instead of measuring it.
        """
        self.mode.begin("prepare", 0)
        tokens = [self.read(text) for text in texts]
        scores = np.concatenate([self._scores(batch) for batch in self._batches(tokens)], axis=1)
        if self.mode.repeatable:
            few = tokens[: min(CHECKED, self.query_batch)]
            _same(scores[:, : len(few)], self._scores(few))
            _same(scores[:, :1], self._scores(few[:1]))  # and whatever stands beside it
        ordered = np.sort(scores.mean(0), axis=1)
        margin = float((ordered[:, -1] - ordered[:, -2]).max())
        self.temperature = max(1.0, margin / LARGEST_MARGIN)
        if self.temperature > 1:
            log.info(
                "scores up to %.0f apart are divided by %.2f before the softmax", margin, self.temperature
            )

    def _told(self, keys: list[tuple[str, ...]]) -> np.ndarray:
        """Probabilities `[n, classes]` of texts that are not in the cache."""
        told = []
        for batch in self._batches([list(key) for key in keys]):
            scores = self._scores(batch)
            told.append(self.mode.probabilities(scores, self.temperature))
            ends = self.mode.ends(scores)
            if ends is not None:
                self._ends |= zip(map(tuple, batch), map(bool, ends), strict=True)
        return np.concatenate(told)

    def _batches(self, token_lists: list[list[str]]) -> list[list[list[str]]]:
        starts = range(0, len(token_lists), self.query_batch)
        return [token_lists[start : start + self.query_batch] for start in starts]

    def _scores(self, token_lists: list[list[str]]) -> np.ndarray:
        """Class scores `[draws, n, classes]`."""
        try:
            scores = self.mode.scores(token_lists)
        except RuntimeError as error:  # else the search would take it for a text that TextAttack stumbles on
            said = " ".join(str(error).split())[:200]
            raise SpikeTextError(
                f"the network cannot score {len(token_lists)} texts ({said}); lower `attack: query_batch`, "
                "or give the job more memory"
            ) from error
        if scores.ndim != 3 or scores.shape[1] != len(token_lists) or scores.shape[2] < 2:
            raise ValueError(f"scores of shape {scores.shape} for {len(token_lists)} sentences")
        if not np.isfinite(scores).all():
            raise SpikeTextError(
                "the network gives scores that are not finite; train it with a lower learning rate"
            )
        self.scored += len(token_lists)
        return scores


def _same(first: np.ndarray, second: np.ndarray) -> None:
    difference = float(np.abs(first - second).max())
    if difference > SAME * max(1.0, float(np.abs(first).max())):
        raise SpikeTextError(
            f"the network gives scores {difference:.3g} apart when asked the same sentence twice; its noise "
            "would pass for robustness, so make its spike draws depend on the seed and the word alone"
        )
