"""The private folder in which TextAttack and NLTK look for their data."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from spiketext.attack.stopwords import english_stopwords
from spiketext.config.attacks import Recipe
from spiketext.errors import SpikeTextError
from spiketext.files import storage_errors
from spiketext.resources.manifest import resource_file
from spiketext.resources.pickles import load_pickle

POST_INSTALL_MARKER = "post_install_check_3"  # its presence keeps TextAttack 0.3.11 from downloading
WORDNET_FILES = (
    "lexnames",
    *(f"{kind}.{part}" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")),
    *(f"{part}.exc" for part in ("noun", "verb", "adj", "adv")),
)
TAGGER = "averaged_perceptron_tagger"
# The tags of the Penn Treebank by universal part of speech (Petrov, Das, McDonald 2012).
UNIVERSAL = {
    ".": "# $ '' ( ) , -LRB- -RRB- . : ``",
    "ADJ": "JJ JJR JJS",
    "ADP": "IN",
    "ADV": "RB RBR RBS WRB",
    "CONJ": "CC",
    "DET": "DT EX PDT WDT",
    "NOUN": "NN NNP NNPS NNS",
    "NUM": "CD",
    "PRON": "PRP PRP$ WP WP$",
    "PRT": "POS RP TO",
    "VERB": "MD VB VBD VBG VBN VBP VBZ",
    "X": "FW LS SYM UH",
}


def fill_home(home: Path, recipe: Recipe, manifests: Iterable[str | Path]) -> None:
    """Write marker, stop words and what NLTK is to read of the recipe's resources below `home`.

    Raises:
        SpikeTextError: a resource is missing or damaged, or the disk is full.
    """
    corpora, taggers = home / "nltk" / "corpora", home / "nltk" / "taggers"
    paths = list(manifests)
    with storage_errors(home):
        # NLTK refuses files that others may write.
        for folder in (corpora / "stopwords", corpora / "wordnet", home / "textattack"):
            folder.mkdir(mode=0o755, parents=True)
        (home / "textattack" / POST_INSTALL_MARKER).touch()
        _write(corpora / "stopwords" / "english", "\n".join(english_stopwords()).encode() + b"\n")
        if "wordnet" in recipe.resources:
            for name in WORDNET_FILES:  # copied, as NLTK follows no links out of its folder
                source = resource_file(paths, "wordnet", f"corpora/wordnet/{name}")
                _write(corpora / "wordnet" / name, source.read_bytes())
            # NLTK reads it, for seconds, to translate the WordNets of other languages; there are none here.
            _write(corpora / "wordnet" / "index.sense", b"")
        if "averaged-perceptron-tagger" in recipe.resources:
            _write_tagger(taggers, paths)


def _write_tagger(folder: Path, manifests: list[str | Path]) -> None:
    """NLTK's tagger as the JSON files that it reads since 3.9, and its table of universal tags."""
    source = resource_file(manifests, "averaged-perceptron-tagger", f"{TAGGER}.pickle")
    try:
        weights, tags, classes = load_pickle(source)
    except (TypeError, ValueError) as error:
        raise SpikeTextError(f"{source}: no tagger of NLTK's; delete its folder and run again") from error
    parts = {"weights": weights, "tagdict": tags, "classes": sorted(classes)}
    for name in (f"{TAGGER}_eng", "universal_tagset"):
        (folder / name).mkdir(mode=0o755, parents=True)
    for name, value in parts.items():
        _write(folder / f"{TAGGER}_eng" / f"{TAGGER}_eng.{name}.json", json.dumps(value).encode())
    lines = [f"{tag}\t{universal}\n" for universal, tags in UNIVERSAL.items() for tag in tags.split()]
    _write(folder / "universal_tagset" / "en-ptb.map", "".join(lines).encode())


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o644)
