"""Small vector files of every kind, made on the spot."""

import gzip
import hashlib
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

from spiketext.arrays import write_arrays
from spiketext.config.data import VectorSource
from spiketext.files import write_json

PIECES = ["[UNK]", "good", "bad", "n", "'", "t", "film", "##s", "a"]
TENCENT = {
    "好": [1.0, 0.0, 0.0],
    "不": [0.0, 1.0, 0.0],
    "坏": [-1.0, 0.0, 0.5],
    "喜欢": [0.5, 0.5, 0.5],
    "电影": [0.0, 0.25, -1.0],
    "电": [0.125, 0.0, 1.0],
}


@pytest.fixture
def minilm(tmp_path):
    """A table of word pieces [9, 4] and its tokenizer; returns path and table."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder = tmp_path / "minilm"
    folder.mkdir()
    table = np.random.default_rng(0).normal(2.0, 1.0, (len(PIECES), 4)).astype(np.float32)
    save_file({"embeddings.word_embeddings.weight": table}, folder / "model.safetensors")
    tokenizer = Tokenizer(
        models.WordPiece({piece: row for row, piece in enumerate(PIECES)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder / "model.safetensors", table


@pytest.fixture
def tencent(tmp_path):
    """A gzip pickle as the package carries it; vectors are those of `TENCENT`."""
    lines = [" ".join([word, *map(str, vector)]) for word, vector in TENCENT.items()]
    path = tmp_path / "test.model"
    with gzip.open(path, "wb") as file:
        pickle.dump((lines, {"好": "A"}, {"A": "好"}), file, protocol=3)
    return path


@pytest.fixture
def manifests(tmp_path):
    """A function that makes a file a resource; returns the manifests."""

    def make(resource, *paths):
        folder = tmp_path / "resources" / resource
        folder.mkdir(parents=True)
        files = {}
        for path in paths:
            (folder / path.name).write_bytes(path.read_bytes())
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            files[path.name] = {"bytes": path.stat().st_size, "sha256": digest}
        write_json(folder / "manifest.json", {"resource": resource, "files": files})
        return [folder / "manifest.json"]

    return make


@pytest.fixture
def source():
    """A function that describes a source."""
    return lambda kind, path, **more: VectorSource(kind=kind, path=str(path), **more)


@pytest.fixture
def stored(tmp_path):
    """A function that writes the outputs of the stage; returns their paths."""

    def store(table, fitted):
        paths = [tmp_path / name for name in ("table.safetensors", "words.json", "fit.safetensors")]
        write_arrays(paths[0], {"vectors": table.vectors, "covered": table.covered})
        write_json(paths[1], {"words": table.words})
        write_arrays(paths[2], fitted)
        return paths

    return store
