"""How the recipes of the catalogue are built.

This module imports TextAttack only when a recipe is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Builder:
    """What makes an attack of a recipe.

    Attributes:
        build: from a victim to a `textattack.Attack`.
        text: from a text to what `Attack.attack` takes.
    """

    build: Callable[[Any], Any]
    text: Callable[[str], Any] = str


def _deepwordbug(victim: Any) -> Any:
    from textattack.attack_recipes import DeepWordBugGao2018

    return DeepWordBugGao2018.build(victim)


def _pwws(victim: Any) -> Any:
    from textattack.attack_recipes import PWWSRen2019

    return PWWSRen2019.build(victim)


def _chinese_character_swap(victim: Any) -> Any:
    from spiketext.attack.chinese import character_swap

    return character_swap(victim)


def _segmented(text: str) -> Any:
    from spiketext.attack.chinese import SegmentedText

    return SegmentedText(text)


# By name; the catalogue says what each is.
BUILDERS = {
    "deepwordbug": Builder(_deepwordbug),
    "pwws": Builder(_pwws),
    "chinese-character-swap": Builder(_chinese_character_swap, _segmented),
}
