"""Ours and the textbook from the same weights, behind one interface."""

import copy
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.data import Source
from benchmarks.textbook import Textbook, TextbookCNN, padded
from spiketext.config import Method
from spiketext.conversion.balance import balanced_weights, find_scales
from spiketext.load_config import load_config
from spiketext.training import assemble
from spiketext.training.classifiers import DnnClassifier, SpikingClassifier, WordTable
from spiketext.training.data import Batch, Sentences

CALIBRATION = 256  # sentences


@dataclass(frozen=True)
class Start:
    """The state that both implementations start from: a fresh tailored DNN, converted with balancing."""

    method: Method
    words: WordTable
    sentences: Sentences
    dnn: DnnClassifier
    weights: dict[str, Tensor]

    @property
    def widths(self) -> list[int]:
        """Of the convolutions."""
        return self.method.network.widths

    def batch(self, rows: np.ndarray) -> Batch:
        """A batch as our networks take it."""
        return self.sentences.batch(rows, self.widths)

    def spiking(self, steps: int) -> SpikingClassifier:
        """Our spiking network."""
        return assemble.spiking(self.method, self.words, self.weights, steps, seed=0)

    def with_coding(self, coding: str) -> "Start":
        """The same under another code."""
        assert self.method.conversion is not None
        conversion = self.method.conversion.model_copy(update={"coding": coding})
        return replace(self, method=self.method.model_copy(update={"conversion": conversion}))


def load(source: Source) -> Start:
    """The paper's method on a data set: 3/4/5 × 100 channels, without dropout (its masks are random)."""
    method = load_config({}).define.methods["lv2023"]
    network = method.network.model_copy(update={"widths": [3, 4, 5], "channels": 100, "dropout": 0.0})
    method = method.model_copy(update={"network": network})
    assert method.conversion is not None
    words = assemble.load_words(
        source.file("embeddings/table.safetensors"),
        source.file("embeddings/words.json"),
        assemble.load_transform(source.file("embeddings/report.json"), network.positive),
        torch.device("cpu"),
    )
    torch.manual_seed(0)
    dnn = assemble.dnn(method, words, 2, None)
    sentences = source.sentences()
    rows = np.random.default_rng(0).permutation(len(sentences.lengths))[:CALIBRATION]
    scales = find_scales(dnn.module, words, sentences, rows, method.conversion)
    return Start(method, words, sentences, dnn, balanced_weights(dnn.module, scales, method.conversion))


class Implementation(Protocol):
    """A spiking network that can be timed; its input is a tuple of its own making."""

    module: nn.Module
    optimiser: torch.optim.Optimizer

    def given(self, batch: Batch, spikes: Tensor) -> tuple[Any, Any]:
        """Input of a batch whose distinct words spike like this, `[T, n, D]`."""

    def drawn(self, rows: np.ndarray, generator: torch.Generator | None) -> tuple[Any, Any]:
        """Input of rows of the corpus with spikes of its own drawing."""

    def forward(self, inputs: tuple[Any, Any]) -> Tensor:
        """Output of each step, `[T, B, classes]`, with derivatives."""

    def infer(self, inputs: tuple[Any, Any]) -> Tensor:
        """Scores after each step, `[T, B, classes]`, without derivatives."""


class Ours:
    """Distinct words, no padding. Input: spikes `[T, n, D]` and the batch."""

    def __init__(self, start: Start, steps: int) -> None:
        self.start, self.classifier = start, start.spiking(steps)
        self.module = self.classifier.module
        self.optimiser = _optimiser(self.module, start.method)

    def given(self, batch: Batch, spikes: Tensor) -> tuple[Tensor, Batch]:
        return spikes, batch

    def drawn(self, rows: np.ndarray, generator: torch.Generator | None) -> tuple[Tensor, Batch]:
        """As the workflow does: fresh draws in training, those of word and seed in evaluation."""
        batch = self.start.batch(rows)
        return self.classifier.encode(batch.words, generator), batch

    def forward(self, inputs: tuple[Tensor, Batch]) -> Tensor:
        spikes, batch = inputs
        outputs: Tensor = self.module(spikes, batch.windows, self.classifier.neuron)
        return outputs

    def infer(self, inputs: tuple[Tensor, Batch]) -> Tensor:
        spikes, batch = inputs
        classifier = copy.copy(self.classifier)
        classifier.encode = lambda words, generator=None: spikes  # type: ignore[method-assign]
        return classifier.scores(batch)


class TheTextbook:
    """A padded batch. Input: spikes `[T, B, D, L]` and lengths `[B]`."""

    def __init__(self, start: Start, steps: int) -> None:
        ours = start.spiking(steps)
        self.start, self.steps = start, steps
        self.module = Textbook(start.method.network, start.weights, ours.neuron, ours.module.spike_readout)
        self.optimiser = _optimiser(self.module, start.method)

    def given(self, batch: Batch, spikes: Tensor) -> tuple[Tensor, Tensor]:
        lengths = torch.from_numpy(batch.lengths)
        return padded(spikes, torch.from_numpy(batch.index), lengths), lengths

    def drawn(self, rows: np.ndarray, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """As one writes it: look-up, then a draw for every place and step."""
        ids, lengths = padded_ids(self.start, rows)
        values = vectors(self.start, ids)
        uniform = torch.rand(self.steps, *values.shape, generator=generator)
        return (uniform < values).float(), lengths

    def forward(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        outputs: Tensor = self.module(*inputs)
        return outputs

    @torch.no_grad()
    def infer(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        self.module.eval()
        return self.forward(inputs).cumsum(0)


CASES: dict[str, type[Ours] | type[TheTextbook]] = {"ours": Ours, "textbook": TheTextbook}


def padded_ids(start: Start, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """Token ids `[B, L]` and lengths `[B]`, padded to the longest sentence, at least the widest window."""
    sentences = start.sentences
    lengths = np.maximum(sentences.lengths[rows], max(start.widths))
    ids = np.zeros((len(rows), lengths.max()), dtype=np.int64)
    for line, row in zip(ids, rows, strict=True):
        first, count = sentences.starts[row], sentences.lengths[row]
        line[:count] = sentences.ids[first : first + count]
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def vectors(start: Start, ids: Tensor) -> Tensor:
    """Word vectors as `Conv1d` wants them, `[B, D, L]`."""
    return start.words.values[ids].transpose(1, 2).contiguous()


def textbook_dnn(start: Start) -> TextbookCNN:
    """The dense TextCNN with our DNN's weights."""
    return TextbookCNN(start.method.network, start.dnn.module.weights())


def train(implementation: Implementation, inputs: tuple[Any, Any], labels: Tensor) -> float:
    """One step of fine-tuning through time; its loss, the cross-entropy of each step's output, averaged."""
    implementation.module.train()
    implementation.optimiser.zero_grad()
    outputs = implementation.forward(inputs)
    loss = F.cross_entropy(outputs.flatten(0, 1), labels.repeat(len(outputs)))
    loss.backward()
    implementation.optimiser.step()
    return loss.item()


def _optimiser(module: nn.Module, method: Method) -> torch.optim.Optimizer:
    assert method.finetuning is not None
    return torch.optim.AdamW(module.parameters(), lr=method.finetuning.learning_rate, weight_decay=0.0)
