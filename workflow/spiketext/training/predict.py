"""A trained classifier for sentences of any words, as attacks need it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from spiketext.coding.draws import word_key
from spiketext.config import Embedding, Method
from spiketext.embeddings.embedder import Embedder
from spiketext.training import assemble
from spiketext.training.classifiers import Classifier, WordTable
from spiketext.training.data import Sentences


class Predictor:
    """Token lists in, class scores out; the same sentence always gets the same scores.

    Words that the corpus lacks get their vector from the embedder, and spike trains that depend on
    the word and the seed only: a new draw at each query would be a randomised defence.
    """

    def __init__(
        self,
        classifier: Classifier,
        embedder: Embedder,
        transform: assemble.InputTransform,
        widths: list[int],
        max_length: int,
    ) -> None:
        """`classifier` on its device; its word table is replaced at each call."""
        self.classifier, self.embedder, self.transform = classifier, embedder, transform
        self.widths, self.max_length = widths, max_length

    def scores(self, token_lists: Sequence[Sequence[str]]) -> np.ndarray:
        """Class scores a step, averaged over all steps, `[n, classes]`: the scale that training used."""
        place = {
            word: i for i, word in enumerate(dict.fromkeys(w for tokens in token_lists for w in tokens), 1)
        }
        ids = np.array([place[word] for tokens in token_lists for word in tokens], dtype=np.int64)
        offsets = np.concatenate([[0], np.cumsum([len(tokens) for tokens in token_lists])]).astype(np.int64)
        self.classifier.words = self._table(list(place))
        labels = np.zeros(len(token_lists), dtype=np.int64)
        sentences = Sentences(ids, offsets, labels, self.max_length)
        batch = sentences.batch(np.arange(len(token_lists)), self.widths)
        scores: np.ndarray = (self.classifier.scores(batch)[-1] / self.classifier.steps).cpu().numpy()
        return scores

    def _table(self, words: list[str]) -> WordTable:
        """Row 0 is padding, then the words."""
        vectors, covered = self.embedder.embed(words)
        values = self.transform(vectors, covered)
        padding = np.zeros((1, values.shape[1]), dtype=np.float32)
        device = self.classifier.words.values.device
        keys = [word_key(word) for word in ["", *words]]
        return assemble.make_words(np.concatenate([padding, values]), keys, device)


def load_predictor(files: Any, params: Any, device: torch.device) -> Predictor:
    """The predictor of a stage, from a rule's inputs and parameters.

    Args:
        files: `table`, `words`, `fit`, `vectors_report`, `weights`, `vector_manifests`.
        params: `network`, `conversion`, `finetuning`, `embedding`, `stage`, `steps`, `classes`,
            `max_length`, `seed`.
        device: where the network runs.
    """
    method = Method(network=params.network, conversion=params.conversion, finetuning=params.finetuning)
    transform = assemble.load_transform(files.vectors_report, method.network.positive)
    embedder = Embedder.load(
        files.table, files.words, files.fit, Embedding(**params.embedding), files.vector_manifests
    )
    width = embedder.width
    empty = assemble.make_words(np.zeros((1, width), dtype=np.float32), [word_key("")], device)
    classifier = assemble.classifier(
        method,
        params.stage,
        empty,
        params.classes,
        assemble.load_weights(files.weights),
        params.steps,
        params.seed,
    ).evaluated()[0]
    return Predictor(classifier, embedder, transform, method.network.widths, params.max_length)
