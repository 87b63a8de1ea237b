"""Chinese synonyms of CiLin."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spiketext.attack.chinese import SegmentedText, SynonymSwap, greedy_attack, others_of
from spiketext.resources.manifest import resource_file

show = SegmentedText


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack, with the groups of the resource `cilin`."""
    table = resource_file(manifests, "cilin", "cilin_ex.txt").read_text(encoding="utf-8")
    return greedy_attack(victim, SynonymSwap(others_of(synonym_groups(table))))


def synonym_groups(table: str) -> list[list[str]]:
    """The words of each group of synonyms.

    Args:
        table: lines of a code and its words; codes of synonyms end with `=`, those of words that are merely
            related with `#`, of words on their own with `@`.
    """
    lines = [line.split() for line in table.splitlines()]
    return [words for code, *words in filter(None, lines) if code.endswith("=")]
