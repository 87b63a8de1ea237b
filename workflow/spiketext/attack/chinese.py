"""Chinese text for TextAttack: words that stay where they are, and swaps by tables.

Imports TextAttack, so only recipes import this module.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from textattack import Attack
from textattack.constraints.pre_transformation import RepeatModification, StopwordModification
from textattack.goal_functions import UntargetedClassification
from textattack.search_methods import GreedyWordSwapWIR
from textattack.shared import AttackedText
from textattack.shared.data import CHN_STOPWORD, MORPHONYM_LS
from textattack.transformations import WordSwap

from spiketext.resources.lexicons import others_of


class SegmentedText(AttackedText):
    """A text whose words are those of the original, however it has been changed.

    `AttackedText` segments each changed text anew. Chinese has no spaces, so a swap moves the word
    boundaries, and indices that the search and the constraints hold then point to other words.
    """

    def __init__(
        self, text: str, attack_attrs: dict[str, Any] | None = None, words: list[str] | None = None
    ) -> None:
        """`words` in order of appearance; without, those that TextAttack finds (by jieba)."""
        self._given = words
        self._words: list[str] | None
        super().__init__(text, attack_attrs)

    @property
    def words(self) -> list[str]:
        """The words, punctuation left out."""
        if self._words is None:
            self._words = super().words if self._given is None else self._given
        return self._words

    def generate_new_attacked_text(self, new_words: list[str]) -> SegmentedText:
        """The text with word i replaced by `new_words[i]`; all else stays."""
        old_words, text = self.words, self.text
        if len(new_words) != len(old_words):
            raise ValueError(f"{len(new_words)} new words for {len(old_words)}")
        pieces, position = [], 0
        for old, new in zip(old_words, new_words, strict=True):
            start = text.index(old, position)
            pieces += [text[position:start], new]
            position = start + len(old)
        changed = {i for i, old in enumerate(old_words) if new_words[i] != old}
        attributes = {
            "previous_attacked_text": self,
            "newly_modified_indices": changed,
            "modified_indices": self.attack_attrs["modified_indices"] | changed,
            "original_index_map": self.attack_attrs["original_index_map"],
        }
        return SegmentedText("".join(pieces) + text[position:], attributes, list(new_words))


class CharacterSwap(WordSwap):
    """Replaces one character of a word by one that a table lists for it."""

    def __init__(self, similar: Mapping[str, Sequence[str]]) -> None:
        """`similar`: characters that may stand in a character's place."""
        super().__init__()
        self.similar = similar

    def _get_replacement_words(self, word: str) -> list[str]:
        return [
            word[:i] + other + word[i + 1 :]
            for i, character in enumerate(word)
            for other in self.similar.get(character, ())
        ]


class SynonymSwap(WordSwap):
    """Replaces a word by one that a table lists for it."""

    def __init__(self, synonyms: Mapping[str, Sequence[str]]) -> None:
        """`synonyms`: words that may stand in a word's place."""
        super().__init__()
        self.synonyms = synonyms

    def _get_replacement_words(self, word: str) -> list[str]:
        return list(self.synonyms.get(word, ()))


def look_alikes() -> CharacterSwap:
    """Swaps of characters by TextAttack's table of similar shapes."""
    return CharacterSwap(others_of(MORPHONYM_LS))


def greedy_attack(victim: Any, transformation: Any) -> Attack:
    """TextAttack's Chinese recipe with another transformation: its stop words, constraints and search."""
    return Attack(
        UntargetedClassification(victim),
        [RepeatModification(), StopwordModification(stopwords=CHN_STOPWORD | set(string.punctuation))],
        transformation,
        GreedyWordSwapWIR(wir_method="weighted-saliency"),
    )
