"""Cross-entropy of each step's output, averaged over steps (Lv et al. 2023, section 3.3)."""

import torch.nn.functional as F
from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.objectives import base


def of_scores(scores: Tensor, labels: Tensor, class_weights: Tensor | None = None) -> Tensor:
    """Mean over steps and texts, of scores `[T, B, classes]` and labels `[B]`.

    With weights `[classes]` it is the weighted mean: the sum over the batch, each text times the weight of
    its class, divided by the sum of these weights.
    """
    weights = None if class_weights is None else class_weights.to(scores)
    return F.cross_entropy(scores.flatten(0, 1), labels.to(scores.device).repeat(len(scores)), weights)


class Objective(base.Objective):
    """Cross-entropy through time; a DNN has one step."""

    def judged(self, outputs: Tensor, batch: Batch) -> Tensor:
        """See `base.Objective`."""
        return of_scores(outputs, batch.labels, self.class_weights)
