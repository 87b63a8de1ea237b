"""Logistic regression on the mean of a text's word vectors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from spiketext.config import fitted as config
from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import BaseClassifier
from spiketext.networks.fitted import Described, Fitted, fit_linear, in_order, linear_layout
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Population, Synapses, Work
from spiketext.tasks.base import Task


def means(batch: Batch, values: np.ndarray) -> np.ndarray:
    """Mean vectors `[B, D]` of the batch's texts; `values` `[V, D]` are those of the words."""
    starts = np.concatenate([[0], np.cumsum(batch.lengths)])
    counts = csr_matrix((np.ones(len(batch.ids)), batch.ids, starts), shape=(len(batch.rows), len(values)))
    found: np.ndarray = counts @ values.astype(np.float64) / np.maximum(batch.lengths, 1)[:, None]
    return found


class MeanVector(Fitted):
    """Each value of each token is added once; the sums are scaled and read out."""

    def layout(self, batch: Batch) -> Described:
        """See `Fitted`."""
        values = self.words.values.cpu().numpy()
        features = means(batch, values)
        events = {
            "vectors": torch.from_numpy(values[batch.ids] != 0),
            "mean": torch.from_numpy(features != 0),
        }
        return Described(features, events, len(batch.ids))

    def sources(self, described: Described, longest: int) -> tuple[list[Population], list[Synapses]]:
        """See `Fitted`."""
        (texts, width), tokens = described.features.shape, described.read
        look_up = Work("look-up", memory=self.words.vocabulary * width, once=True)
        sources = [
            Population(
                "vectors",
                "embedding",
                "values",
                tokens * width,
                width,
                longest * width,
                work=(look_up,),
                role="input",
            ),
            Population("mean", "mean", "values", texts * width, width, width, work=(Work("multiply"),)),
        ]
        return sources, [Synapses("vectors", "mean", 1.0)]


def fit(
    network: config.MeanVector,
    words: WordTable,
    texts: Texts,
    train: np.ndarray,
    dev: np.ndarray,
    task: Task,
    class_weights: np.ndarray | None,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights and a report; arguments as of `networks.assemble.fit`."""
    values = words.values.cpu().numpy()

    def features(rows: np.ndarray) -> np.ndarray:
        return np.concatenate([means(batch, values) for batch in in_order(texts, rows)])

    return fit_linear(
        features(train),
        texts.labels[train],
        features(dev),
        texts.labels[dev],
        task,
        class_weights,
        network.strengths,
    )


def make(
    network: config.MeanVector, words: WordTable, classes: int, weights: Mapping[str, Tensor]
) -> BaseClassifier:
    """The classifier of fitted weights.

    Raises:
        SpikeTextError: the weights are those of another one, or not finite.
    """
    check_weights(weights, linear_layout(classes))
    return MeanVector(words, weights["coefficients"].numpy(), weights["intercepts"].numpy())
