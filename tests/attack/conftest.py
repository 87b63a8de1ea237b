"""A tiny classifier that really learns, and a tiny WordNet in the real format."""

import hashlib
import re
import socket
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from spiketext.attack.sample import Example
from spiketext.files import write_json
from spiketext.text.tokenisers import tokenise
from tests.pretrained_helpers import use_files

ENGLISH = (
    [
        "a wonderful film",
        "truly great acting here",
        "the movie felt great",
        "wonderful plot with great actors",
    ],
    ["a terrible film", "truly awful acting here", "the movie felt awful", "terrible plot with awful actors"],
)
CHINESE = (
    ["酒店非常漂亮", "房间干净舒服", "服务热情周到", "早餐丰盛，房间漂亮"],
    ["酒店非常肮脏", "房间吵闹难受", "服务冷淡恶劣", "早餐糟糕，房间肮脏"],
)


class BagOfWords:
    """Logistic regression on word counts; scores are two logits."""

    stochastic = False

    def __init__(self, sentences, labels):
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression

        self.counts = CountVectorizer(analyzer=list)
        self.model = LogisticRegression(C=10).fit(self.counts.fit_transform(sentences), labels)
        self.batches = []

    def scores(self, token_lists):
        """Scores `[n, 2]`; remembers the size of the batch."""
        self.batches.append(len(token_lists))
        logit = self.model.decision_function(self.counts.transform(token_lists))
        return np.stack([-logit / 2, logit / 2], axis=1)


class Case:
    """Sentences of one language, a classifier trained on them, and its tokeniser."""

    def __init__(self, language, positive, negative):
        self.tokenise = partial(tokenise, language=language)
        texts, labels = positive + negative, [1] * len(positive) + [0] * len(negative)
        words = [self.tokenise(text) for text in texts]
        self.examples = [Example(10 + i, labels[i], text, tuple(words[i])) for i, text in enumerate(texts)]
        self.train = lambda: BagOfWords(words, labels)


@pytest.fixture(scope="session")
def english():
    """English sentences and a classifier."""
    return Case("en", *ENGLISH)


@pytest.fixture(scope="session")
def chinese():
    """Chinese sentences and a classifier."""
    return Case("zh", *CHINESE)


def write_wordnet(folder: Path, synsets, ends=b"\n") -> Path:
    """Write the resource `wordnet` with `(part, [lemmas])` synsets; returns its manifest.

    The format is that of wndb(5WN): data lines start with their own byte offset in the file.
    """
    files = {"lexnames": "".join(f"{i:02d}\tgroup{i}\t1\n" for i in range(3))}
    for part, letter in (("noun", "n"), ("verb", "v"), ("adj", "a"), ("adv", "r")):
        header = "  1 WordNet 3.1 Copyright 2011 by a test.  \n"
        data, index = header, {}
        for own_part, lemmas in synsets:
            if own_part == part:
                offset = len(data)
                names = " ".join(f"{lemma} 0" for lemma in lemmas)
                data += f"{offset:08d} 00 {letter} {len(lemmas):02x} {names} 000 | made up  \n"
                for lemma in lemmas:
                    index.setdefault(lemma, []).append(offset)
        files[f"data.{part}"] = data
        files[f"index.{part}"] = header + "".join(
            f"{lemma} {letter} {len(offsets)} 0 {len(offsets)} 0 {' '.join(f'{o:08d}' for o in offsets)}  \n"
            for lemma, offsets in sorted(index.items())
        )
        files[f"{part}.exc"] = ""
    return write_resource(
        folder,
        "wordnet",
        {f"corpora/wordnet/{name}": re.sub(b"\n", ends, content.encode()) for name, content in files.items()},
    )


def write_resource(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    """Write files of a resource as if they had been fetched; returns its manifest."""
    for file, content in files.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    facts = {
        file: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for file, content in files.items()
    }
    manifest = folder / name / "manifest.json"
    write_json(manifest, {"resource": name, "files": facts})
    return manifest


SYNSETS = [
    ("noun", ["film", "movie"]),
    ("adj", ["wonderful", "marvellous"]),
    ("adj", ["great", "outstanding"]),
    ("adj", ["terrible", "dire"]),
    ("adj", ["awful", "dreadful"]),
]


@pytest.fixture(scope="session")
def synsets():
    """Synsets of the tiny WordNet."""
    return SYNSETS


@pytest.fixture(scope="session")
def make_wordnet():
    """The function that writes one."""
    return write_wordnet


@pytest.fixture(scope="session")
def wordnet(tmp_path_factory):
    """Manifest of a tiny WordNet."""
    return write_wordnet(tmp_path_factory.mktemp("resources"), SYNSETS)


@pytest.fixture(scope="session")
def make_resource():
    """The function that writes one."""
    return write_resource


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """Manifest of a tiny sentence encoder."""
    texts = [text for group in (*ENGLISH, *CHINESE) for text in group]
    return write_resource(tmp_path_factory.mktemp("encoder"), "use-multilingual", use_files(texts))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Fail at the end of a test in which anything tried to reach a network."""
    tries = []

    def refuse(*args, **_):
        tries.append(args)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    assert tries == []
