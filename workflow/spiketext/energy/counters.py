"""Counting operations from the spikes that the neurons declare, over real sentences.

Spikes come from the layers' own spike tensors, never from looking for zeros and ones in activations.
Thresholds are folded into weights, so a spike costs one accumulate for each synapse that it reaches. The
division of mean pooling by a sentence's number of windows is not counted, for the DNN neither. Padding makes
no spikes and is not multiplied in the DNN either.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spiketext.progress import Progress
from spiketext.training.classifiers import SpikingClassifier
from spiketext.training.data import PADDING, Batch, Sentences
from spiketext.training.metrics import EVALUATION_BATCH


@dataclass(frozen=True)
class Shape:
    """Sizes of the network: widths of the convolutions, channels, input width D, classes, biases."""

    widths: list[int]
    channels: int
    width: int
    classes: int
    bias: bool


@dataclass
class Count:
    """Operations of one layer, summed over sentences.

    Attributes:
        layer: whose synapses or adders work: `convolution`, `pooling` or `readout`.
        operation: `MAC` (multiply-accumulate) or `AC` (accumulate).
        per_step: `[T]`; what is done once a sentence stands at the first step.
        possible: operations a step if every presynaptic neuron fired; their ratio is the firing rate.
    """

    layer: str
    operation: str
    per_step: np.ndarray
    possible: float

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.layer, self.operation, self.per_step + other.per_step, self.possible + other.possible
        )


def word_uses(batch: Batch, slabs: int) -> Tensor:
    """How many rows of kernels read each distinct word, `[n]`: its fan-out in units of channels."""
    rows = torch.bincount(batch.windows.gather // slabs, minlength=len(batch.words))
    return rows * torch.from_numpy(batch.words != PADDING)


def dnn_counts(batch: Batch, shape: Shape) -> list[Count]:
    """Operations of the dense TextCNN on one batch: MACs of both layers, additions of pooling and biases.

    Max pooling compares instead of adding; a comparison is counted as an accumulate.
    """
    once = np.ones(1)
    windows = float(batch.windows.counts.sum())
    sentences = len(batch.lengths)
    features = len(shape.widths) * shape.channels
    additions = windows * shape.channels
    macs = float(word_uses(batch, sum(shape.widths)).sum()) * shape.channels * shape.width
    readout = float(sentences * features * shape.classes)
    counts = [
        Count("convolution", "MAC", once * macs, macs),
        Count("pooling", "AC", once * additions, additions),
        Count("readout", "MAC", once * readout, readout),
    ]
    if shape.bias:
        biases = additions + sentences * shape.classes
        counts.append(Count("bias", "AC", once * biases, biases))
    return counts


def snn_counts(classifier: SpikingClassifier, batch: Batch, shape: Shape) -> list[Count]:
    """Operations of the spiking TextCNN on one batch, step by step, input layer included.

    An input that is no spike (analog code) is multiplied once a sentence, its current then stays.
    """
    uses = word_uses(batch, sum(shape.widths))
    possible = float(uses.sum()) * shape.channels * shape.width
    sent, fired, pooled = [], [], []  # spikes of each step
    for inputs, activity in classifier.simulate(batch):
        sent.append(float(inputs.sum(1, dtype=torch.float64).cpu() @ uses.double()) * shape.channels)
        fired.append(float(activity.convolution.sum(dtype=torch.float64)))
        pooled.append(float(activity.pooled.sum(dtype=torch.float64)) * shape.classes)
    windows, features = float(batch.windows.counts.sum()), len(shape.widths) * shape.channels
    if classifier.code.spiking:
        first = Count("convolution", "AC", np.array(sent), possible)
    else:
        first = Count("convolution", "MAC", np.array([possible] + [0.0] * (len(sent) - 1)), possible)
    return [
        first,
        Count("pooling", "AC", np.array(fired), windows * shape.channels),
        Count("readout", "AC", np.array(pooled), float(len(batch.lengths) * features * shape.classes)),
    ]


def count_dataset(
    classifier: SpikingClassifier | None,
    sentences: Sentences,
    rows: np.ndarray,
    shape: Shape,
) -> tuple[list[Count], list[Count]]:
    """Counts over all rows: of the dense DNN, and of the spiking network where there is one."""
    dense: list[Count] = []
    spiking: list[Count] = []
    progress = Progress("sentences counted", len(rows))
    for batch in sentences.in_order(rows, EVALUATION_BATCH, shape.widths):
        dense = _sum(dense, dnn_counts(batch, shape))
        if classifier is not None:
            spiking = _sum(spiking, snn_counts(classifier, batch, shape))
        progress.advance(len(batch.rows))
    return dense, spiking


def _sum(total: list[Count], new: list[Count]) -> list[Count]:
    return [a + b for a, b in zip(total, new, strict=True)] if total else new
