"""The texts that a search went through: what an attacker hands in who may change no more words than that.

A victim that draws nothing changes its class at one of them, where the search ends: all before it are as
right as the original. One that draws anew is wrong in more and more of its draws along the way.
"""

from __future__ import annotations

from typing import Any

from spiketext.attack.metrics import changed_words


class Trail:
    """Watches the search of an attack: the best of the texts among which it chose, each time."""

    def __init__(self, attack: Any) -> None:
        """Takes the place of two methods of the attack's search."""
        search = attack.search_method
        self._offer, self._ask = search.get_transformations, search.get_goal_results
        search.get_transformations, search.get_goal_results = self.transformations, self.results
        self.begin()

    def begin(self) -> None:
        """Forget the last search."""
        self._offered: dict[int, Any] = {}  # by identity: texts that only rank words are none to choose
        self._best: list[Any] = []

    def steps(self, result: Any) -> list[dict[str, Any]]:
        """The texts that scored more than the original and all before them.

        The search's own result is the last, unless the search has passed by one that scored more: TextFooler
        ends at the nearest in sense of the texts that succeed.

        Args:
            result: TextAttack's, of the search.

        Returns:
            Of each its `text`, words `changed`, and the `queries` made by then.
        """
        original, last = result.original_result, result.perturbed_result
        kept = [original]
        for one in [*self._best, last]:
            if one.score > kept[-1].score:
                kept.append(one)
        words = original.attacked_text.words
        return [
            {
                "text": one.attacked_text.text,
                "changed": changed_words(words, one.attacked_text.words),
                "queries": one.num_queries,
            }
            for one in kept[1:]
        ]

    def transformations(self, *args: Any, **given: Any) -> list[Any]:
        """What the search's own method gives."""
        texts = list(self._offer(*args, **given))
        self._offered |= {id(text): text for text in texts}
        return texts

    def results(self, *args: Any, **given: Any) -> Any:
        """What the search's own method gives."""
        results, over = self._ask(*args, **given)
        offered = [one for one in results if id(one.attacked_text) in self._offered]
        if offered:
            self._best.append(max(offered, key=lambda one: float(one.score)))
        return results, over
