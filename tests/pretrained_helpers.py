"""Tiny encoders in the form of the resources `minilm` and `use-multilingual`."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from spiketext.files import write_json

SIZES = {
    "hidden_size": 16,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 40,
}


def write_minilm(folder: Path, words: list[str]) -> Path:
    """Random weights and a tokeniser of whole words; returns the manifest. `folder` is of all resources."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    own = folder / "minilm"
    own.mkdir(parents=True)
    vocabulary = {piece: i for i, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "##s", *words])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(piece, vocabulary[piece]) for piece in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    tokenizer.enable_padding(length=30)  # as the published one has it
    tokenizer.save(str(own / "tokenizer.json"))
    torch.manual_seed(5)
    model = BertModel(BertConfig(vocab_size=len(vocabulary), initializer_range=0.3, **SIZES))
    save_file(model.state_dict(), own / "model.safetensors")
    (own / "config.json").write_text(json.dumps(SIZES), encoding="utf-8")
    return _manifest(own)


def write_use(folder: Path, texts: list[str]) -> Path:
    """The files of `use_files`; returns the manifest."""
    own = folder / "use-multilingual"
    own.mkdir(parents=True)
    for name, content in use_files(texts).items():
        (own / name).write_bytes(content)
    return _manifest(own)


def _manifest(own: Path) -> Path:
    facts = {
        path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(own.iterdir())
    }
    said = {"resource": own.name, "version": "1", "source": "this test", "sha256": "0" * 64, "pinned": False}
    said |= {"bytes": 0, "licence": "none", "citation": "none"}
    write_json(own / "manifest.json", {**said, "files": facts})
    return own / "manifest.json"


WIDTH, INNER = 12, 8  # of the tiny `use-multilingual`, whose text vectors have WIDTH numbers


def use_files(texts: list[str]) -> dict[str, bytes]:
    """The files of `use-multilingual` with random numbers, and a real sentencepiece model of the texts."""
    import sentencepiece

    pieces = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts * 5), model_writer=pieces, vocab_size=120, hard_vocab_limit=False,
        minloglevel=2, num_threads=1,
    )  # fmt: skip
    generator = np.random.default_rng(3)

    def draw(*shape):
        return generator.normal(size=shape).astype(np.float32) / np.sqrt(shape[0])

    arrays = {f"q{i + 1}": generator.integers(0, 256, (9, WIDTH), dtype=np.uint8) for i in range(17)}
    arrays |= {"lo": draw(17) - 1, "scale": np.full(17, 0.01, np.float32), "eps": np.array(1e-6)}
    for n in (2, 3, 5):
        arrays |= {f"proj{n}": draw(WIDTH, INNER), f"proj_b{n}": draw(INNER)}
        arrays |= {f"ln_g{n}": 1 + draw(INNER), f"ln_b{n}": draw(INNER)}
        for layer in "12":
            arrays |= {f"w{layer}_{n}": draw(n * INNER, INNER), f"b{layer}_{n}": draw(INNER)}
    features = WIDTH + 3 * INNER
    arrays |= {"ln_g": 1 + draw(features), "ln_b": draw(features)}
    arrays |= {"cnn_W": draw(features, WIDTH), "cnn_b": draw(WIDTH)}
    arrays |= {"d0": draw(WIDTH, 7), "d1": draw(7, 7), "p1": draw(WIDTH, 7)}
    arrays |= {"d2": draw(7, WIDTH), "d3": draw(WIDTH, WIDTH), "p3": draw(7, WIDTH)}
    weights = io.BytesIO()
    np.savez_compressed(weights, **arrays)
    return {"sp.model": pieces.getvalue(), "weights.npz": weights.getvalue()}
