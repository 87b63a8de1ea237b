"""Distillation (Hinton, Vinyals and Dean 2015): to answer as a teacher does, who may be of any kind.

With w the weight and τ the temperature, z the scores of a step and u those of the teacher, the loss is

    (1 − w) · CE(label, softmax z) + w · τ² · KL(softmax(u / τ) ‖ softmax(z / τ)),

averaged over steps and texts. Of a text without a label the first term is 0. The gradient of the second
falls with τ²; the factor makes up for that (section 2 there).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import UNLABELLED, Batch, Texts
from spiketext.inputs.taught import SoftLabels
from spiketext.inputs.unlabelled import Unlabelled
from spiketext.inputs.words import WordTable
from spiketext.objectives import base
from spiketext.objectives.cross_entropy import of_scores


class Objective(base.Objective):
    """See the module."""

    def __init__(self, settings: Any, class_weights: Tensor | None = None) -> None:
        """See `base.Objective`; `prepare` comes next, then `examples`."""
        super().__init__(settings, class_weights)
        self.soft: SoftLabels
        self.more: Unlabelled | None = None
        self.scores: Tensor  # `[N, classes]`, the teacher's, by row of the texts

    def prepare(self, files: Any, inputs: Mapping[str, Any], words: WordTable) -> None:
        """Read what the teacher answered, and the texts without a label."""
        (taught,) = files.taught
        self.soft = SoftLabels.load(taught)
        for path in files.unlabelled:
            self.more = Unlabelled.load(path, len(words.values))

    def examples(self, texts: Texts, train: np.ndarray) -> tuple[Texts, np.ndarray]:
        """The training rows, and behind all of the data set's texts those without a label."""
        if not np.array_equal(train, self.soft.rows):
            raise SpikeTextError("the teacher was asked about other training texts; run again: rule teach")
        scores = torch.zeros(len(texts.labels), self.soft.scores.shape[1])
        scores[torch.from_numpy(train)] = torch.from_numpy(self.soft.scores)
        if self.more is not None:
            sure = self.soft.sure(self.settings.confidence)
            train = np.concatenate([train, len(texts.labels) + np.arange(len(sure))])
            texts = texts.followed_by(self.more.texts(texts.longest), sure)
            scores = torch.cat([scores, torch.from_numpy(self.soft.unlabelled[sure])])
        self.scores = scores
        return texts, train

    def judged(self, outputs: Tensor, batch: Batch) -> Tensor:
        """See the module."""
        weight, temperature = self.settings.weight, self.settings.temperature
        teacher = self.scores[torch.from_numpy(batch.rows)].to(outputs) / temperature
        loss = weight * temperature**2 * divergence(teacher, outputs / temperature)
        labelled = batch.labels != UNLABELLED
        share = float(labelled.float().mean())
        if share and weight < 1:
            known = labelled.to(outputs.device)
            hard = of_scores(outputs[:, known], batch.labels[labelled], self.class_weights)
            loss = loss + (1 - weight) * share * hard
        return loss


def divergence(teacher: Tensor, outputs: Tensor) -> Tensor:
    """Mean of KL(softmax teacher ‖ softmax output), of scores `[B, classes]` and `[T, B, classes]`."""
    wanted = teacher.log_softmax(-1).expand_as(outputs)
    return F.kl_div(outputs.log_softmax(-1), wanted, reduction="none", log_target=True).sum(-1).mean()
