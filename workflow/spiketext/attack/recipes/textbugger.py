"""TextBugger (Li et al. 2019) as TextAttack builds it, with the sentence encoder that we have."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from textattack.attack_recipes import textbugger_li_2018
from textattack.transformations import WordSwapHomoglyphSwap

from spiketext.attack.counterfitted import provide_synonyms
from spiketext.attack.in_place import in_place
from spiketext.attack.stand_ins import encode_sentences


class HomoglyphSwap(WordSwapHomoglyphSwap):
    """TextAttack's class where its package lacks a file, which this recipe does not need.

    The file lists further characters for a search by differential evolution. The look-alikes of letters and
    digits that TextBugger uses stand in the class itself, and are there before it opens the file.
    """

    def __init__(self) -> None:
        with suppress(FileNotFoundError):
            super().__init__()
        self.homos_intentional: dict[str, list[str]] = {}


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack."""
    provide_synonyms(manifests)
    with in_place(textbugger_li_2018, WordSwapHomoglyphSwap=HomoglyphSwap):
        attack = textbugger_li_2018.TextBuggerLi2018.build(victim)
    return encode_sentences(attack, manifests)
