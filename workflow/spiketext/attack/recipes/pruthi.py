"""The misspellings of Pruthi et al. 2019, as TextAttack builds the attack."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textattack.attack_recipes import Pruthi2019


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; it needs no resource."""
    return Pruthi2019.build(victim)
