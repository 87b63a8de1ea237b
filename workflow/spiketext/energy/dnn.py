"""Operations of the TextCNN: dense, and on hardware that skips products with zero.

Memory traffic follows Lemaire et al. 2022 (arXiv 2210.13107), as the authors' own implementation in
qualia-plugin-snn states its equations; the paper itself was not read. Each product of the convolution reads a
weight and an input, each product of the read-out a weight; the read-out's inputs are read once and sums stay
in registers; each output is written once. Addresses are not counted.

Not counted, in the spiking network neither: the choice of the largest score. Rounding to a quantised
network's levels is not counted, to its advantage.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spiketext.energy.account import Account, Count
from spiketext.energy.shape import Shape, Uses
from spiketext.training.data import Batch

POOLS_BY = {"mean": "AC", "max": "compare"}


@dataclass(frozen=True)
class _Work:
    """What depends on zeros: products of the convolution, terms of the pooling, products of the read-out."""

    convolution: float
    pooling: float
    readout: float


def dnn_account(batch: Batch, shape: Shape, features: dict[str, Tensor]) -> Account:
    """Operations of the TextCNN on one batch.

    Args:
        batch: the sentences.
        shape: of the network.
        features: `inputs` `[1, n, D]`, `convolution` `[1, W, C]` and `pooled` `[1, B, K * C]`, as the next
            layer reads them.
    """
    uses = Uses.of(batch, shape.slabs)
    dense = _Work(
        float(uses.rows.sum()) * shape.channels * shape.width,
        float(uses.windows * shape.channels),
        float(uses.sentences * shape.readout),
    )
    own = features["inputs"][0].count_nonzero(dim=1).cpu().double()
    effective = _Work(
        float(own @ uses.rows) * shape.channels,
        float(torch.count_nonzero(features["convolution"])),
        float(torch.count_nonzero(features["pooled"])) * shape.classes,
    )
    padding = float(uses.padding.sum()) * shape.channels * shape.width
    return Account(
        _counts(uses, shape, dense, dense),
        _counts(uses, shape, dense, effective) + _tests(uses, shape),
        {"MAC": padding},
    )


def once(
    layer: str, operation: str, done: float, possible: float | None = None, **about: int | None
) -> Count:
    """What is done once a sentence; `possible` where not all that could be done is."""
    return Count(layer, operation, np.full(1, done), done if possible is None else possible, **about)


def look_up(uses: Uses, shape: Shape) -> list[Count]:
    """The word vectors of the sentences, fetched from the table into the memory that the network reads."""
    values = float(uses.tokens.sum()) * shape.width
    return [
        once("embedding", "look-up", values, words=shape.vectors, bits=shape.bits),
        once("embedding", "access", values, words=shape.sentence, bits=shape.bits),
    ]


def products(shape: Shape, done: float, possible: float) -> list[Count]:
    """Products of the convolution, each with the weight and the input that it reads."""
    return [
        once("convolution", "MAC", done, possible, bits=shape.bits),
        once("convolution", "access", done, possible, words=shape.kernels),
        once("convolution", "access", done, possible, words=shape.sentence, bits=shape.bits),
    ]


def _counts(uses: Uses, shape: Shape, dense: _Work, done: _Work) -> list[Count]:
    maps, features = dense.pooling, float(uses.sentences * shape.features)
    scores = float(uses.sentences * shape.classes)
    counts = [
        *look_up(uses, shape),
        *products(shape, done.convolution, dense.convolution),
        once("convolution", "compare", maps),  # ReLU
        once("convolution", "access", maps, words=shape.maps, bits=shape.bits),
        once("pooling", POOLS_BY[shape.pooling], done.pooling, dense.pooling),
        once("pooling", "access", maps, words=shape.maps, bits=shape.bits),
        once("pooling", "access", features, words=shape.features, bits=shape.bits),
        once("readout", "MAC", done.readout, dense.readout, bits=shape.bits),
        once("readout", "access", done.readout, dense.readout, words=shape.readout),
        once("readout", "access", features, words=shape.features, bits=shape.bits),
        once("readout", "access", scores, words=shape.classes),
    ]
    if shape.pooling == "mean":
        counts.append(once("pooling", "multiply", features))  # by 1 / windows
    if shape.bias:
        counts += [
            once("bias", "AC", maps + scores),
            once("bias", "access", maps, words=shape.features),
            once("bias", "access", scores, words=shape.classes),
        ]
    return counts


def _tests(uses: Uses, shape: Shape) -> list[Count]:
    """Every factor is read and compared with zero once; ReLU already tells which terms of the pool are."""
    values, features = float(uses.tokens.sum()) * shape.width, float(uses.sentences * shape.features)
    return [
        once("convolution", "compare", values),
        once("convolution", "access", values, words=shape.sentence, bits=shape.bits),
        once("readout", "compare", features),
    ]
