"""Vectors of texts by the multilingual Universal Sentence Encoder, for constraints on the sense of a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from spiketext.networks.pretrained.models.use_multilingual import END, Model

BATCH = 64  # texts


class SentenceEncoder:
    """Texts → vectors of length 1."""

    def __init__(self, model: Model) -> None:
        """Of the encoder as it was published."""
        self.model = model.eval()

    def __call__(self, texts: list[str]) -> Tensor:
        """Vectors `[n, d]` of `n` texts; those that recur are computed once."""
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        distinct = list(places)
        with torch.inference_mode():
            vectors = [self._encode(distinct[i : i + BATCH]) for i in range(0, len(distinct), BATCH)]
            return torch.cat(vectors)[[places[text] for text in texts]]

    def _encode(self, texts: list[str]) -> Tensor:
        ids = self.model.pieces(texts)
        lengths = torch.tensor(list(map(len, ids)))
        padded = torch.tensor([row + [END] * (int(lengths.max()) - len(row)) for row in ids])
        vectors = self.model(padded, lengths)
        return vectors / vectors.square().sum(dim=1, keepdim=True).clamp_min(self.model.epsilon).sqrt()


def load_encoder(manifests: Sequence[str | Path]) -> SentenceEncoder:
    """The encoder of the resource `use-multilingual`.

    Raises:
        SpikeTextError: the resource is missing or damaged.
    """
    return SentenceEncoder(Model(Model.fetched(manifests), dropout=0.0))
