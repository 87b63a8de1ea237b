"""Texts whose tokens are all words of their own: how an attacker sees them, who moves each token's vector."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder
from spiketext.inputs.words import WordTable, word_key
from spiketext.networks.classifier import Classifier
from spiketext.networks.network import Network


def table_of(values: Tensor, keys: np.ndarray) -> WordTable:
    """A row for each token `[N, D]` with the key of its draws `[N]`, after the padding."""
    rows = torch.cat([values.new_zeros(1, values.shape[1]), values])
    own = np.concatenate([np.array([word_key("")], dtype=np.uint64), keys])
    return WordTable(rows, own, [""] * len(rows), len(rows))


def batch_of(lengths: np.ndarray, labels: Tensor | None = None) -> Batch:
    """Texts of so many tokens `[B]`, the rows of such a table, with labels `[B]` or, without, 0."""
    texts = len(lengths)
    labels = torch.zeros(texts, dtype=torch.int64) if labels is None else labels
    return Batch(np.arange(texts), labels, np.arange(1, int(lengths.sum()) + 1), lengths)


def with_words(classifier: Classifier, words: WordTable) -> Classifier:
    """The classifier with another word table; it shares the network."""
    one = copy.copy(classifier)
    one.words = words
    return one


def currents_of(classifier: Classifier, words: np.ndarray) -> Tensor:
    """What the first layer is fed of rows of the classifier's table, `[T, n, D]`, with derivatives.

    The draws are the classifier's frozen ones: of equal keys they are equal.

    Args:
        classifier: whose table's values may carry gradients.
        words: rows, `[n]`.
    """
    table, steps, encoder = classifier.words, classifier.steps, classifier.network.encoder
    values, keys = table.values[torch.from_numpy(words).to(table.values.device)], table.keys[words]
    distinct, places = np.unique(keys, return_inverse=True)
    draws = encoder.frozen_draws(distinct, steps, values.shape[1], classifier.seed, classifier.draw)
    if draws is not None:
        draws = draws[:, torch.from_numpy(places)].to(values.device)
    inputs = encoder.encode(values, steps, draws)
    currents = classifier.currents(inputs).float()
    return currents if inputs.requires_grad else straight_through(encoder, values, currents)


def straight_through(encoder: Encoder, values: Tensor, currents: Tensor) -> Tensor:
    """Currents `[T, n, D]` of spikes, with the derivative of what they stand for at every step.

    Whatever the code, the mean of its currents over the steps is about the value, for ON and OFF neurons the
    value and its negative over the full scale: that has a derivative where the spikes have none.
    """
    ends = values if encoder.polarities == 1 else torch.cat([values, -values], 1)
    expected = ends / encoder.full_scale
    return currents + (expected - expected.detach())


@contextmanager
def frozen(network: Network[Any]) -> Iterator[None]:
    """The network as an evaluation has it, without gradients of its parameters; afterwards as it was."""
    training, learned = network.training, [one for one in network.parameters() if one.requires_grad]
    network.eval().requires_grad_(False)
    try:
        yield
    finally:
        network.train(training)
        for parameter in learned:
            parameter.requires_grad_(True)
