"""Chinese typing errors: look-alike characters, and neighbours transposed within a word."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textattack.transformations import CompositeTransformation, WordSwapNeighboringCharacterSwap

from spiketext.attack.chinese import SegmentedText, greedy_attack, look_alikes

show = SegmentedText


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; it needs no resource."""
    swaps = [look_alikes(), WordSwapNeighboringCharacterSwap(random_one=False)]
    return greedy_attack(victim, CompositeTransformation(swaps))
