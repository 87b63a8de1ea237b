"""TRADES (Zhang et al. 2019): accuracy, and that an attacker changes the answer little."""

import torch
from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.networks.classifier import Classifier
from spiketext.networks.occurrences import frozen
from spiketext.objectives.adversary import Adversarial, divergence
from spiketext.objectives.cross_entropy import of_scores


class Objective(Adversarial):
    """CE(clean) + λ · KL(clean ‖ attacked); the attacker raises the divergence.

    Its gradient vanishes at the texts themselves, so that a random start is needed. The divergence knows no
    labels: weights of classes weigh the cross-entropy only.
    """

    def loss(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """See `base.Objective`."""
        with frozen(classifier.network), torch.no_grad():
            answer = classifier.decided(classifier.forward(classifier.read(batch)))
        outputs = self.attacked(classifier, batch, generator, lambda scores: divergence(answer, scores).sum())
        clean = self.clean(classifier, batch, generator)
        distance = divergence(classifier.decided(clean), classifier.decided(outputs)).mean()
        return of_scores(clean, batch.labels, self.class_weights) + self.settings.weight * distance
