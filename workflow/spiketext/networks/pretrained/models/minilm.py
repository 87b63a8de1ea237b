"""MiniLM-L6 (Wang et al. 2020): six layers of BERT (Devlin et al. 2019), and a mean over word pieces.

Written out, as the rules that run networks do without the transformers package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from spiketext.arrays import Layout
from spiketext.errors import SpikeTextError
from spiketext.networks.pretrained.models import base
from spiketext.networks.weights import check_weights
from spiketext.resources.manifest import resource_file

EPSILON = 1e-12  # of the layers' normalisations
TABLES = ("word", "position", "token_type")


def _layer(number: int) -> dict[str, tuple[str, ...]]:
    """Shapes of a layer's tensors."""
    inner, outer = (f"encoder.layer.{number}.{name}" for name in ("intermediate.dense", "output.dense"))
    parts = ["self.query", "self.key", "self.value", "output.dense"]
    shapes: dict[str, tuple[str, ...]] = {}
    for part in parts:
        name = f"encoder.layer.{number}.attention.{part}"
        shapes |= {f"{name}.weight": ("W", "W"), f"{name}.bias": ("W",)}
    shapes |= {f"{inner}.weight": ("inner", "W"), f"{inner}.bias": ("inner",)}
    shapes |= {f"{outer}.weight": ("W", "inner"), f"{outer}.bias": ("W",)}
    for normal in ("attention.output.LayerNorm", "output.LayerNorm"):
        name = f"encoder.layer.{number}.{normal}"
        shapes |= {f"{name}.weight": ("W",), f"{name}.bias": ("W",)}
    return shapes


def _layout(layers: int) -> dict[str, Layout]:
    shapes: dict[str, tuple[str, ...]] = {
        f"embeddings.LayerNorm.{name}": ("W",) for name in ("weight", "bias")
    }
    for number in range(layers):
        shapes |= _layer(number)
    shapes |= {f"embeddings.{table}_embeddings.weight": (f"{table}s", "W") for table in TABLES}
    layout = {name: Layout("float32", shape) for name, shape in shapes.items()}
    return layout | {"heads": Layout("int64", (1,), low=1), "tokenizer": Layout("uint8", ("bytes",))}


def _layers(names: Sequence[str]) -> int:
    return 1 + max(
        (int(name.split(".")[2]) for name in names if name.startswith("encoder.layer.")), default=-1
    )


def entries(number: int) -> tuple[str, str, str, str]:
    """Names of what the linear layers of a block read."""
    attention, inner = f"attention {number + 1}", f"inner layer {number + 1}"
    return f"{attention}, input", f"{attention}, heads", f"{inner}, input", f"{inner}, hidden"


class Model(base.Model):
    """See `base.Model`; W = 384. The table of word pieces, half of all weights, is not trained."""

    FIXED: ClassVar[frozenset[str]] = frozenset({"embeddings.word_embeddings.weight"})

    def __init__(self, tensors: Mapping[str, Tensor], dropout: float) -> None:
        """See `base.Model`."""
        super().__init__(tensors, dropout)
        self.layers, self.head_count = _layers(list(tensors)), int(tensors["heads"])
        pieces = tensors["embeddings.word_embeddings.weight"]
        self.table_size, self.width = pieces.numel(), pieces.shape[1]
        self.longest = len(tensors["embeddings.position_embeddings.weight"])

    @classmethod
    def fetched(cls, manifests: Sequence[str | Path]) -> dict[str, Tensor]:
        """See `base.Model`."""
        model, tokenizer, config = (
            resource_file(manifests, "minilm", name)
            for name in ("model.safetensors", "tokenizer.json", "config.json")
        )
        try:
            stored = load_file(model)
            heads = int(json.loads(config.read_bytes())["num_attention_heads"])
        except (SafetensorError, ValueError, KeyError) as error:
            raise SpikeTextError(f"{model}: no BERT can be read: {error}; supply the file again") from error
        wanted = _layout(_layers(list(stored)))
        tensors = {name: tensor for name, tensor in stored.items() if name in wanted}
        return tensors | {"heads": torch.tensor([heads]), "tokenizer": base.as_bytes(tokenizer)}

    @classmethod
    def check(cls, tensors: Mapping[str, Tensor]) -> None:
        """See `base.Model`."""
        check_weights(tensors, _layout(_layers(list(tensors))))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        found = Tokenizer.from_str(bytes(self["tokenizer"].cpu().numpy()).decode())
        found.no_padding()
        found.enable_truncation(self.longest)
        return found

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """See `base.Model`."""
        return [self._tokenizer.encode(text).ids for text in texts]

    def forward(self, ids: Tensor, lengths: Tensor, entering: base.Entering = base.unchanged) -> Tensor:
        """See `base.Model`; padding neither is attended to nor counts in the mean."""
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]  # [B, P]
        words, places, kinds = (self[f"embeddings.{table}_embeddings.weight"] for table in TABLES)
        values = F.embedding(ids, words) + places[: ids.shape[1]] + kinds[0]
        values = self.dropped(self._normal(values, "embeddings.LayerNorm"))
        mask = None if bool(inside.all()) else inside[:, None, None, :]
        for number in range(self.layers):
            values = self._block(values, mask, number, entering)
        return torch.where(inside.unsqueeze(-1), values, 0.0).sum(1) / lengths[:, None]

    def _block(self, values: Tensor, mask: Tensor | None, number: int, entering: base.Entering) -> Tensor:
        """One layer, `[B, P, W]` → `[B, P, W]`."""
        layer, (attended, projected, widened, narrowed) = f"encoder.layer.{number}", entries(number)
        read = entering(attended, values)
        queries, keys, own = (
            self._linear(read, f"{layer}.attention.self.{name}")
            .unflatten(2, (self.head_count, -1))
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        share = self.dropout if self.training else 0.0
        seen = F.scaled_dot_product_attention(queries, keys, own, mask, share).transpose(1, 2).flatten(2)
        seen = self.dropped(self._linear(entering(projected, seen), f"{layer}.attention.output.dense"))
        values = self._normal(values + seen, f"{layer}.attention.output.LayerNorm")
        inner = F.gelu(self._linear(entering(widened, values), f"{layer}.intermediate.dense"))
        outer = self.dropped(self._linear(entering(narrowed, inner), f"{layer}.output.dense"))
        return self._normal(values + outer, f"{layer}.output.LayerNorm")

    def _linear(self, values: Tensor, name: str) -> Tensor:
        return F.linear(values, self[f"{name}.weight"], self[f"{name}.bias"])

    def _normal(self, values: Tensor, name: str) -> Tensor:
        return F.layer_norm(values, (self.width,), self[f"{name}.weight"], self[f"{name}.bias"], EPSILON)

    def products(self, lengths: np.ndarray, longest: int) -> list[base.Products]:
        """See `base.Model`."""
        width, inner = self.width, self["encoder.layer.0.intermediate.dense.bias"].numel()
        pieces, pairs = float(lengths.sum()), float((lengths.astype(np.float64) ** 2).sum())
        values, memory, hidden = pieces * width, longest * width, longest * inner
        found = []
        for number in range(self.layers):
            attention, outer = f"attention {number + 1}", f"inner layer {number + 1}"
            attended, projected, widened, narrowed = entries(number)
            shares = pairs * self.head_count
            found += [
                base.Products(
                    attention, values, width, memory, 3 * width, 3 * width**2, 3 * memory, attended
                ),
                base.Products(attention, values, width, memory, pairs / pieces),
                base.Products(attention, shares, 1, longest**2 * self.head_count, width / self.head_count),
                base.Products(attention, values, width, memory, width, width**2, memory, projected),
                base.Products(outer, values, width, memory, inner, width * inner, hidden, widened),
                base.Products(outer, pieces * inner, inner, hidden, width, width * inner, memory, narrowed),
            ]
        return found
