"""Attacked texts with what was changed in them, a spiking network and its DNN side by side."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import NamedTuple

import pandas as pd

from spiketext.attack.metrics import ERROR, FAILED, SKIPPED, SUCCESSFUL
from spiketext.invisible import INVISIBLE
from spiketext.report.attacks.pairs import pairs
from spiketext.report.document import Block, Changes, Piece, Text
from spiketext.report.names import Series, in_mode, recipe_title
from spiketext.report.study import Study

RULE = (
    "Which texts: of those that were attacked the first of each class by their number in the data, so that "
    "nobody chose them. Marked is what the attack deleted and inserted until the class fell or it gave up."
)
WORDS = re.compile(r"\s+|\S+")


def changes(before: str, after: str, characters: bool = False) -> list[Piece]:
    """What a text has become, piece by piece: kept, deleted from the former or inserted into it.

    Args:
        before: the text.
        after: what it has become.
        characters: compare character by character, for a script without blanks; else word by word.
    """
    own, other = (list(one) if characters else WORDS.findall(one) for one in (before, after))
    found: list[Piece] = []
    for _, i1, i2, j1, j2 in SequenceMatcher(None, own, other, autojunk=False).get_opcodes():
        if own[i1:i2] == other[j1:j2]:
            found.append(Piece("", visible("".join(own[i1:i2]))))
            continue
        found += [Piece("del", visible("".join(own[i1:i2])))] if i2 > i1 else []
        found += [Piece("ins", visible("".join(other[j1:j2])))] if j2 > j1 else []
    return found


def visible(text: str) -> str:
    """The text with the numbers of characters that would not be seen, or would turn the line round."""
    return "".join(f"‹U+{ord(one):04X}›" if _unseen(one) else one for one in text)


def _unseen(character: str) -> bool:
    """Control characters, halves of pairs, private and unassigned ones; and what would show as nothing."""
    odd = unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co") and character not in "\t\n\r"
    return odd or character in INVISIBLE


def attacked_texts(study: Study, characters: bool) -> list[Block]:
    """For each recipe some texts under the attacks on a spiking network and on its DNN, side by side.

    They are the first of `attack_pairs.pairs` with the last stage of a spiking method; there is nothing to
    show without such a pair.

    Args:
        study: on one data set.
        characters: compare texts character by character, as of `changes`.
    """
    last = [pair for pair in pairs(study) if pair.first in study.headline()]
    if not last or study.attack_examples.empty:
        return []
    both = (last[0].second, last[0].first)
    examples = study.attack_examples
    seed = examples["seed"].iloc[0]
    found: list[Block] = [Text(f"{RULE} The seed is {seed}.")]
    for recipe in examples["recipe"].unique():
        own = [_of(examples, seed, recipe, one) for one in both]
        columns = [in_mode(one.label, rows["mode"].iloc[0]) for one, rows in zip(both, own, strict=True)]
        cells = [
            [_Row(*texts) for texts in rows[list(_Row._fields)].itertuples(index=False, name=None)]
            for rows in own
        ]
        classes = list(study.confusion["true"].unique())
        table = [
            (f"{texts[0].id}, {classes[texts[0].label]}", [_cell(one, characters) for one in texts])
            for texts in zip(*cells, strict=True)
        ]
        caption = f"{recipe_title(recipe)} on texts of {study.title}"
        found.append(Changes(caption, ["text, class", *columns], table))
    return found


class _Row(NamedTuple):
    """An attack on a text, as of `Study.attack_examples`."""

    id: int
    label: int
    original: str
    perturbed: str
    result: str
    changed: int
    words: int
    queries: int


def _of(examples: pd.DataFrame, seed: int, recipe: str, series: Series) -> pd.DataFrame:
    """The texts of an attack on a stage, of several modes in the first."""
    place = {"seed": seed, "recipe": recipe, "method": series.method, "stage": series.stage}
    rows = examples[(examples[list(place)] == pd.Series(place)).all(axis=1)]
    return rows[rows["mode"] == rows["mode"].iloc[0]]


def _cell(row: _Row, characters: bool) -> tuple[str, list[Piece]]:
    """What became of a text, and the text."""
    said = {
        SUCCESSFUL: f"fell, {row.changed} of {row.words} words changed, {row.queries} queries",
        FAILED: f"withstood {row.queries} queries",
        SKIPPED: "wrong before",
        ERROR: "the search failed",
    }[row.result]
    return said, changes(row.original, row.perturbed, characters)
