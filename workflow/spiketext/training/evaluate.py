"""Evaluation of a trained classifier: accuracy against T, firing rates, dead and saturated neurons."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from spiketext.progress import Progress
from spiketext.training.classifiers import SpikingClassifier
from spiketext.training.data import Sentences
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
        inputs, activity = classifier.activity(batch)
        steps, groups = classifier.steps, len(widths)
        if classifier.code.spiking:
            # Padding is no neuron: only real words count.
            times = np.bincount(batch.index, minlength=len(batch.words)) * (batch.words != 0)
            weight = torch.from_numpy(times).to(inputs)
            fired = torch.einsum("tnd,n->d", inputs, weight)
            layers.setdefault("input", LayerActivity()).add(
                fired.cpu(), torch.full((inputs.shape[2],), float(times.sum() * steps))
            )
        counts = batch.windows.counts.reshape(-1)
        per_window = activity.convolution.sum(0).cpu()  # [W, C]
        group = torch.arange(len(counts)).remainder(groups).repeat_interleave(counts)
        fired = torch.zeros(groups, per_window.shape[1]).index_add_(0, group, per_window)
        chances = batch.windows.counts.sum(0)[:, None].expand(-1, per_window.shape[1]) * steps
        layers.setdefault("convolution", LayerActivity()).add(fired.flatten(), chances.flatten())
        named = {"pooled": activity.pooled}
        if classifier.module.spike_readout:
            named["readout"] = activity.output
        for name, spikes in named.items():
            every = torch.full((spikes.shape[2],), float(steps * spikes.shape[1]))
            layers.setdefault(name, LayerActivity()).add(spikes.sum((0, 1)).cpu(), every)
        progress.advance(len(batch.rows))
    return [layer.summary(name) for name, layer in layers.items()]


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
