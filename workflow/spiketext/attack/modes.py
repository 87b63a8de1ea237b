"""Modes of a victim: which of its random spikes an attack meets, and which score what it has found.

A deterministic victim has the mode `fixed` only, in which a stochastic one is made deterministic: its spikes
are frozen, and the network that was searched is the one that is scored. In all other modes the network draws
anew for each text. There noise that has chosen a text says too much for the choice, so other draws score it
(`shares`), the same ones in each of these modes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, Self

import numpy as np

from spiketext.attack.seeds import number_of

# Numbers of draws; those of the search are below (`inputs.encoding.draws.EVALUATED` and on).
FRESH = 10_000  # with a seed for each query
SCORING = range(10_001, 10_021)
BATCH = 128  # texts that are scored together
CONVINCED = 0.9  # share of the draws that must be wrong before a patient search ends


class Scorer(Protocol):
    """A trained classifier (`spiketext.evaluation.predictor.Predictor`)."""

    @property
    def stochastic(self) -> bool:
        """Whether spikes are drawn, so that another draw gives other scores."""

    def scores(self, token_lists: list[list[str]]) -> np.ndarray:
        """Class scores `[n, classes]` of `n` texts, the same at each query."""

    def drawn(self, draw: int, seed: int | None = None) -> Self:
        """The classifier with the spikes of another draw; `seed`: not that of the run."""


class Fixed:
    """The same spikes at each query: a function of word and seed.

    Attributes:
        repeatable: whether the same text always gets the same scores.
        redraws: whether the network that is attacked draws anew for each text.
    """

    repeatable: ClassVar[bool] = True
    redraws: ClassVar[bool] = False

    def __init__(self, scorer: Scorer, draws: int) -> None:
        """`draws`: over how many a mode averages that does."""
        self._asked: Sequence[Scorer] = [scorer]

    def begin(self, key: str, label: int) -> None:
        """What is asked from now on belongs to the attack on the text that `key` names, of class `label`."""

    def scores(self, token_lists: list[list[str]]) -> np.ndarray:
        """Class scores `[draws, n, classes]`."""
        return np.stack([np.asarray(one.scores(token_lists), dtype=np.float64) for one in self._asked])

    def probabilities(self, scores: np.ndarray, temperature: float) -> np.ndarray:
        """What the attack is told, `[n, classes]`, of scores `[draws, n, classes]`."""
        return np.stack([softmax(row / temperature) for row in scores.mean(0)])

    def ends(self, scores: np.ndarray) -> np.ndarray | None:
        """`[n]`, whether a search may end at a text; None: where what it is told has another class."""
        return None


class Fresh(Fixed):
    """New spikes for each text that is scored, a function of the attacked text and the query's number."""

    repeatable = False
    redraws = True

    def __init__(self, scorer: Scorer, draws: int) -> None:
        """See `Fixed`."""
        self._scorer = scorer
        self.begin("", 0)

    def begin(self, key: str, label: int) -> None:
        """See `Fixed`."""
        self._key, self._queries = key, 0

    def scores(self, token_lists: list[list[str]]) -> np.ndarray:
        """See `Fixed`; text by text, so that the size of batches changes nothing."""
        return np.concatenate([self._draw().scores([tokens]) for tokens in token_lists])[None].astype(float)

    def _draw(self) -> Scorer:
        seed = number_of(f"{self._key} {self._queries}")
        self._queries += 1
        return self._scorer.drawn(FRESH, seed)


class Expectation(Fixed):
    """The mean of the class scores over draws, the same ones at each query."""

    redraws = True

    def __init__(self, scorer: Scorer, draws: int) -> None:
        """See `Fixed`."""
        self._asked = [scorer.drawn(draw) for draw in range(1, 1 + draws)]


class Vote(Expectation):
    """The majority of these draws' classes: probabilities are shares of votes."""

    def probabilities(self, scores: np.ndarray, temperature: float) -> np.ndarray:
        """See `Fixed`; all that the mean scores may add is half a vote, so they break ties only."""
        draws, _, classes = scores.shape
        shares = np.eye(classes)[scores.argmax(-1)].mean(0)
        half = 0.5 / draws
        return (shares + half * super().probabilities(scores, temperature)) / (1 + half)


class Patient(Expectation):
    """The mean of the class scores over draws; but a search goes on until nine in ten of them are wrong.

    The mean alone ends it as soon as it has changed sides, with half of the draws still right.
    """

    def begin(self, key: str, label: int) -> None:
        """See `Fixed`."""
        self._label = label

    def ends(self, scores: np.ndarray) -> np.ndarray:
        """See `Fixed`."""
        wrong: np.ndarray = (scores.argmax(-1) != self._label).mean(0) > CONVINCED - 1e-9
        return wrong


MODES: dict[str, type[Fixed]] = {
    "fixed": Fixed, "fresh": Fresh, "expectation": Expectation, "vote": Vote, "patient": Patient,
}  # fmt: skip


def redrawn(scorer: Scorer) -> list[Scorer]:
    """A stochastic classifier that draws anew for each text: its scoring draws, which no search has seen."""
    return [scorer.drawn(draw) for draw in SCORING]


def networks(scorer: Scorer) -> dict[str, list[Scorer]]:
    """The networks that a classifier is: `fixed`, that of its first draw, and `redrawn`, if it draws any."""
    frozen: dict[str, list[Scorer]] = {"fixed": [scorer]}
    return frozen | {"redrawn": redrawn(scorer)} if scorer.stochastic else frozen


def shares(asked: Sequence[Scorer], token_lists: list[list[str]], label: int | np.ndarray) -> list[float]:
    """For each text the share of the draws `asked` in which it gets the class `label`, or its own one."""
    labels, found = np.broadcast_to(label, len(token_lists)), []
    for start in range(0, len(token_lists), BATCH):
        batch, own = token_lists[start : start + BATCH], labels[start : start + BATCH]
        found += np.mean([one.scores(batch).argmax(-1) == own for one in asked], 0).tolist()
    return found


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities `[classes]` of one text's scores."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()
