"""A network with its input: what training, conversion, evaluation and attacks ask of a classifier."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import CHOOSING
from spiketext.inputs.words import WordTable
from spiketext.networks.network import Network
from spiketext.networks.sources import input_populations
from spiketext.networks.wiring import Activity, Step, Wiring

CLASSIFIED = 128  # texts that are classified together


@dataclass(frozen=True)
class Fed:
    """What a network is fed of a batch.

    Attributes:
        inputs: `[T, n, D]`, spikes, currents or values.
        layout: of the batch, the network's `Layout`.
    """

    inputs: Tensor
    layout: Any


class BaseClassifier(ABC):
    """What evaluation, energy and attacks ask of a classifier, be it a network or not.

    Attributes:
        words: what it reads of each word.
        steps: T.
        delay: steps before scores begin to add up.
        anytime: whether scores after t steps are those of a run of t steps.
        reads_vectors: whether it knows words by their vectors; else by themselves.
    """

    delay: int = 0
    anytime: bool = True
    reads_vectors: bool = True
    stochastic: bool = False  # whether spikes are drawn, so that another draw gives other scores

    def __init__(self, words: WordTable, steps: int = 1) -> None:
        """`steps` is T; a classifier that does not spike has one step."""
        self.words, self.steps = words, steps

    @abstractmethod
    def layout(self, batch: Batch) -> Any:
        """The batch as the classifier reads it."""

    @abstractmethod
    def wiring(self, layout: Any, longest: int) -> Wiring:
        """All populations and synapses for one batch; memories are made for texts of `longest` tokens."""

    @abstractmethod
    def simulate(self, batch: Batch, layout: Any = None) -> Iterator[tuple[Step, Tensor]]:
        """Step by step: events and output, and the scores so far, `[B, classes]`.

        Args:
            batch: the texts.
            layout: of the batch, where it has been made already.
        """

    @torch.no_grad()
    def scores(self, batch: Batch) -> Tensor:
        """Class scores summed up to each step, `[T, B, classes]`; no random numbers."""
        return torch.stack([scores for _, scores in self.simulate(batch)])

    def runs(self, steps: list[int]) -> list[tuple[Self, list[int]]]:
        """Runs that give the scores after these numbers of steps, and which: one for all, or for each."""
        return [(self, steps)]

    def scale(self, steps: int) -> int:
        """What scores after so many steps are divided by, to be on the scale that training used."""
        return steps

    def memory(self) -> Any:
        """What `last_scores` may remember words in; None: nothing."""
        return None

    def last_scores(self, batch: Batch, memory: Any = None) -> Tensor:
        """The last of `scores`, `[B, classes]`, to the digit; faster if many words were met before.

        Args:
            batch: the texts.
            memory: of this classifier; other draws of it may share one.
        """
        return self.scores(batch)[-1]

    def evaluated(self) -> Sequence[Self]:
        """The classifier once for each draw that an evaluation averages over; itself if nothing is drawn."""
        return [self]

    def drawn(self, draw: int, seed: int | None = None) -> Self:
        """The classifier with the spikes of a draw, itself if nothing is drawn; `seed`: not the run's."""
        return self


class Classifier(BaseClassifier):
    """A network on word vectors; a DNN runs for one step.

    A word's spike train is the same wherever it stands in a batch. In training it is drawn anew for every
    batch; in `scores` it is a function of the word, the seed and the draw, so that neither the batch nor
    repeated queries change a result.

    Attributes:
        draw: number of the frozen draw; `CHOOSING`, one of the encoder's `evaluated`, or one of an attack's.
    """

    draw = CHOOSING

    def __init__(
        self, network: Network[Any], words: WordTable, steps: int = 1, seed: int = 0, fresh: bool = True
    ) -> None:
        """`steps` is T; `fresh=False` trains on the frozen spike trains of `scores`."""
        super().__init__(words, steps)
        self.network, self.seed, self.fresh = network, seed, fresh
        self.delay, self.anytime = network.delay, network.anytime
        self.stochastic = bool(network.encoder.evaluated)

    def layout(self, batch: Batch) -> Any:
        """The batch as the network reads it."""
        return self.network.layout(batch)

    def read(self, batch: Batch, generator: torch.Generator | None = None, layout: Any = None) -> Fed:
        """What the network is fed; without a generator the spikes of the seed, no gradients."""
        layout = self.layout(batch) if layout is None else layout
        return Fed(self._encoded(layout.words, generator), layout)

    def forward(self, fed: Fed) -> Tensor:
        """Class scores of each step, `[T, B, classes]`, as the network's mode and torch's have it."""
        scores: Tensor = self.network(self.currents(fed.inputs), fed.layout)
        return scores

    @torch.no_grad()
    def simulate(self, batch: Batch, layout: Any = None) -> Iterator[tuple[Step, Tensor]]:
        """Step by step: events and output, and the scores so far; see `BaseClassifier`.

        Scores are output spikes (or currents) summed up to the step, `[B, classes]`, without those of the
        first `delay` steps.
        """
        self.network.eval()
        fed = self.read(batch, layout=layout)
        # In double precision, so that many steps do not round; `cumsum` is not deterministic on GPUs.
        total = torch.zeros(1, dtype=torch.float64, device=fed.inputs.device)
        steps = self.network.simulate(self.currents(fed.inputs), fed.layout)
        for t, (inputs, step) in enumerate(zip(fed.inputs, steps, strict=True)):
            total = total + step.output * (t >= self.network.delay)
            events = {"input": inputs, **step.events} if self.network.encoder.spiking else step.events
            yield Step(step.output, events), total.to(step.output.dtype)

    @torch.no_grad()
    def activity(self, batch: Batch) -> tuple[Fed, Activity]:
        """What the network is fed of a batch, and the spikes of its first text."""
        self.network.eval()
        fed = self.read(batch)
        return fed, self.network.activity(self.currents(fed.inputs), fed.layout)

    def means(self, fed: Fed, batch: Batch) -> Tensor:
        """The mean of what is fed of each token, `[T, tokens]`."""
        return fed.inputs.float().mean(2)[:, fed.layout.index]

    def runs(self, steps: list[int]) -> list[tuple[Self, list[int]]]:
        """See `BaseClassifier`."""
        if self.anytime:
            return super().runs(steps)
        return [(self._of_steps(t), [t]) for t in steps]

    def scale(self, steps: int) -> int:
        """See `BaseClassifier`."""
        return 1 if self.network.settles else steps

    def decided(self, outputs: Tensor) -> Tensor:
        """What decides the class, on the scale of training: outputs `[T, B, classes]` → `[B, classes]`."""
        return outputs[self.delay :].sum(0) / self.scale(len(outputs))

    def _of_steps(self, steps: int) -> Self:
        one = copy.copy(self)
        one.steps = steps
        return one

    def memory(self) -> Any:
        """See `BaseClassifier`."""
        return self.network.memory(self.steps)

    @torch.no_grad()
    def last_scores(self, batch: Batch, memory: Any = None) -> Tensor:
        """See `BaseClassifier`."""
        layout = self.layout(batch)
        keys = [(key, self.seed, self.draw) for key in self.words.keys[layout.words].tolist()]
        recalled = None if memory is None else self.network.recall(layout, memory, keys)
        if recalled is None:
            return super().last_scores(batch)
        self.network.eval()
        known, fresh = recalled
        try:
            output = self.network(self.currents(self._encoded(layout.words[fresh], None)), known)
        except BaseException:  # what counts as known has not been computed
            memory.forget()
            raise
        # One after the other, as `simulate` adds them.
        return output[self.network.delay :].double().cumsum(0)[-1].to(output.dtype)

    def wiring(self, layout: Any, longest: int) -> Wiring:
        """See `BaseClassifier`."""
        self.network.eval()
        longest = max(longest, self.network.shortest)
        own = self.network.wiring(layout, longest)
        sources = input_populations(self.words, self.network.encoder, layout, longest, own)
        return Wiring([*sources, *own.populations], own.synapses)

    def evaluated(self) -> Sequence[Self]:
        """The classifier once for each draw that an evaluation averages over; itself where nothing is drawn.

        None of these draws has chosen an epoch. The copies share the network.
        """
        return [self.drawn(draw) for draw in self.network.encoder.evaluated] or [self]

    def drawn(self, draw: int, seed: int | None = None) -> Self:
        """See `BaseClassifier`; the copy shares the network."""
        one = copy.copy(self)
        one.draw = draw
        one.seed = self.seed if seed is None else seed
        return one

    def _encoded(self, words: np.ndarray, generator: torch.Generator | None) -> Tensor:
        """Values `[1, n, D]` or encoded `[T, n, polarities * D]` of rows of the word table."""
        device, encoder = self.words.values.device, self.network.encoder
        values = self.words.values[torch.from_numpy(words).to(device)]
        if generator is not None and self.fresh:
            draws = encoder.fresh_draws(len(words), self.steps, values.shape[1], generator)
        else:
            keys = self.words.keys[words]
            draws = encoder.frozen_draws(keys, self.steps, values.shape[1], self.seed, self.draw)
        draws = None if draws is None else draws.to(device)
        with torch.set_grad_enabled(generator is not None and torch.is_grad_enabled()):
            return encoder.encode(values, self.steps, draws)

    def currents(self, inputs: Tensor) -> Tensor:
        """What the synapses of the first layer pass on: the spikes, weighted where the encoder says so."""
        weights = self.network.encoder.step_weights(len(inputs))
        if weights is None:
            return inputs
        return inputs * weights.to(inputs.device, torch.float32)[:, None, None]
