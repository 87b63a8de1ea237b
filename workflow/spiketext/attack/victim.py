"""The network as TextAttack sees it: sentences in, class probabilities out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import numpy as np

from spiketext.errors import SpikeTextError

log = logging.getLogger("spiketext")

CHECKED = 16  # most sentences that are asked twice
LARGEST_MARGIN = 20.0  # 1 − softmax has no digits left at 36
SAME = 1e-4  # relative difference that the order of summation may cause


class Scorer(Protocol):
    """A trained classifier (`spiketext.evaluation.predictor.Predictor`)."""

    def scores(self, token_lists: list[list[str]]) -> np.ndarray:
        """Class scores `[n, classes]` of `n` sentences, the same at each query."""


class Victim:
    """A classifier behind TextAttack's interface of a model wrapper, with batches and a cache.

    Attributes:
        model: the classifier (TextAttack asks for an attribute of this name).
        temperature: by which scores are divided before the softmax; it changes no decision.
        scored: sentences that the classifier has really been given.
    """

    def __init__(self, scorer: Scorer, read: Callable[[str], list[str]], query_batch: int) -> None:
        """`read`: the words that the network reads of a text; `query_batch`: sentences classified at once."""
        self.model, self.read, self.query_batch = scorer, read, query_batch
        self.temperature = 1.0
        self.scored = 0
        self._known: dict[tuple[str, ...], np.ndarray] = {}

    def __call__(self, texts: list[str]) -> np.ndarray:
        """Probabilities `[n, classes]`; float64, as TextAttack takes another softmax if sums are 1e-6 off."""
        keys = [tuple(self.read(text)) for text in texts]
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        for start in range(0, len(new), self.query_batch):
            batch = new[start : start + self.query_batch]
            for key, row in zip(batch, self._scores([list(key) for key in batch]), strict=True):
                self._known[key] = softmax(row / self.temperature)
        return np.stack([self._known[key] for key in keys])

    def forget(self) -> None:
        """Empty the cache; so an attack does not depend on those before it, and memory stays bounded."""
        self._known.clear()

    def prepare(self, texts: list[str]) -> None:
        """Check that scores are finite and repeatable, and scale them if a softmax would blur them.

        Args:
            texts: the sentences that are going to be attacked.

        Raises:
            SpikeTextError: the classifier gives other scores when asked again. Fresh noise at each
                query is a randomised defence, which hides a network's weakness instead of measuring it.
        """
        tokens = [self.read(text) for text in texts]
        scores = np.concatenate(
            [self._scores(tokens[i : i + self.query_batch]) for i in range(0, len(tokens), self.query_batch)]
        )
        few = tokens[: min(CHECKED, self.query_batch)]
        _same(scores[: len(few)], self._scores(few))
        _same(scores[:1], self._scores(few[:1]))  # and whatever stands beside it
        ordered = np.sort(scores, axis=1)
        margin = float((ordered[:, -1] - ordered[:, -2]).max())
        self.temperature = max(1.0, margin / LARGEST_MARGIN)
        if self.temperature > 1:
            log.info(
                "scores up to %.0f apart are divided by %.2f before the softmax", margin, self.temperature
            )

    def _scores(self, token_lists: list[list[str]]) -> np.ndarray:
        scores = np.asarray(self.model.scores(token_lists), dtype=np.float64)
        if scores.ndim != 2 or len(scores) != len(token_lists) or scores.shape[1] < 2:
            raise ValueError(f"scores of shape {scores.shape} for {len(token_lists)} sentences")
        if not np.isfinite(scores).all():
            raise SpikeTextError(
                "the network gives scores that are not finite; train it with a lower learning rate"
            )
        self.scored += len(token_lists)
        return scores


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities `[classes]` of one sentence's scores."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _same(first: np.ndarray, second: np.ndarray) -> None:
    difference = float(np.abs(first - second).max())
    if difference > SAME * max(1.0, float(np.abs(first).max())):
        raise SpikeTextError(
            f"the network gives scores {difference:.3g} apart when asked the same sentence twice; its noise "
            "would pass for robustness, so make its spike draws depend on the seed and the word alone"
        )
