"""MART (Wang et al. 2020): adversarial training that looks most at what is misclassified."""

import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.networks.classifier import Classifier
from spiketext.objectives.adversary import Adversarial, divergence, weighted_mean

TINY = 1e-12  # probabilities below this have no logarithm


class Objective(Adversarial):
    """BCE(attacked) + λ · KL(clean ‖ attacked) · (1 − p(label | clean)).

    The attacker raises the cross-entropy.
    """

    def loss(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """See `base.Objective`."""
        labels = batch.labels.to(classifier.words.values.device)
        outputs = self.attacked(classifier, batch, generator)
        attacked = classifier.decided(outputs)
        clean = classifier.decided(self.clean(classifier, batch, generator))
        unsure = 1 - clean.softmax(1).gather(1, labels[:, None])[:, 0]
        losses = boosted(attacked, labels) + self.settings.weight * divergence(clean, attacked) * unsure
        return weighted_mean(losses, labels, self.class_weights)


def boosted(scores: Tensor, labels: Tensor) -> Tensor:
    """−log p(label) − log(1 − the largest other p) of scores `[B, classes]`: `[B]`."""
    shares = scores.softmax(1)
    others = shares.scatter(1, labels[:, None], 0.0).amax(1)
    return F.cross_entropy(scores, labels, reduction="none") - (1 - others).clamp_min(TINY).log()
