"""A trained classifier for texts of any words, as attacks and users need it."""

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch

from spiketext.config.data import Embedding
from spiketext.config.methods import Method
from spiketext.inputs.batches import PADDING, Batch, Texts
from spiketext.inputs.embeddings.embedder import Embedder
from spiketext.inputs.words import InputTransform, WordTable, load_transform
from spiketext.networks import assemble
from spiketext.networks.classifier import BaseClassifier
from spiketext.networks.weights import load_weights


class Predictor:
    """Token lists in, class scores out; the same text always gets the same scores.

    Words that the corpus lacks get their vector from the embedder, and spike trains that depend on
    the word and the seed only: a new draw at each query would be a randomised defence.
    """

    def __init__(
        self,
        classifier: BaseClassifier,
        embedder: Embedder,
        transform: InputTransform,
        max_length: int,
    ) -> None:
        """`classifier` on its device; its word table is replaced at each call."""
        self.classifier, self.embedder, self.transform = classifier, embedder, transform
        self.max_length = max_length

    @cached_property
    def memory(self) -> Any:
        """Of words that were met before: texts under attack come back with one word changed."""
        return self.classifier.memory()

    def scores(self, token_lists: Sequence[Sequence[str]]) -> np.ndarray:
        """Class scores after all steps, `[n, classes]`, on the scale that training used."""
        total = self.classifier.last_scores(self.batch(token_lists), self.memory)
        scores: np.ndarray = (total / self.classifier.scale(self.classifier.steps)).cpu().numpy()
        return scores

    @property
    def stochastic(self) -> bool:
        """Whether spikes are drawn, so that another draw gives other scores."""
        return self.classifier.stochastic

    def drawn(self, draw: int, seed: int | None = None) -> Self:
        """The predictor with the spikes of another draw; `seed`: not that of the run."""
        self.memory  # noqa: B018  made here, so that all draws share it
        one = copy.copy(self)
        one.classifier = self.classifier.drawn(draw, seed)
        return one

    def batch(self, token_lists: Sequence[Sequence[str]]) -> Batch:
        """A batch of texts, whose words the classifier knows until the next call.

        The empty word, as which an attack masks others, is the padding: a word has one row.
        """
        words = dict.fromkeys(word for tokens in token_lists for word in tokens if word)
        place = {"": PADDING} | {word: i for i, word in enumerate(words, PADDING + 1)}
        ids = np.array([place[word] for tokens in token_lists for word in tokens], dtype=np.int64)
        offsets = np.concatenate([[0], np.cumsum([len(tokens) for tokens in token_lists])]).astype(np.int64)
        self.classifier.words = self._table(list(words))
        labels = np.zeros(len(token_lists), dtype=np.int64)
        return Texts(ids, offsets, labels, self.max_length).batch(np.arange(len(token_lists)))

    def _table(self, words: list[str]) -> WordTable:
        """Row 0 is padding, then the words."""
        vectors, covered = self.embedder.embed(words)
        values = self.transform(vectors, covered)
        padding = np.zeros((1, values.shape[1]), dtype=np.float32)
        device = self.classifier.words.values.device
        rows = np.concatenate([padding, values])
        return WordTable.of(rows, ["", *words], device, self.embedder.vocabulary)


def load_predictor(files: Any, params: Any, device: torch.device, embedder: Any = None) -> Predictor:
    """The predictor of a stage, from a rule's inputs and parameters.

    Args:
        files: `vectors_report`, `weights`; of words also `table`, `words`, `fit`, `vector_manifests`.
        params: `method`, `embedding`, `stage`, `steps`, `classes`,
            `max_length`, `seed`.
        device: where the network runs.
        embedder: of what the network reads, with the interface of an `Embedder`; None: of words.
    """
    method = Method(**params.method)
    transform = load_transform(files, method.inputs)
    if embedder is None:
        embedder = Embedder.load(
            files.table, files.words, files.fit, Embedding(**params.embedding), files.vector_manifests
        )
    width = transform.width(embedder.width)
    empty = WordTable.of(np.zeros((1, width), dtype=np.float32), [""], device)
    classifier = assemble.classifier(
        method,
        params.stage,
        empty,
        params.classes,
        load_weights(files.weights),
        params.steps,
        params.seed,
    ).evaluated()[0]
    return Predictor(classifier, embedder, transform, params.max_length)
