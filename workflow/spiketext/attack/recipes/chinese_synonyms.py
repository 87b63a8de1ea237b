"""Chinese synonyms of CiLin."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spiketext.attack.chinese import SegmentedText, SynonymSwap, greedy_attack
from spiketext.resources.lexicons import cilin

show = SegmentedText


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack, with the groups of the resource `cilin`."""
    return greedy_attack(victim, SynonymSwap(cilin(manifests)))
