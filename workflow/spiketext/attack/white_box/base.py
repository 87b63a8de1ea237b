"""What every kind of white-box attack is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spiketext.attack.sample import Example
from spiketext.attack.white_box.target import Target
from spiketext.kinds import module_of

ROOM = "attack.white_box"
Row = dict[str, Any]


@dataclass(frozen=True)
class Vocabulary:
    """The words of the data set.

    Attributes:
        words: V of them.
        vectors: `[V, D]`, raw.
        values: `[V, D]`, as the network sees them.
        covered: `[V]`, which have a vector.
    """

    words: Sequence[str]
    vectors: np.ndarray
    values: np.ndarray
    covered: np.ndarray


class Attack:
    """An ensemble of attacks: a text falls if one of its members fells it.

    Attributes:
        columns: of the table of its rows, beside one for each member with what it needed.
        names: of its members.
    """

    columns: ClassVar[Sequence[str]]
    names: Sequence[str]

    def __init__(self, target: Target, vocabulary: Vocabulary) -> None:
        """`target`: the network."""
        raise NotImplementedError

    def row(self, example: Example, tokens: list[str], before: int, seed: int) -> Row:
        """What it made of a text that is classified rightly.

        Args:
            example: the text.
            tokens: what the network reads of it, one at least.
            before: its class.
            seed: of random numbers, the text's own.

        Returns:
            The row's columns beside those of `run.attack_sample`, with `fell`: by member, what it needed.
        """
        raise NotImplementedError

    def stands(self, row: Row) -> bool:
        """Whether a text is right under the budget at which classifiers are compared."""
        raise NotImplementedError

    def summarise(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Accuracies over all texts, those that are wrong before among them.

        `n`, `clean_accuracy`, `after_attack_accuracy`, `budgets`: what the ensemble leaves under each budget,
        `headline`: the name of one of them, and `members`: what each of them alone would.
        """
        raise NotImplementedError


def attack_class(kind: str) -> type[Attack]:
    """The class of the kind."""
    found: type[Attack] = module_of(ROOM, kind).Attack
    return found
