"""The multilingual Universal Sentence Encoder (Yang et al. 2020).

Its convolutional form, version 3, with an 8-bit word-piece table: projections of the embeddings pass through
two convolutions of each width with residuals, all features are added up over the word pieces, divided by the
root of their number and sent through four dense layers. The table is not trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, layer_norm, pad, relu

from spiketext.arrays import Layout
from spiketext.networks.pretrained.models import base
from spiketext.networks.weights import check_weights
from spiketext.resources.manifest import resource_file

CONVOLUTIONS = {2: (0, 1), 3: (1, 1), 5: (2, 2)}  # width: word pieces before and after
LAYERS = ("1", "2")  # of convolutions of each width
EMBEDDED = "embeddings"  # what the projections read
CHUNKS = 17  # word piece p is row p // 17 of the (p % 17)th part of the table
UNKNOWN, START, END = 0, 1, 2
TEXT, DENSER = "text", "denser text"  # what stands behind each pair of dense layers
# Weights of the dense layers, and what each reads.
DENSE = {
    "cnn_W": "summed features", "d0": TEXT, "p1": TEXT, "d1": f"{TEXT}, hidden", "d2": DENSER, "p3": DENSER,
    "d3": f"{DENSER}, hidden",
}  # fmt: skip

_SHAPES: dict[str, tuple[int | str, ...]] = {
    "ln_g": ("features",), "ln_b": ("features",), "cnn_W": ("features", "sum"), "cnn_b": ("sum",),
    "d0": ("sum", "first"), "p1": ("sum", "second"), "d1": ("first", "second"),
    "d2": ("second", "third"), "p3": ("second", "W"), "d3": ("third", "W"),
    "lo": (CHUNKS,), "scale": (CHUNKS,), "eps": (1,),
}  # fmt: skip
for _n in CONVOLUTIONS:
    _SHAPES |= {f"proj{_n}": ("D", "inner"), f"proj_b{_n}": ("inner",)}
    _SHAPES |= {f"ln_g{_n}": ("inner",), f"ln_b{_n}": ("inner",)}
    for _layer in LAYERS:
        _SHAPES |= {f"w{_layer}_{_n}": (f"window {_n}", "inner"), f"b{_layer}_{_n}": ("inner",)}
LAYOUT = {name: Layout("float32", shape) for name, shape in _SHAPES.items()} | {
    "table": Layout("uint8", ("pieces", "D")),
    "tokenizer": Layout("uint8", ("bytes",)),
}


def _entry(layer: str, width: int) -> str:
    """Name of what a convolution reads."""
    return f"convolution {layer} of width {width}"


class Model(base.Model):
    """See `base.Model`; W = 512."""

    FIXED: ClassVar[frozenset[str]] = frozenset({"lo", "scale", "eps"})

    def __init__(self, tensors: Mapping[str, Tensor], dropout: float) -> None:
        """See `base.Model`."""
        super().__init__(tensors, dropout)
        self.table_size, self.width = tensors["table"].numel(), tensors["p3"].shape[1]
        self.epsilon = float(tensors["eps"])

    @classmethod
    def fetched(cls, manifests: Sequence[str | Path]) -> dict[str, Tensor]:
        """See `base.Model`."""
        pieces, weights = (
            resource_file(manifests, "use-multilingual", name) for name in ("sp.model", "weights.npz")
        )
        with np.load(weights, allow_pickle=False) as arrays:
            loaded = {name: torch.from_numpy(np.asarray(arrays[name])) for name in arrays.files}
        table = torch.stack([loaded.pop(f"q{i + 1}") for i in range(CHUNKS)], dim=1).flatten(0, 1)
        numbers = {name: value.float() for name, value in loaded.items() if name in LAYOUT}
        numbers["eps"] = numbers["eps"].reshape(1)
        return numbers | {"table": table, "tokenizer": base.as_bytes(pieces)}

    @classmethod
    def check(cls, tensors: Mapping[str, Tensor]) -> None:
        """See `base.Model`."""
        check_weights(tensors, LAYOUT)

    @cached_property
    def _processor(self) -> Any:
        import sentencepiece

        return sentencepiece.SentencePieceProcessor(model_proto=bytes(self["tokenizer"].cpu().numpy()))

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """See `base.Model`."""
        return [[START, *(self._processor.encode(text) or [UNKNOWN]), END] for text in texts]

    def forward(self, ids: Tensor, lengths: Tensor, entering: base.Entering = base.unchanged) -> Tensor:
        """See `base.Model`; the vectors' values are between −1 and 1."""
        inside = (torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]).unsqueeze(-1)  # [B, P, 1]
        chunk = ids % CHUNKS
        embedded = self["table"][ids] * self["scale"][chunk, None] + self["lo"][chunk, None]
        features = torch.cat([embedded, *self._convolve(embedded, inside, entering)], dim=2)
        features = self._normal(features, "ln_g", "ln_b")
        summed = torch.where(inside, features, 0.0).sum(dim=1)
        count = lengths[:, None].float()
        summed = entering(DENSE["cnn_W"], summed)
        text = self.dropped((summed @ self["cnn_W"] + count * self["cnn_b"]) / count.sqrt())
        text = entering(TEXT, text)
        inner = entering(DENSE["d1"], relu(text @ self["d0"]))
        first = entering(DENSER, relu(text @ self["p1"] + inner @ self["d1"]))
        outer = entering(DENSE["d3"], relu(first @ self["d2"]))
        return torch.tanh(first @ self["p3"] + outer @ self["d3"])

    def _convolve(self, embedded: Tensor, inside: Tensor, entering: base.Entering) -> list[Tensor]:
        """Features `[B, P, c]` of each width."""
        read = entering(EMBEDDED, embedded)
        projected = torch.cat([read @ self[f"proj{n}"] + self[f"proj_b{n}"] for n in CONVOLUTIONS], dim=2)
        gain, shift = (torch.cat([self[f"{name}{n}"] for n in CONVOLUTIONS]) for name in ("ln_g", "ln_b"))
        normal = layer_norm(projected, projected.shape[2:], gain, shift, self.epsilon)
        parts = normal.chunk(len(CONVOLUTIONS), dim=2)
        return [
            self._branch(values, inside, width, entering)
            for width, values in zip(CONVOLUTIONS, parts, strict=True)
        ]

    def _branch(self, values: Tensor, inside: Tensor, width: int, entering: base.Entering) -> Tensor:
        for layer in LAYERS:
            values = torch.where(inside, values, 0.0)  # no text reaches into its padding
            kernel = self[f"w{layer}_{width}"].unflatten(0, (width, -1)).permute(2, 1, 0)
            read = entering(_entry(layer, width), values)
            padded = pad(read.transpose(1, 2), CONVOLUTIONS[width])
            values = values + relu(conv1d(padded, kernel, self[f"b{layer}_{width}"])).transpose(1, 2)
        return values

    def _normal(self, values: Tensor, gain: str, shift: str) -> Tensor:
        return layer_norm(values, values.shape[2:], self[gain], self[shift], self.epsilon)

    def products(self, lengths: np.ndarray, longest: int) -> list[base.Products]:
        """See `base.Model`."""
        pieces, texts = float(lengths.sum()), float(len(lengths))
        width, inner = self["proj2"].shape
        outputs = inner * len(CONVOLUTIONS)
        found = [
            base.Products(
                "projection",
                pieces * width,
                width,
                longest * width,
                outputs,
                width * outputs,
                longest * outputs,
                EMBEDDED,
            )
        ]
        found += [
            base.Products(
                "convolutions", pieces * inner, inner, longest * inner, n * inner, n * inner**2,
                longest * inner, _entry(layer, n),
            )
            for n in CONVOLUTIONS
            for layer in LAYERS
        ]  # fmt: skip
        for name, enters in DENSE.items():
            reads, writes = self[name].shape
            found.append(
                base.Products(
                    "dense layers", texts * reads, reads, reads, writes, reads * writes, writes, enters
                )
            )
        return found
