"""Evaluation of a trained classifier: accuracy against T, firing rates, dead and saturated neurons."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from spiketext.progress import Progress
from spiketext.training.classifiers import SpikingClassifier
from spiketext.training.data import PADDING, Batch, Sentences
from spiketext.training.metrics import EVALUATION_BATCH, accuracy, macro_f1


@dataclass
class LayerActivity:
    """Spikes of one layer over the test set, neuron by neuron.

    A neuron of the convolution is a channel of one width, wherever its window lies.
    """

    fired: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.float64))
    chances: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.float64))

    def add(self, fired: Tensor, chances: Tensor) -> None:
        """Add a batch: spikes and neuron-steps, `[neurons]` each."""
        if not len(self.fired):
            self.fired, self.chances = fired.double(), chances.double()
        else:
            self.fired, self.chances = self.fired + fired, self.chances + chances

    def summary(self, name: str) -> dict[str, object]:
        """Mean firing rate (spikes per neuron and step), shares of dead and saturated neurons."""
        return {
            "name": name,
            "rate": float(self.fired.sum() / self.chances.sum()),
            "dead": float((self.fired == 0).double().mean()),
            "saturated": float((self.fired == self.chances).double().mean()),
            "neurons": len(self.fired),
        }


def layer_activity(
    classifier: SpikingClassifier, sentences: Sentences, rows: np.ndarray, widths: list[int]
) -> list[dict[str, object]]:
    """Firing rates of the input, the convolution, the pooled layer and, if it fires, the read-out."""
    layers: dict[str, LayerActivity] = {}
    progress = Progress("sentences with firing rates", len(rows))
    for batch in sentences.in_order(rows, EVALUATION_BATCH, widths):
        for name, (fired, chances) in _activity_of_batch(classifier, batch, len(widths)).items():
            layers.setdefault(name, LayerActivity()).add(fired.cpu(), chances * classifier.steps)
        progress.advance(len(batch.rows))
    return [layer.summary(name) for name, layer in layers.items()]


def _activity_of_batch(
    classifier: SpikingClassifier, batch: Batch, groups: int
) -> dict[str, tuple[Tensor, Tensor]]:
    """Spikes of each neuron over all steps, and its chances to fire a step, by layer."""
    # Padding is no neuron: only real words count.
    times = torch.from_numpy(np.bincount(batch.index, minlength=len(batch.words)) * (batch.words != PADDING))
    words = fired = pooled = output = torch.zeros(())
    for inputs, activity in classifier.simulate(batch):
        words = words + times.to(inputs) @ inputs
        fired = fired + activity.convolution
        pooled = pooled + activity.pooled.sum(0)
        output = output + activity.output.sum(0)
    counts = batch.windows.counts
    channels = fired.shape[1]
    group = torch.arange(counts.numel()).remainder(groups).repeat_interleave(counts.reshape(-1))
    by_channel = torch.zeros(groups, channels).index_add_(0, group, fired.cpu())
    sentences = float(len(counts))
    found = {
        "convolution": (by_channel.flatten(), counts.sum(0).repeat_interleave(channels).float()),
        "pooled": (pooled, torch.full((len(pooled),), sentences)),
    }
    if classifier.code.spiking:
        found = {"input": (words, torch.full((len(words),), float(times.sum())))} | found
    if classifier.module.spike_readout:
        found["readout"] = (output, torch.full((len(output),), sentences))
    return found


def curve(
    labels: dict[str, np.ndarray], predictions: dict[str, np.ndarray], steps: list[int | None], classes: int
) -> list[dict[str, object]]:
    """One row for each number of steps.

    Args:
        labels: of `dev` and `test`.
        predictions: of `dev` and `test`, `[len(steps), N]`.
        steps: numbers of steps; None for a DNN.
        classes: number of classes.
    """
    return [
        {
            "T": t,
            "dev_accuracy": accuracy(labels["dev"], predictions["dev"][i]),
            "test_accuracy": accuracy(labels["test"], predictions["test"][i]),
            "macro_f1": macro_f1(labels["test"], predictions["test"][i], classes),
        }
        for i, t in enumerate(steps)
    ]
