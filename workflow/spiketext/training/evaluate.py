"""One pass over the test set: predictions against T, operations, firing rates, dead and saturated neurons."""

from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from spiketext.energy.account import Account
from spiketext.energy.dnn import dnn_account
from spiketext.energy.shape import Shape
from spiketext.energy.spiking import SpikeCounter
from spiketext.models.spiking_textcnn import StepActivity
from spiketext.progress import Progress
from spiketext.training.classifiers import DnnClassifier, SpikingClassifier
from spiketext.training.data import Batch, Sentences
from spiketext.training.metrics import EVALUATION_BATCH, accuracy, macro_f1, places


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


class BatchActivity:
    """Spikes of each neuron on one batch, added step by step."""

    def __init__(self, batch: Batch) -> None:
        """Nothing has fired yet."""
        self.batch = batch
        self.uses = batch.occurrences().double()
        self.input = self.convolution = self.output = torch.zeros(())
        self.pooled: Tensor | None = None
        self.steps = 0

    def add(self, inputs: Tensor, activity: StepActivity) -> None:
        """One step: input spikes of the distinct words `[n, D]`, and the layers' spikes."""
        self.input = self.input + self.uses @ inputs.cpu().double()
        self.convolution = self.convolution + activity.convolution.sum(0)
        if activity.pooled is not None:
            self.pooled = activity.pooled.sum(0) + (0 if self.pooled is None else self.pooled)
        self.output = self.output + activity.output.sum(0)
        self.steps += 1

    def layers(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Spikes of each neuron and its chances to fire, `[neurons]` each, by layer."""
        counts = self.batch.windows.counts  # [B, K]
        sentences, kinds = counts.shape
        channels = len(self.convolution) // kinds

        def pair(fired: Tensor, places: Tensor | int) -> tuple[Tensor, Tensor]:
            return fired.cpu(), torch.zeros(len(fired), dtype=torch.float64) + places * self.steps

        pooled = {} if self.pooled is None else {"pooled": pair(self.pooled, sentences)}
        return {
            "input": pair(self.input, self.uses.sum()),
            "convolution": pair(self.convolution, counts.sum(0).repeat_interleave(channels)),
            **pooled,
            "readout": pair(self.output, sentences),
        }


@dataclass
class Measured:
    """What one pass over the test set found.

    Attributes:
        predictions: `[len(steps), N]`, classes, in the order of the rows.
        account: the operations.
        layers: firing rates by layer; empty for a DNN.
    """

    predictions: np.ndarray
    account: Account | None = None
    layers: list[dict[str, object]] = field(default_factory=list)


@torch.no_grad()
def measure(
    classifier: DnnClassifier | SpikingClassifier,
    sentences: Sentences,
    rows: np.ndarray,
    shape: Shape,
    steps: list[int],
    detailed_steps: int,
) -> Measured:
    """Run a classifier once over the given rows.

    Args:
        classifier: a DNN, or a spiking network run for max(steps) steps.
        sentences: of the data set.
        rows: of the test set.
        shape: of the network.
        steps: numbers of steps at which to predict.
        detailed_steps: the firing rates are those of the first so many steps.
    """
    found = Measured(np.empty((len(steps), len(rows)), dtype=np.int64))
    layers: dict[str, LayerActivity] = {}
    progress = Progress("sentences evaluated", len(rows))
    for batch in sentences.in_order(rows, EVALUATION_BATCH, shape.widths):
        if isinstance(classifier, SpikingClassifier):
            chosen, account, activity = _simulate(classifier, batch, shape, steps, detailed_steps)
            for name, (fired, chances) in activity.items():
                layers.setdefault(name, LayerActivity()).add(fired, chances)
        else:
            features = classifier.features(batch)
            chosen = classifier.module.read_out(features["pooled"]).argmax(-1).cpu().numpy()
            account = dnn_account(batch, shape, features)
        found.predictions[:, places(rows, batch.rows)] = chosen
        found.account = account if found.account is None else found.account + account
        progress.advance(len(batch.rows))
    found.layers = [layer.summary(name) for name, layer in layers.items()]
    return found


def _simulate(
    classifier: SpikingClassifier, batch: Batch, shape: Shape, steps: list[int], detailed_steps: int
) -> tuple[np.ndarray, Account, dict[str, tuple[Tensor, Tensor]]]:
    """Predictions `[len(steps), B]`, operations and layers of one batch; no step's spikes are kept."""
    operations = SpikeCounter(
        batch, shape, classifier.code, classifier.neuron, classifier.module.spike_readout
    )
    activity = BatchActivity(batch)
    chosen = []
    for t, (inputs, spikes, scores) in enumerate(classifier.simulate(batch), 1):
        operations.add(inputs, spikes)
        if t <= detailed_steps:
            activity.add(inputs, spikes)
        if t in steps:
            chosen.append(scores.argmax(-1).cpu().numpy())
    fires = {"input": classifier.code.spiking, "readout": classifier.module.spike_readout}
    layers = {name: pair for name, pair in activity.layers().items() if fires.get(name, True)}
    return np.stack(chosen), operations.account(), layers


def curve(
    labels: dict[str, np.ndarray], predictions: dict[str, np.ndarray], steps: list[int | None], classes: int
) -> list[dict[str, object]]:
    """One row for each number of steps, means over draws.

    Args:
        labels: of `dev` and `test`.
        predictions: of `dev` and `test`, `[draws, len(steps), N]`, each with as many draws as were made.
        steps: numbers of steps; None for a DNN.
        classes: number of classes.
    """
    rows: list[dict[str, object]] = []
    for i, t in enumerate(steps):
        drawn = {
            part: [accuracy(labels[part], one[i]) for one in predictions[part]] for part in ("dev", "test")
        }
        f1 = [macro_f1(labels["test"], one[i], classes) for one in predictions["test"]]
        rows.append(
            {
                "T": t,
                "dev_accuracy": fmean(drawn["dev"]),
                "test_accuracy": fmean(drawn["test"]),
                "test_accuracy_draws": drawn["test"],
                "macro_f1": fmean(f1),
            }
        )
    return rows
