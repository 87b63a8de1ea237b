"""The multilingual Universal Sentence Encoder (Yang et al. 2020), for constraints on the sense of a text.

Its convolutional form, version 3, with an 8-bit word-piece table: projections of the embeddings pass through
two convolutions of each width with residuals, all features are added up over the word pieces, divided by the
root of their number and sent through four dense layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, layer_norm, pad, relu

from spiketext.resources.manifest import resource_file

CONVOLUTIONS = {2: (0, 1), 3: (1, 1), 5: (2, 2)}  # width: word pieces before and after
CHUNKS = 17  # word piece p is row p // 17 of the (p % 17)th part of the table
UNKNOWN, START, END = 0, 1, 2
BATCH = 64  # texts


class SentenceEncoder:
    """Texts → vectors of length 1."""

    def __init__(self, pieces: Path, weights: Path) -> None:
        """`pieces`: a sentencepiece model; `weights`: NumPy arrays."""
        import sentencepiece

        self.processor = sentencepiece.SentencePieceProcessor(model_file=str(pieces))
        with np.load(weights, allow_pickle=False) as arrays:
            loaded = {name: torch.from_numpy(np.asarray(arrays[name])) for name in arrays.files}
        self.table = torch.stack([loaded.pop(f"q{i + 1}") for i in range(CHUNKS)], dim=1).flatten(0, 1)
        self.weights = {name: value.float() for name, value in loaded.items()}

    def __call__(self, texts: list[str]) -> Tensor:
        """Vectors `[n, d]` of `n` texts; those that recur are computed once."""
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        distinct = list(places)
        with torch.inference_mode():
            vectors = [self._encode(distinct[i : i + BATCH]) for i in range(0, len(distinct), BATCH)]
            return torch.cat(vectors)[[places[text] for text in texts]]

    def _encode(self, texts: list[str]) -> Tensor:
        ids = [[START, *(self.processor.encode(text) or [UNKNOWN]), END] for text in texts]
        lengths = torch.tensor(list(map(len, ids)))
        padded = torch.tensor([row + [END] * (int(lengths.max()) - len(row)) for row in ids])
        inside = (torch.arange(padded.shape[1]) < lengths[:, None]).unsqueeze(-1)  # [n, L, 1]
        w = self.weights
        chunk = padded % CHUNKS
        embedded = self.table[padded] * w["scale"][chunk, None] + w["lo"][chunk, None]
        features = torch.cat([embedded, *self._convolve(embedded, inside)], dim=2)
        features = layer_norm(features, features.shape[2:], w["ln_g"], w["ln_b"], float(w["eps"]))
        summed = torch.where(inside, features, 0.0).sum(dim=1)
        count = lengths[:, None].float()
        text = (summed @ w["cnn_W"] + count * w["cnn_b"]) / count.sqrt()
        first = relu(text @ w["p1"] + relu(text @ w["d0"]) @ w["d1"])
        vectors = torch.tanh(first @ w["p3"] + relu(first @ w["d2"]) @ w["d3"])
        return vectors / vectors.square().sum(dim=1, keepdim=True).clamp_min(float(w["eps"])).sqrt()

    def _convolve(self, embedded: Tensor, inside: Tensor) -> list[Tensor]:
        """Features `[n, L, c]` of each width."""
        w = self.weights
        projected = torch.cat([embedded @ w[f"proj{n}"] + w[f"proj_b{n}"] for n in CONVOLUTIONS], dim=2)
        gain, shift = (torch.cat([w[f"{name}{n}"] for n in CONVOLUTIONS]) for name in ("ln_g", "ln_b"))
        normal = layer_norm(projected, projected.shape[2:], gain, shift, float(w["eps"]))
        found = []
        for width, values in zip(CONVOLUTIONS, normal.chunk(len(CONVOLUTIONS), dim=2), strict=True):
            for layer in ("1", "2"):
                values = torch.where(inside, values, 0.0)  # no text reaches into its padding
                kernel = w[f"w{layer}_{width}"].unflatten(0, (width, -1)).permute(2, 1, 0)
                padded = pad(values.transpose(1, 2), CONVOLUTIONS[width])
                values = values + relu(conv1d(padded, kernel, w[f"b{layer}_{width}"])).transpose(1, 2)
            found.append(values)
        return found


def load_encoder(manifests: Sequence[str | Path]) -> SentenceEncoder:
    """The encoder of the resource `use-multilingual`.

    Raises:
        SpikeTextError: the resource is missing or damaged.
    """
    pieces, weights = (
        resource_file(manifests, "use-multilingual", name) for name in ("sp.model", "weights.npz")
    )
    return SentenceEncoder(pieces, weights)
