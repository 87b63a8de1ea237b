"""Training against an attacker: what all such objectives share.

The attacker moves the vector of each token of a batch by itself, as in `attack.white_box`: a word that stands
in two texts, whose classes may differ, is moved in each to its own disadvantage. His gradient passes straight
through spikes of the input and through time; the network is as in an evaluation then, without dropout. Of
spikes that are drawn he knows one frozen draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.config.inputs import WordVectors
from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.perturbations import Ball, Hull, Perturbation
from spiketext.inputs.synonyms import Synonyms
from spiketext.inputs.words import InputTransform, WordTable, load_transform
from spiketext.networks.classifier import CLASSIFIED, Classifier
from spiketext.networks.occurrences import batch_of, currents_of, frozen, table_of, with_words
from spiketext.networks.predict import Places
from spiketext.objectives import base
from spiketext.tasks.base import Task

ATTACKED = "dev_under_attack"  # the metric that chooses, of texts that the attacker has moved


class Adversarial(base.Objective):
    """An objective with an attacker."""

    def __init__(self, settings: Any, class_weights: Tensor | None = None) -> None:
        """See `base.Objective`; `prepare` comes next."""
        super().__init__(settings, class_weights)
        self.perturbed: Callable[[Tensor, np.ndarray], Perturbation]

    def prepare(self, files: Any, inputs: Mapping[str, Any], words: WordTable) -> None:
        """Read the synonyms, where the attacker needs them."""
        values, settings = words.values, self.settings.perturbation
        transform = load_transform(files, WordVectors(**inputs))
        if settings.synonyms:
            (path,) = files.synonyms
            synonyms = Synonyms.load(path, len(values), transform, values.device)
            self.perturbed = lambda own, ids: Hull(own, ids, synonyms)
        else:
            self.perturbed = ball_of(settings.radius, transform)

    def attacked(
        self,
        classifier: Classifier,
        batch: Batch,
        generator: torch.Generator,
        loss: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """Outputs `[T, B, classes]` of the batch with vectors that raise the loss.

        Args:
            classifier: in training.
            batch: the texts.
            generator: of random starts, and of spikes that are drawn.
            loss: of `decided` scores `[B, classes]`, a scalar; None: the cross-entropy.
        """
        labels = batch.labels.to(classifier.words.values.device)
        raised = loss or (lambda scores: F.cross_entropy(scores, labels, reduction="sum"))
        ids = torch.from_numpy(batch.ids.astype(np.int64)).to(classifier.words.values.device)
        own, keys = classifier.words.values[ids], classifier.words.keys[batch.ids]
        apart = batch_of(batch.lengths, batch.labels)
        layout = classifier.layout(apart)

        def slope(values: Tensor) -> Tensor:
            values = values.detach().requires_grad_(True)
            moved = with_words(classifier, table_of(values, keys))
            outputs = classifier.network(currents_of(moved, layout.words), layout)
            (gradient,) = torch.autograd.grad(raised(classifier.decided(outputs)), values)
            return gradient

        with frozen(classifier.network), torch.enable_grad():
            found = self.perturbed(own, batch.ids).climb(slope, self.settings.attack_steps, generator)
        moved = with_words(classifier, table_of(found.detach(), keys))
        return moved.forward(moved.read(apart, generator, layout))

    def further(self, classifier: Classifier, texts: Texts, rows: np.ndarray, task: Task) -> dict[str, float]:
        """The metric on texts that the attacker has moved, from the same random starts in every epoch.

        By the texts as they are alone, the least hardened epoch would be chosen.
        """
        generator = torch.Generator(classifier.words.values.device).manual_seed(0)
        predicted, places = np.empty(len(rows), dtype=np.int64), Places(rows)
        training = classifier.network.training
        classifier.network.eval()
        for batch in texts.in_order(rows, CLASSIFIED):
            with torch.no_grad():
                scores = classifier.decided(self.attacked(classifier, batch, generator))
            predicted[places(batch.rows)] = scores.argmax(1).cpu().numpy()
        classifier.network.train(training)
        return {ATTACKED: task.merit(task.dev_scores(texts.labels[rows], predicted))}

    def merit(self, own: float, further: Mapping[str, float]) -> float:
        """The mean, by the weights that the loss gives to both.

        By equal ones, an epoch whose answer is always the same would be chosen where λ is small.
        """
        weight = self.settings.attacked_weight
        return (own + weight * further[ATTACKED]) / (1 + weight)

    def clean(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """Outputs `[T, B, classes]` of the batch as it is."""
        return classifier.forward(classifier.read(batch, generator))


def ball_of(radius: float, transform: InputTransform) -> Callable[[Tensor, np.ndarray], Perturbation]:
    """A function of tokens' vectors: balls of a radius in units of σ√D. Words without a vector stay."""
    low, high = transform.bounds

    def around(values: Tensor, ids: np.ndarray) -> Ball:
        free = values.ne(0).any(1, keepdim=True)
        return Ball(values, radius * transform.deviation * math.sqrt(values.shape[1]), low, high, free)

    return around


def divergence(scores: Tensor, others: Tensor) -> Tensor:
    """KL(p ‖ q) of each text, `[B]`, where p and q are the softmax of scores `[B, classes]`."""
    return F.kl_div(others.log_softmax(1), scores.log_softmax(1), reduction="none", log_target=True).sum(1)


def weighted_mean(losses: Tensor, labels: Tensor, class_weights: Tensor | None) -> Tensor:
    """Of losses `[B]`, by the weights `[classes]` of their labels, if there are any."""
    if class_weights is None:
        return losses.mean()
    weights = class_weights.to(losses)[labels.to(losses.device)]
    return (weights * losses).sum() / weights.sum()
