"""Chinese text for TextAttack: words that stay where they are, and swaps of single characters.

Imports TextAttack, so only recipes import this module.
"""

from __future__ import annotations

import string
from collections import defaultdict
from typing import Any

from textattack import Attack
from textattack.constraints.pre_transformation import RepeatModification, StopwordModification
from textattack.goal_functions import UntargetedClassification
from textattack.search_methods import GreedyWordSwapWIR
from textattack.shared import AttackedText
from textattack.shared.data import CHN_STOPWORD, MORPHONYM_LS
from textattack.transformations import (
    ChineseMorphonymCharacterSwap,
    CompositeTransformation,
    WordSwapNeighboringCharacterSwap,
)


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


class LookAlikeCharacterSwap(ChineseMorphonymCharacterSwap):
    """Replaces one character of a word by one of TextAttack's table of similar shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.similar = similar_characters(MORPHONYM_LS)

    def _get_replacement_words(self, word: str) -> list[str]:
        return [
            word[:i] + other + word[i + 1 :]
            for i, character in enumerate(word)
            for other in self.similar.get(character, ())
        ]


def similar_characters(groups: list[list[str]]) -> dict[str, list[str]]:
    """From groups of similar characters to each character's others, sorted.

    The table also has empty entries, by which a character would be deleted; they are left out.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for group in groups:
        for character in group:
            found[character] |= {other for other in group if len(other) == 1 and other != character}
    return {character: sorted(others) for character, others in found.items() if character}


def character_swap(victim: Any) -> Attack:
    """The recipe `chinese-character-swap`: see `recipes.py`."""
    return Attack(
        UntargetedClassification(victim),
        [RepeatModification(), StopwordModification(stopwords=CHN_STOPWORD | set(string.punctuation))],
        CompositeTransformation(
            [LookAlikeCharacterSwap(), WordSwapNeighboringCharacterSwap(random_one=False)]
        ),
        GreedyWordSwapWIR(wir_method="weighted-saliency"),
    )
