"""Particle swarm optimisation with sememes (Zang et al. 2020) as TextAttack builds it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import nltk
from textattack.attack_recipes import pso_zang_2020
from textattack.shared.utils import strings
from textattack.transformations import WordSwap, WordSwapHowNet

from spiketext.attack.in_place import in_place
from spiketext.resources.manifest import only_file
from spiketext.resources.pickles import load_pickle


class HowNetSwap(WordSwapHowNet):
    """TextAttack's class with candidates that are given instead of downloaded."""

    def __init__(self, candidates: dict[str, dict[str, list[str]]]) -> None:
        """`candidates`: by word in lower case and part of speech (`noun`, `verb`, `adj`, `adv`)."""
        WordSwap.__init__(self)
        self.max_candidates = -1
        self.candidates_bank = candidates
        self.pos_dict = {"ADJ": "adj", "NOUN": "noun", "ADV": "adv", "VERB": "verb"}


class Tagger:
    """NLTK's tagger behind the interface of flair's, which TextAttack asks for parts of speech."""

    def predict(self, sentence: Any, force_token_predictions: bool = True) -> None:
        """Label each token of a `flair.data.Sentence` with its universal part of speech."""
        tags = nltk.pos_tag([token.text for token in sentence], tagset="universal")
        for token, (_, tag) in zip(sentence, tags, strict=True):
            token.add_label("upos", tag)


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; its candidates are the file of the resource `hownet-candidates`."""
    candidates = load_pickle(only_file(manifests, "hownet-candidates"))
    strings._flair_taggers["upos-fast"] = Tagger()
    with in_place(pso_zang_2020, WordSwapHowNet=partial(HowNetSwap, candidates)):
        return pso_zang_2020.PSOZang2020.build(victim)
