"""DeepWordBug (Gao et al. 2018), as TextAttack builds it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textattack.attack_recipes import DeepWordBugGao2018


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; it needs no resource."""
    return DeepWordBugGao2018.build(victim)
