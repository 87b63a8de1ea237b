"""Lists of synonyms: which words may stand in a word's place."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spiketext.resources.manifest import resource_file
from spiketext.seal import unusable

Manifests = Sequence[str | Path]


def counterfitted_neighbours(manifests: Manifests) -> dict[str, list[str]]:
    """Neighbours of each English word by counter-fitted vectors, the nearest first (Jia et al. 2019).

    Raises:
        SpikeTextError: the resource is missing, damaged or something else.
    """
    path = resource_file(manifests, "counterfitted-neighbours", "counterfitted_neighbors.json")
    try:
        lists: Any = json.loads(path.read_text(encoding="utf-8"))
        return {str(word): list(map(str, near)) for word, near in lists.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise unusable(path, "does not fit (it is no JSON object of lists of words)") from error


def cilin(manifests: Manifests) -> dict[str, list[str]]:
    """The other words of each Chinese word's groups in CiLin, sorted.

    Raises:
        SpikeTextError: the resource is missing or damaged.
    """
    table = resource_file(manifests, "cilin", "cilin_ex.txt").read_text(encoding="utf-8")
    return others_of(synonym_groups(table))


READERS: Mapping[str, Callable[[Manifests], dict[str, list[str]]]] = {
    "counterfitted-neighbours": counterfitted_neighbours,
    "cilin": cilin,
}


def synonym_groups(table: str) -> list[list[str]]:
    """The words of each group of synonyms of CiLin.

    Args:
        table: lines of a code and its words; codes of synonyms end with `=`, those of words that are merely
            related with `#`, of words on their own with `@`.
    """
    lines = [line.split() for line in table.splitlines()]
    return [words for code, *words in filter(None, lines) if code.endswith("=")]


def others_of(groups: Iterable[Iterable[str]]) -> dict[str, list[str]]:
    """From groups of synonyms, or of similar characters, to the others of each, sorted.

    Empty entries, which TextAttack's table has and by which a character would be deleted, are left out.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for group in map(set, groups):
        for one in group - {""}:
            found[one] |= group - {one, ""}
    return {one: sorted(others) for one, others in found.items()}
