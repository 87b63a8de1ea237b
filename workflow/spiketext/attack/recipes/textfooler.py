"""TextFooler (Jin et al. 2020) as TextAttack builds it, with the sentence encoder that we have."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textattack.attack_recipes import TextFoolerJin2019

from spiketext.attack.counterfitted import provide_synonyms
from spiketext.attack.stand_ins import encode_sentences


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; NLTK reads its tagger from the private home (`attack.home`)."""
    provide_synonyms(manifests)
    return encode_sentences(TextFoolerJin2019.build(victim), manifests)
