"""Another objective under a budget of input spikes."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import Classifier, Fed
from spiketext.objectives import base


class Objective(base.Objective):
    """What another objective minimises, plus the share by which the encoder's spikes exceed the budget.

    Spikes are counted as the first synapses see them: a word that many of them read counts as often.
    """

    def __init__(self, settings: Any, class_weights: Tensor | None = None) -> None:
        """See `base.Objective`."""
        super().__init__(settings, class_weights)
        self.task = base.make_objective(settings.task, class_weights)

    def prepare(self, files: Any, inputs: Mapping[str, Any], words: WordTable) -> None:
        """See `base.Objective`."""
        self.task.prepare(files, inputs, words)

    def examples(self, texts: Texts, train: np.ndarray) -> tuple[Texts, np.ndarray]:
        """See `base.Objective`."""
        return self.task.examples(texts, train)

    def loss(self, classifier: Classifier, batch: Batch, generator: torch.Generator) -> Tensor:
        """See `base.Objective`."""
        fed = classifier.read(batch, generator)
        sent, values = _sent(classifier, fed)
        loss = self.task.judged(classifier.forward(fed), batch)
        return loss + F.relu(sent / values / self.settings.spikes - 1)

    @torch.no_grad()
    def excess(self, classifier: Classifier, batches: Iterable[Batch]) -> float:
        """See `base.Objective`."""
        sent = values = 0.0
        for batch in batches:
            # Numbers at once: a tensor that stays keeps the large ones beside it from being used again.
            of_batch = _sent(classifier, classifier.read(batch))
            sent, values = sent + float(of_batch[0]), values + float(of_batch[1])
        return max(0.0, sent / values / self.settings.spikes - 1)


def _sent(classifier: Classifier, fed: Fed) -> tuple[Tensor, Tensor]:
    """Spikes over all steps, and values, as the first synapses see them."""
    reads = fed.layout.reads.to(fed.inputs.device)
    return (fed.inputs.sum((0, 2)) * reads).sum(), reads.sum() * classifier.words.values.shape[1]
