"""Adversarial training (Madry et al. 2018, section 2): cross-entropy of the worst that an attacker finds."""

import torch
from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.networks.classifier import Classifier
from spiketext.objectives.adversary import Adversarial
from spiketext.objectives.cross_entropy import of_scores


class Objective(Adversarial):
    """CE(attacked); the attacker raises the cross-entropy."""

    def loss(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """See `base.Objective`."""
        outputs = self.attacked(classifier, batch, generator)
        return of_scores(outputs, batch.labels, self.class_weights)
