"""BAE (Garg and Ramakrishnan 2020) as TextAttack builds it, with models from local folders."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from textattack.attack_recipes import bae_garg_2019
from textattack.transformations import WordSwapMaskedLM
from transformers import AutoModelForMaskedLM, AutoTokenizer

from spiketext.attack.in_place import in_place
from spiketext.attack.stand_ins import encode_sentences
from spiketext.resources.manifest import resource_folder

LONGEST = 512  # word pieces, as in TextAttack


def build(victim: Any, manifests: Sequence[str | Path]) -> Any:
    """The attack; the masked language model is that of the resource `masked-language-model`."""
    folder = resource_folder(manifests, "masked-language-model")
    model = AutoModelForMaskedLM.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    swap = partial(
        WordSwapMaskedLM,
        masked_language_model=model,
        tokenizer=AutoTokenizer.from_pretrained(folder, local_files_only=True),
        max_length=min(LONGEST, model.config.max_position_embeddings),
    )
    with in_place(bae_garg_2019, WordSwapMaskedLM=swap):
        attack = bae_garg_2019.BAEGarg2019.build(victim)
    return encode_sentences(attack, manifests)
