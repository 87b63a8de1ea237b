"""A trained network as a white-box attack has it: texts as vectors, real scores, and derivatives to climb."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.errors import SpikeTextError
from spiketext.evaluation.predictor import Predictor
from spiketext.inputs.batches import Batch
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import Classifier
from spiketext.networks.network import Network
from spiketext.networks.occurrences import batch_of, currents_of, table_of

OWN = "own"  # the derivative with which the network itself is trained
# Others for its spikes, each from spikingjelly with a slope: narrow and wide, smooth and flat.
SURROGATES = (("atan", 2.0), ("sigmoid", 4.0), ("piecewise-quadratic", 1.0), ("rectangle", 0.25))


def cross_entropy(scores: Tensor, label: int) -> Tensor:
    """Of scores `[B, classes]`, `[B]`."""
    return F.cross_entropy(scores, torch.full((len(scores),), label, device=scores.device), reduction="none")


def margin(scores: Tensor, label: int) -> Tensor:
    """The best other class over the right one, of scores `[B, classes]`: `[B]` (Carlini and Wagner 2017)."""
    others = torch.cat([scores[:, :label], scores[:, label + 1 :]], 1)
    return others.amax(1) - scores[:, label]


LOSSES: Mapping[str, Callable[[Tensor, int], Tensor]] = {"cross-entropy": cross_entropy, "margin": margin}


class Target:
    """A network and the texts that it is given, as vectors of their own for each token.

    Attributes:
        forms: by name, networks that compute the same with other derivatives; the one with the name of
            `OWN` is the network itself.
        tries: how often each member of an ensemble tries, beside one of a network with all derivatives: what
            has fewer of them is attacked no less.
        losses: names of those to climb. Of two classes the cross-entropy is a rising function of the margin:
            its gradient has the same direction, or has vanished, so that the margin alone is climbed.
    """

    def __init__(self, predictor: Predictor, classes: int) -> None:
        """Of a trained classifier.

        Raises:
            SpikeTextError: it is no network, so that it has no derivative.
        """
        if not (isinstance(predictor.classifier, Classifier) and predictor.classifier.reads_vectors):
            raise SpikeTextError(
                "this classifier has no gradient by word vectors: attack it by recipes, not as a white box"
            )
        self.predictor = predictor
        self.classifier = copy.copy(predictor.classifier)  # has words of its own
        self.classifier.network.eval().requires_grad_(False)
        self.forms = forms(self.classifier.network)
        self.tries = math.ceil((1 + len(SURROGATES)) / len(self.forms))
        self.losses = list(LOSSES) if classes > 2 else ["margin"]

    def read(self, words: Sequence[str]) -> tuple[Tensor, np.ndarray]:
        """What the network sees of words: values `[n, D]`, and keys `[n]` of their draws."""
        places = self.predictor.batch([[word] for word in words]).ids
        table = self.predictor.classifier.words
        return table.values[torch.from_numpy(places).to(table.values.device)], table.keys[places]

    def scores(self, values: Tensor, keys: np.ndarray) -> Tensor:
        """Class scores `[B, classes]` as an evaluation has them: no surrogate, the draws of its first.

        Args:
            values: `[B, L, D]`, vectors of the tokens of B texts.
            keys: `[B, L]` or, where all have the same words, `[L]`.
        """
        self.classifier.words = self._table(values, keys)
        return self.classifier.last_scores(_batch(values)) / self.classifier.scale(self.classifier.steps)

    def climb(
        self, form: str, values: Tensor, keys: np.ndarray, label: int, losses: Sequence[str]
    ) -> tuple[Tensor, Tensor]:
        """What an attack wants to be large, `[B]`, and its gradient, `[B, L, D]`.

        Args:
            form: one of `forms`.
            values: as of `scores`.
            keys: likewise.
            label: the texts' class.
            losses: name of each text's loss, one of `LOSSES`.
        """
        network = self.forms[form]
        values = values.detach().requires_grad_(True)
        layout = network.layout(_batch(values))
        self.classifier.words = self._table(values, keys)
        outputs = network(currents_of(self.classifier, layout.words), layout)  # [T, B, classes]
        scores = self.classifier.decided(outputs)
        loss = torch.cat([LOSSES[name](scores[i : i + 1], label) for i, name in enumerate(losses)])
        (gradient,) = torch.autograd.grad(loss.sum(), values)
        return loss.detach(), gradient

    @staticmethod
    def _table(values: Tensor, keys: np.ndarray) -> WordTable:
        """A row for each token of texts `[B, L, D]`."""
        every = np.broadcast_to(keys, values.shape[:2]).reshape(-1)
        return table_of(values.flatten(0, 1), every)


def forms(network: Network[Any]) -> dict[str, Network[Any]]:
    """The network with each derivative that it can have, of scores and of what its read-out integrates."""
    found = {OWN: network}
    for surrogate, slope in SURROGATES:
        other = network.differentiated(surrogate, slope)
        if other is not None:
            found[f"{surrogate} {slope:g}"] = other
    integrated = {f"{name}, potentials": one.integrating() for name, one in found.items()}
    return found | {name: one for name, one in integrated.items() if one is not None}


def _batch(values: Tensor) -> Batch:
    """Texts `[B, L, D]` whose tokens are all words of their own."""
    texts, length = values.shape[:2]
    return batch_of(np.full(texts, length))
