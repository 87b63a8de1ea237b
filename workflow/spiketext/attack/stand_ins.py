"""What stands in for parts of TextAttack's recipes that would be downloaded.

Imports TextAttack, so only recipes import this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textattack.constraints.semantics.sentence_encoders import UniversalSentenceEncoder

from spiketext.attack.encoder import load_encoder


def encode_sentences(attack: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack, whose constraint on sentences asks the encoder of the resource `use-multilingual`."""
    (constraint,) = (one for one in attack.constraints if isinstance(one, UniversalSentenceEncoder))
    constraint.model = load_encoder(manifests)  # else the constraint asks TensorFlow for one at its first use
    return attack
