"""PWWS (Ren et al. 2019), as TextAttack builds it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textattack.attack_recipes import PWWSRen2019


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; NLTK reads WordNet from the private home (`attack.home`)."""
    return PWWSRen2019.build(victim)
