"""Logistic regression on TF-IDF values of n-grams of words or of characters.

The n-grams are made of the tokens that every network reads; characters are those of the tokens, joined as
they are written. Only n-grams that a text has are counted: each is looked up, those known are weighted and
squared (for the norm) and multiplied with their coefficients. Making and hashing them, logarithms and the
square root are not counted, to the advantage of this rival.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from torch import Tensor

from spiketext.arrays import Layout
from spiketext.config import fitted as config
from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import BaseClassifier
from spiketext.networks.fitted import Described, Fitted, fit_linear, in_order, linear_layout
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Population, Synapses, Work
from spiketext.networks.written import written
from spiketext.tasks.base import Task

END = "\n"  # of a term where terms are stored; no token holds one


class Terms:
    """From token lists to n-grams."""

    def __init__(self, network: config.TfIdf) -> None:
        """`network`: which n-grams."""
        self.words = network.unit == "words"
        reads = {"tokenizer": _same, "token_pattern": None} if self.words else {}
        self._ngrams = CountVectorizer(
            analyzer="word" if self.words else "char",
            preprocessor=_same,
            ngram_range=(1, network.longest),
            **reads,
        ).build_analyzer()

    def __call__(self, tokens: Sequence[str]) -> list[str]:
        """All n-grams of a text, each as often as it occurs."""
        found: list[str] = self._ngrams(tokens if self.words else written(tokens))
        return found

    def of(self, batch: Batch, words: WordTable) -> Iterator[list[str]]:
        """Those of each text of a batch."""
        start = 0
        for length in batch.lengths:
            yield self([words.names[row] for row in batch.ids[start : start + length]])
            start += length


def _same(text: Any) -> Any:
    return text


def _vectoriser(network: config.TfIdf, **settings: Any) -> TfidfVectorizer:
    """Of lists of n-grams; a term's frequency counts by its logarithm."""
    return TfidfVectorizer(analyzer=_same, sublinear_tf=True, **settings)


class TfIdf(Fitted):
    """Logistic regression on the TF-IDF values of a text's n-grams."""

    reads_vectors = False

    def __init__(
        self,
        network: config.TfIdf,
        words: WordTable,
        vectoriser: TfidfVectorizer,
        weights: Mapping[str, Tensor],
    ) -> None:
        """Of fitted weights."""
        super().__init__(words, weights["coefficients"].numpy(), weights["intercepts"].numpy())
        self.terms, self.vectoriser, self.longest = Terms(network), vectoriser, network.longest
        self.longest_word = int(weights["longest_word"])

    def layout(self, batch: Batch) -> Described:
        """See `Fitted`."""
        terms = list(self.terms.of(batch, self.words))
        features = self.vectoriser.transform(terms)
        known = torch.from_numpy(np.diff(features.indptr))[:, None]
        return Described(features, {"terms": known}, sum(map(len, terms)))

    def sources(self, described: Described, longest: int) -> tuple[list[Population], list[Synapses]]:
        """See `Fitted`."""
        size, known = described.features.shape[1], int(described.events["terms"].sum())
        # No text has more n-grams than this many units, each the end of one n-gram of every length.
        units = longest if self.terms.words else longest * (1 + self.longest_word)
        memory = min(size, units * self.longest)
        weighting = (Work("multiply"), Work("access", memory=size), Work("MAC"))
        sources = [
            Population(
                "n-grams",
                "look-up",
                "currents",
                described.read,
                1,
                0,
                work=(Work("look-up", memory=size),),
                role="input",
            ),
            Population(
                "terms",
                "weighting",
                "values",
                known,
                1,
                memory,
                work=weighting,
            ),
        ]
        return sources, []


def fit(
    network: config.TfIdf,
    words: WordTable,
    texts: Texts,
    train: np.ndarray,
    dev: np.ndarray,
    task: Task,
    class_weights: np.ndarray | None,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights and a report; arguments as of `networks.assemble.fit`."""
    terms = Terms(network)

    def ngrams(rows: np.ndarray) -> Iterator[list[str]]:
        for batch in in_order(texts, rows):
            yield from terms.of(batch, words)

    vectoriser = _vectoriser(network, min_df=min(network.min_texts, len(train)), max_features=network.terms)
    known = vectoriser.fit_transform(ngrams(train))
    weights, report = fit_linear(
        known,
        texts.labels[train],
        vectoriser.transform(ngrams(dev)),
        texts.labels[dev],
        task,
        class_weights,
        network.strengths,
    )
    names = END.join(vectoriser.get_feature_names_out())
    weights |= {"idf": vectoriser.idf_, "terms": np.frombuffer(names.encode(), dtype=np.uint8).copy()}
    # Memories of n-grams of characters are made for the data set's longest word, whatever a text has.
    weights["longest_word"] = np.array([max(map(len, words.names))])
    return weights, report | {"terms": len(vectoriser.idf_)}


def make(
    network: config.TfIdf, words: WordTable, classes: int, weights: Mapping[str, Tensor]
) -> BaseClassifier:
    """The classifier of fitted weights.

    Raises:
        SpikeTextError: the weights are those of another one, or not finite.
    """
    stored = {
        "idf": Layout("float64", ("features",)),
        "terms": Layout("uint8", ("bytes",)),
        "longest_word": Layout("int64", (1,), low=0),
    }
    check_weights(weights, linear_layout(classes) | stored)
    names = weights["terms"].numpy().tobytes().decode().split(END)
    vectoriser = _vectoriser(network, vocabulary={name: i for i, name in enumerate(names)})
    vectoriser.idf_ = weights["idf"].numpy()
    return TfIdf(network, words, vectoriser, weights)
