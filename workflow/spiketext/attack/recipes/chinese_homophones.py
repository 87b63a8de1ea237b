"""Chinese characters of the same sound."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spiketext.attack.chinese import CharacterSwap, SegmentedText, greedy_attack
from spiketext.resources.manifest import resource_file

MOST = 3  # homophones of a character, as in TextAttack
show = SegmentedText


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack, with the table of the resource `chinese-homophones`."""
    table = resource_file(manifests, "chinese-homophones", "homophones.txt").read_text(encoding="utf-8")
    return greedy_attack(victim, CharacterSwap(homophones(table)))


def homophones(table: str) -> dict[str, list[str]]:
    """The most frequent homophones of each character.

    Args:
        table: lines of a syllable without its tone and its characters, the most frequent first, between tabs.
    """
    rows = [line.split("\t")[1:] for line in table.splitlines()]
    return {
        character: [other for other in row[: MOST + 1] if other != character][:MOST]
        for row in rows
        for character in row
    }
