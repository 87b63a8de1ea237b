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

from spiketext.config import Network
from spiketext.energy.account import Count
from spiketext.models.spiking_textcnn import StepActivity
from spiketext.training.data import Batch


@dataclass(frozen=True)
class Shape:
    """Sizes of the network: widths of the convolutions, channels, input width D, classes, biases."""

    widths: list[int]
    channels: int
    width: int
    classes: int
    bias: bool

    @classmethod
    def of(cls, network: Network, width: int, classes: int) -> "Shape":
        """Of a configured network."""
        return cls(network.widths, network.channels, width, classes, network.bias)


def dnn_counts(batch: Batch, shape: Shape) -> list[Count]:
    """Operations of the dense TextCNN on one batch: MACs of both layers, additions of pooling and biases.

    Max pooling compares instead of adding; a comparison is counted as an accumulate.
    """
    once = np.ones(1)
    windows = float(batch.windows.counts.sum())
    sentences = len(batch.lengths)
    features = len(shape.widths) * shape.channels
    additions = windows * shape.channels
    macs = float(batch.uses(sum(shape.widths)).sum()) * shape.channels * shape.width
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


class SpikeCounter:
    """Operations of the spiking TextCNN on one batch, added step by step, input layer included.

    An input that is no spike (analog code) is multiplied once a sentence, its current then stays.
    """

    def __init__(self, batch: Batch, shape: Shape, spiking_input: bool) -> None:
        """Nothing has been done yet."""
        self.batch, self.shape, self.spiking_input = batch, shape, spiking_input
        self.uses = batch.uses(sum(shape.widths)).double()
        self.spikes: list[Tensor] = []  # of input (by its fan-out), convolution and pooled layer, each step

    def add(self, inputs: Tensor, activity: StepActivity) -> None:
        """One step: input spikes of the distinct words `[n, D]`, and the layers' spikes."""
        sent = inputs.sum(1, dtype=torch.float64) @ self.uses.to(inputs.device)
        fired = activity.convolution.sum(dtype=torch.float64)
        # Without neurons after pooling the read-out gets the spikes of the convolution themselves.
        sender = activity.convolution if activity.pooled is None else activity.pooled
        pooled = sender.sum(dtype=torch.float64)
        self.spikes.append(torch.stack([sent, fired, pooled]))

    def counts(self) -> list[Count]:
        """The operations of all steps so far."""
        shape, batch = self.shape, self.batch
        sent, fired, pooled = torch.stack(self.spikes, dim=1).cpu().numpy()
        possible = float(self.uses.sum()) * shape.channels * shape.width
        windows, features = float(batch.windows.counts.sum()), len(shape.widths) * shape.channels
        if self.spiking_input:
            first = Count("convolution", "AC", sent * shape.channels, possible)
        else:
            first = Count("convolution", "MAC", possible * (np.arange(len(sent)) == 0), possible)
        return [
            first,
            Count("pooling", "AC", fired, windows * shape.channels),
            Count(
                "readout", "AC", pooled * shape.classes, float(len(batch.lengths) * features * shape.classes)
            ),
        ]
