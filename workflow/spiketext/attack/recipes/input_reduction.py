"""Input reduction (Feng et al. 2018), as TextAttack builds it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textattack.attack_recipes import InputReductionFeng2018


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack, whose goal is a short text of the same class; it needs no resource."""
    return InputReductionFeng2018.build(victim)
