"""A tiny BERT in the form of the resource `minilm`."""

import hashlib
import json
from pathlib import Path

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
    facts = {
        path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(own.iterdir())
    }
    write_json(own / "manifest.json", {"resource": "minilm", "files": facts})
    return own / "manifest.json"
