"""Robust fine-tuning of a converted network (Özdenizci and Legenstein 2024)."""

import torch
from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.networks.classifier import Classifier
from spiketext.objectives.adversary import Adversarial, divergence
from spiketext.objectives.cross_entropy import of_scores


class Objective(Adversarial):
    """CE(clean) + λ · KL(attacked ‖ clean); the attacker raises the cross-entropy by one step through time.

    The divergence is that of what decides the class: the outputs of all steps, added up.
    """

    def loss(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """See `base.Objective`."""
        outputs = self.attacked(classifier, batch, generator)
        clean = self.clean(classifier, batch, generator)
        distance = divergence(classifier.decided(outputs), classifier.decided(clean)).mean()
        return of_scores(clean, batch.labels, self.class_weights) + self.settings.weight * distance
