"""What stands in for parts of TextAttack's recipes that would be downloaded.

Imports TextAttack, so only recipes import this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from textattack.constraints.semantics.sentence_encoders import UniversalSentenceEncoder

from spiketext.attack.encoder import load_encoder


@contextmanager
def in_place(module: ModuleType, **parts: Any) -> Iterator[None]:
    """Have a module of TextAttack find `parts` under the names of its own while it builds a recipe."""
    own = {name: getattr(module, name) for name in parts}
    vars(module).update(parts)
    try:
        yield
    finally:
        vars(module).update(own)


def encode_sentences(attack: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack, whose constraint on sentences asks the encoder of the resource `use-multilingual`."""
    (constraint,) = (one for one in attack.constraints if isinstance(one, UniversalSentenceEncoder))
    constraint.model = load_encoder(manifests)  # else the constraint asks TensorFlow for one at its first use
    return attack
