"""Chinese characters of similar shape."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spiketext.attack.chinese import SegmentedText, greedy_attack, look_alikes

show = SegmentedText


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; it needs no resource."""
    return greedy_attack(victim, look_alikes())
