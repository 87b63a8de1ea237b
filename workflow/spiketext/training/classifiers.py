"""The DNN and its spiking twin behind one interface: what training and evaluation ask of a classifier."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spiketext.coding.codes import Code
from spiketext.coding.draws import CHOOSING, EVALUATED, fresh_draws, keyed_draws
from spiketext.models.spiking_textcnn import Activity, SpikingTextCNN, StepActivity
from spiketext.models.textcnn import TextCNN
from spiketext.models.windows import Windows
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.training.data import Batch


@dataclass(frozen=True)
class WordTable:
    """What the network sees of each word.

    Attributes:
        values: `[V, D]` on the network's device; row 0 (padding) is zero.
        keys: `[V]` uint64, from `coding.draws.word_key`.
    """

    values: Tensor
    keys: np.ndarray


class Classifier(Protocol):
    """A trained network that gives class scores step by step (a DNN has one step)."""

    words: WordTable
    steps: int

    @property
    def module(self) -> TextCNN | SpikingTextCNN:
        """The network."""

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Training loss of a batch, a scalar; random numbers come from `generator`."""

    def scores(self, batch: Batch) -> Tensor:
        """Class scores after 1 … `steps` steps, `[T, B, classes]`; no random numbers."""

    def evaluated(self) -> Sequence[Self]:
        """The classifier once for each draw that an evaluation averages over; itself where nothing is drawn.

        None of these draws has chosen an epoch.
        """

    def excess(self, batches: Iterable[Batch]) -> float:
        """Share by which a budget is exceeded on these sentences; 0 within it and without one."""


class DnnClassifier:
    """A TextCNN on word vectors."""

    steps = 1

    def __init__(self, module: TextCNN, words: WordTable) -> None:
        """`module` and `words` on the same device."""
        self.module, self.words = module, words

    def _read(self, batch: Batch) -> tuple[Tensor, Windows]:
        """What the network is given: `[1, n, D]`, and the layout."""
        device = self.words.values.device
        inputs = self.words.values[torch.from_numpy(batch.words).to(device)]
        return inputs[None], batch.windows.to(device)

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Cross-entropy."""
        scores = self.module(*self._read(batch))[0]
        return F.cross_entropy(scores, batch.labels.to(scores.device))

    @torch.no_grad()
    def scores(self, batch: Batch) -> Tensor:
        """Class scores, `[1, B, classes]`."""
        self.module.eval()
        scores: Tensor = self.module(*self._read(batch))
        return scores

    def evaluated(self) -> list[Self]:
        """Itself: nothing is drawn."""
        return [self]

    def excess(self, batches: Iterable[Batch]) -> float:
        """None: there is no budget."""
        return 0.0

    @torch.no_grad()
    def features(self, batch: Batch) -> dict[str, Tensor]:
        """What the layers multiply and add up, see `TextCNN.features`."""
        self.module.eval()
        return self.module.features(*self._read(batch))


class SpikingClassifier:
    """A spiking TextCNN on coded word vectors.

    A word's spike train is the same wherever it stands in a batch. In training it is drawn anew for
    every batch; in `scores` it is a function of the word, the seed and the draw, so that neither the
    batch nor repeated queries change a result.

    Attributes:
        draw: number of the frozen draw, see `coding.draws`.
    """

    draw = CHOOSING

    def __init__(
        self,
        module: SpikingTextCNN,
        words: WordTable,
        neuron: NeuronModel,
        steps: int,
        seed: int,
        fresh: bool = True,
        budget: float | None = None,
    ) -> None:
        """`steps` is T; `fresh=False` trains on the frozen spike trains of `scores`.

        `budget`: spikes of a value, over all steps, above which the loss rises.
        """
        self.module, self.words, self.neuron = module, words, neuron
        self.steps, self.seed, self.fresh, self.budget = steps, seed, fresh, budget

    @property
    def code(self) -> Code:
        """The spike code of the input."""
        return self.module.code

    def encode(self, words: np.ndarray, generator: torch.Generator | None = None) -> Tensor:
        """Spikes of words, `[T, n, polarities * D]`; without a generator those of the seed, no gradients."""
        device = self.words.values.device
        values = self.words.values[torch.from_numpy(words).to(device)]
        draws = None
        if self.code.stochastic:
            if generator is not None and self.fresh:
                draws = fresh_draws(len(words), self.steps, values.shape[1], generator)
            else:
                draws = keyed_draws(self.words.keys[words], self.steps, values.shape[1], self.seed, self.draw)
            draws = draws.to(device)
        with torch.set_grad_enabled(generator is not None and torch.is_grad_enabled()):
            return self.code.encode(values, self.steps, draws)

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Cross-entropy of each step's output, averaged over steps (Lv et al. 2023, section 3.3).

        With a budget, plus the share by which the input's spikes exceed it.
        """
        inputs = self.encode(batch.words, generator)
        scores: Tensor = self.module(self._currents(inputs), self._windows(batch), self.neuron)
        labels = batch.labels.to(scores.device).repeat(self.steps)
        loss = F.cross_entropy(scores.flatten(0, 1), labels)
        if self.budget is None:
            return loss
        sent, values = self._sent(inputs, batch)
        return loss + F.relu(sent / values / self.budget - 1)

    @torch.no_grad()
    def excess(self, batches: Iterable[Batch]) -> float:
        """Share by which the input's spikes exceed the budget on these sentences; 0 within it."""
        if self.budget is None:
            return 0.0
        found = [self._sent(self.encode(batch.words), batch) for batch in batches]
        sent, values = (sum(float(one) for one in ones) for ones in zip(*found, strict=True))
        return max(0.0, sent / values / self.budget - 1)

    def evaluated(self) -> list[Self]:
        """See `Classifier`; the copies share the network."""
        if not self.code.stochastic:
            return [self]
        drawn = [copy.copy(self) for _ in EVALUATED]
        for one, draw in zip(drawn, EVALUATED, strict=True):
            one.draw = draw
        return drawn

    def activity(self, batch: Batch) -> tuple[Tensor, Activity]:
        """Input spikes of the distinct words `[T, n, D]`, and the spikes of all neurons over all steps."""
        self.module.eval()
        inputs = self.encode(batch.words)
        return inputs, self.module.activity(self._currents(inputs), self._windows(batch), self.neuron)

    def simulate(self, batch: Batch) -> Iterator[tuple[Tensor, StepActivity, Tensor]]:
        """Step by step: input spikes of the distinct words `[n, D]`, the layers' spikes, the scores so far.

        Scores are output spikes (or currents) summed up to the step, `[B, classes]`.
        """
        self.module.eval()
        inputs = self.encode(batch.words)
        steps = self.module.simulate(self._currents(inputs), self._windows(batch), self.neuron)
        # In double precision, so that many steps do not round; `cumsum` is not deterministic on GPUs.
        total = torch.zeros((), dtype=torch.float64)
        for words, activity in zip(inputs, steps, strict=True):
            total = total + activity.output
            yield words, activity, total.to(activity.output.dtype)

    @torch.no_grad()
    def scores(self, batch: Batch) -> Tensor:
        """Output spikes (or currents) summed up to each step, `[T, B, classes]`."""
        return torch.stack([scores for _, _, scores in self.simulate(batch)])

    def _currents(self, inputs: Tensor) -> Tensor:
        """What the synapses of the first layer pass on: the spikes, weighted where the code says so."""
        weights = self.code.step_weights(len(inputs))
        if weights is None:
            return inputs
        return inputs * weights.to(inputs.device, torch.float32)[:, None, None]

    def _sent(self, inputs: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Spikes over all steps, and values, as the convolution's synapses see them; their ratio is T·r."""
        rows = batch.rows_reading(sum(self.module.network.widths))
        reading = (rows * batch.real).to(inputs.device)
        return (inputs.sum((0, 2)) * reading).sum(), reading.sum() * self.words.values.shape[1]

    def _windows(self, batch: Batch) -> Windows:
        return batch.windows.to(self.words.values.device)
