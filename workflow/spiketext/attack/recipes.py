"""The attack recipes that SpikeText offers, and what each of them needs.

This module imports TextAttack only when a recipe is built, so that rule files can read it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spiketext.errors import SpikeTextError

LANGUAGES = {"en": "english", "zh": "chinese"}  # keys of the configuration's `attack`

STOPWORDS_NOTE = (
    "Words left alone: TextAttack's own TextFooler list and 22 function words more stand in for NLTK's "
    "English stop words, all 179 of which (as distributed until 2024) they contain, with 109 others."
)
UNKNOWN_NOTE = (
    "To rank words, TextAttack puts [UNK] in their places; the network reads it as a word without a vector."
)
READ_NOTE = (
    "Only what the network reads is attacked: the first `max_length` tokens of a text, and of these no word "
    "of more than 50 characters."
)


@dataclass(frozen=True)
class Recipe:
    """One attack.

    Attributes:
        name: as in the configuration and in file names.
        title: for tables and figures.
        language: `en` or `zh`.
        citation: where it comes from.
        resources: resources of the registry that it needs.
        probe: a sentence for which it must find candidates before it may be run.
        substitutions: sentences that say what stands in for what.
        build: from a victim to a `textattack.Attack`.
        text: from a sentence to what `Attack.attack` takes.
    """

    name: str
    title: str
    language: str
    citation: str
    resources: tuple[str, ...]
    probe: str
    substitutions: tuple[str, ...]
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


_ALL = (
    Recipe(
        name="deepwordbug",
        title="DeepWordBug",
        language="en",
        citation="Gao, Lanchantin, Soffa, Qi 2018; as TextAttack builds it",
        resources=(),
        probe="a wonderful film with terrible actors",
        substitutions=(STOPWORDS_NOTE, UNKNOWN_NOTE, READ_NOTE),
        build=_deepwordbug,
    ),
    Recipe(
        name="pwws",
        title="PWWS",
        language="en",
        citation="Ren, Deng, He, Che 2019; as TextAttack builds it",
        resources=("wordnet",),
        probe="a wonderful film with terrible actors",
        substitutions=(
            STOPWORDS_NOTE,
            UNKNOWN_NOTE,
            READ_NOTE,
            "TextAttack's PWWS leaves out the paper's named-entity swap and takes a word's synonyms from all "
            "parts of speech, so it needs no tagger; WordNet is version 3.0.",
        ),
        build=_pwws,
    ),
    Recipe(
        name="chinese-character-swap",
        title="Chinese character swap",
        language="zh",
        citation="made of TextAttack's ChineseMorphonymCharacterSwap and WordSwapNeighboringCharacterSwap",
        resources=(),
        probe="这个酒店的房间非常漂亮，但是服务态度很差",
        substitutions=(
            "Not a published attack: the parts of TextAttack's Chinese recipe that need no download (its "
            "table of look-alike characters, stop words, constraints and search), and the transposition of "
            "neighbouring characters in place of its homophones, HowNet synonyms and language model.",
            "One character at a time is replaced; TextAttack's own class carries a replacement over to the "
            "later characters of a word.",
            "Words keep the segmentation of the original sentence during the search; the network segments "
            "each changed sentence anew.",
            UNKNOWN_NOTE,
            READ_NOTE,
        ),
        build=_chinese_character_swap,
        text=_segmented,
    ),
)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        SpikeTextError: there is none; the line names the nearest.
    """
    if name not in RECIPES:
        near = difflib.get_close_matches(name, RECIPES, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(RECIPES)}"
        raise SpikeTextError(f"attack recipe `{name}` is not known; {hint}")
    return RECIPES[name]


def check_recipes(names: list[str], language: str) -> None:
    """Refuse unknown recipes, recipes for another language and repetitions.

    A recipe for another language finds nothing to change, which would look like perfect robustness.

    Raises:
        SpikeTextError: says which name is wrong, and the right one.
    """
    if len(set(names)) < len(names):
        raise SpikeTextError("names a recipe twice; name each once")
    for name in names:
        recipe = find_recipe(name)
        if recipe.language != language:
            raise SpikeTextError(
                f"`{name}` is a recipe for attack.{LANGUAGES[recipe.language]}; move it there"
            )
