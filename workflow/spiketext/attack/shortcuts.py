"""What TextAttack would do again and again, done once: the same texts in the same order, sooner.

Imports TextAttack, so it is imported while `preflight.textattack_for` is open, and not before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from textattack.search_methods import GreedyWordSwapWIR
from textattack.shared import attacked_text
from textattack.transformations import WordSwapWordNet

from spiketext.attack.stand_ins import in_place
from spiketext.attack.victim import Victim

CHINESE = re.compile("[\u4e00-\u9fff]")  # where TextAttack cuts a text by jieba
REMEMBERED = 2**16  # words


@contextmanager
def shortcuts(attack: Any, victim: Victim) -> Iterator[None]:
    """Have an attack take them: cut each word once, look each synonym up once, ask about words together."""
    for transformation in getattr(attack.transformation, "transformations", [attack.transformation]):
        if isinstance(transformation, WordSwapWordNet):
            look_up = lru_cache(REMEMBERED)(transformation._get_replacement_words)
            transformation._get_replacement_words = look_up
    search = attack.search_method
    asks_all = isinstance(search, GreedyWordSwapWIR) and search.wir_method == "weighted-saliency"
    if asks_all and attack.use_transformation_cache and victim.mode.repeatable:
        _Ahead(attack, victim)
    with in_place(attacked_text, words_from_text=words_of(attacked_text.words_from_text)):
        yield


def words_of(cut: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """TextAttack's function from a text to its words, by which what stands between blanks is cut once."""
    piece = lru_cache(REMEMBERED)(lambda text: tuple(cut(text)))

    def words(text: str) -> list[str]:
        if CHINESE.search(text):
            return list(cut(text))
        return [word for one in text.split() for word in piece(one)]

    return words


class _Ahead:
    """Asks about all swaps of all words of a text at once, by which weighted saliency ranks the words.

    The victim remembers what it has answered, so that the search, which asks word by word, finds it there.
    """

    def __init__(self, attack: Any, victim: Victim) -> None:
        """Takes the place of two methods of the attack."""
        self._attack, self._victim = attack, victim
        self._order, self._transform = attack.search_method._get_index_order, attack.get_transformations
        self._text: Any = None
        self._swaps: dict[int, list[Any]] = {}  # of the text under attack, by the place of the word
        attack.search_method._get_index_order, attack.get_transformations = self.order, self.transformations

    def order(self, text: Any) -> Any:
        """What the search's own method gives."""
        _, places = self._attack.get_indices_to_order(text)
        self._text, self._swaps = text, {}
        for place in places:
            self._swaps[place] = self._transform(text, original_text=text, indices_to_modify=[place])
        texts = [one.tokenizer_input for swaps in self._swaps.values() for one in swaps]
        if texts:
            self._victim(texts)
        return self._order(text)

    def transformations(self, text: Any, **given: Any) -> list[Any]:
        """What the attack's own method gives."""
        places = given.get("indices_to_modify", [])
        if text is self._text and given.get("original_text") is text and len(places) == 1:
            return list(self._swaps[places[0]])
        return list(self._transform(text, **given))
