"""Ours and the textbook from the same weights, behind one interface."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.data import Source
from benchmarks.peers import PEERS
from benchmarks.textbook import Neurons, SpikingJelly, Textbook, TextbookCNN
from spiketext.config.encodings import Encoding
from spiketext.config.load import load_config
from spiketext.config.methods import Method
from spiketext.conversion.convert import find_thresholds
from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.words import WordTable, load_word_table
from spiketext.networks import assemble
from spiketext.networks.classifier import Classifier, Fed
from spiketext.networks.textcnn.backends.spikingjelly import padded
from spiketext.neurons.integrate_and_fire import NeuronModel

CALIBRATION = 256  # texts
NO_BATCH: Any = None  # where nothing is read any more


@dataclass(frozen=True)
class Start:
    """The state that both implementations start from: a fresh convertible DNN, converted with balancing."""

    method: Method
    words: WordTable
    texts: Texts
    dnn: Classifier
    weights: dict[str, Tensor]

    @property
    def device(self) -> torch.device:
        """Where both run."""
        return self.words.values.device

    @property
    def widths(self) -> list[int]:
        """Of the convolutions."""
        return self.method.network.widths

    def spiking(self, steps: int) -> Classifier:
        """Our spiking network."""
        return assemble.spiking(self.method, self.words, self.weights, steps, seed=0)

    def with_encoder(self, encoder: Encoding) -> "Start":
        """The same under another encoder, one for values in [0, 1]."""
        assert self.method.conversion is not None
        conversion = self.method.conversion.model_copy(update={"encoder": encoder})
        return replace(self, method=self.method.model_copy(update={"conversion": conversion}))


def load(source: Source, device: str = "cpu") -> Start:
    """The paper's method on a data set: 3/4/5 × 100 channels, without dropout (its masks are random)."""
    method = load_config({}).define.methods["lv2023"]
    network = method.network.model_copy(update={"widths": [3, 4, 5], "channels": 100, "dropout": 0.0})
    method = method.model_copy(update={"network": network})
    assert method.conversion is not None
    files = SimpleNamespace(
        table=source.file("embeddings/table.safetensors"),
        words=source.file("embeddings/words.json"),
        vectors_report=source.file("embeddings/report.json"),
    )
    words = load_word_table(files, method.inputs, torch.device(device))
    torch.manual_seed(0)
    dnn = assemble.dnn(method, words, 2, None)
    texts = source.texts()
    rows = np.random.default_rng(0).permutation(len(texts.lengths))[:CALIBRATION]
    thresholds = find_thresholds(dnn, texts, rows, method.conversion.rule, assemble.balanced(method))
    weights = assemble.converted(method, dnn, thresholds, max(method.conversion.steps))
    return Start(method, words, texts, dnn, weights)


def laid_out(classifier: Classifier, batch: Batch) -> Classifier:
    """The classifier with the layout of this batch at hand, so that it is no part of what is timed."""
    ready, layout = copy.copy(classifier), classifier.network.layout(batch)
    ready.network = copy.copy(classifier.network)
    ready.network.layout = lambda batch: layout  # type: ignore[method-assign]
    return ready


class Implementation(Protocol):
    """A spiking network that can be timed; its input is of its own making."""

    module: nn.Module
    optimiser: torch.optim.Optimizer

    def given(self, fed: Fed) -> Any:
        """Input of a batch whose distinct words spike like this, `[T, n, D]`."""

    def drawn(self, rows: np.ndarray, generator: torch.Generator | None) -> Any:
        """Input of rows of the corpus with spikes of its own drawing."""

    def forward(self, inputs: Any) -> Tensor:
        """Output of each step, `[T, B, classes]`, with derivatives."""

    def infer(self, inputs: Any) -> Tensor:
        """Scores after each step, `[T, B, classes]`, without derivatives."""


class Ours:
    """Distinct words, no padding. Input: spikes `[T, n, D]` and the layout."""

    def __init__(self, start: Start, steps: int) -> None:
        self.start, self.classifier = start, start.spiking(steps)
        self.module = self.classifier.network
        self.optimiser = _optimiser(self.module, start.method)

    def given(self, fed: Fed) -> Fed:
        return fed

    def drawn(self, rows: np.ndarray, generator: torch.Generator | None) -> Fed:
        """As the workflow does: fresh draws in training, those of word and seed in evaluation."""
        return self.classifier.read(self.start.texts.batch(rows), generator)

    def forward(self, inputs: Fed) -> Tensor:
        return self.classifier.forward(inputs)

    def infer(self, inputs: Fed) -> Tensor:
        classifier = copy.copy(self.classifier)
        classifier.read = lambda batch, generator=None, layout=None: inputs  # type: ignore[method-assign]
        return classifier.scores(NO_BATCH)


class TheTextbook:
    """A padded batch, and a package's neurons. Input: spikes `[T, B, D, L]` and lengths `[B]`."""

    def __init__(
        self, start: Start, steps: int, neurons: Callable[[NeuronModel], Neurons] = SpikingJelly
    ) -> None:
        ours, method = start.spiking(steps).network, start.method
        self.start, self.steps = start, steps
        book = Textbook(
            method.network, method.inputs, start.weights, ours.neuron, ours.spike_readout, neurons
        )
        self.module = book.to(start.device)
        self.optimiser = _optimiser(self.module, start.method)

    def given(self, fed: Fed) -> tuple[Tensor, Tensor]:
        lengths = torch.from_numpy(fed.layout.lengths)
        return padded(fed.inputs, torch.from_numpy(fed.layout.index), lengths), lengths.to(self.start.device)

    def drawn(self, rows: np.ndarray, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """As one writes it: look-up, then a draw for every place and step."""
        ids, lengths = padded_ids(self.start, rows)
        values = vectors(self.start, ids)
        uniform = torch.rand(self.steps, *values.shape, generator=generator, device=values.device)
        return (uniform < values).float(), lengths.to(values.device)

    def forward(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        outputs: Tensor = self.module(*inputs)
        return outputs

    @torch.no_grad()
    def infer(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        self.module.eval()
        return self.forward(inputs).cumsum(0)


CASES: dict[str, Callable[[Start, int], Ours | TheTextbook]] = {
    "ours": Ours,
    "textbook": TheTextbook,
    **{name: partial(TheTextbook, neurons=neurons) for name, neurons in PEERS.items()},
}
PAIR = ("ours", "textbook")


def padded_ids(start: Start, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """Token ids `[B, L]` and lengths `[B]`, padded to the longest sentence, at least the widest window."""
    texts = start.texts
    lengths = np.maximum(texts.lengths[rows], max(start.widths))
    ids = np.zeros((len(rows), lengths.max()), dtype=np.int64)
    for line, row in zip(ids, rows, strict=True):
        first, count = texts.starts[row], texts.lengths[row]
        line[:count] = texts.ids[first : first + count]
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def vectors(start: Start, ids: Tensor) -> Tensor:
    """Word vectors as `Conv1d` wants them, `[B, D, L]`."""
    return start.words.values[ids.to(start.device)].transpose(1, 2).contiguous()


def textbook_dnn(start: Start) -> TextbookCNN:
    """The dense TextCNN with our DNN's weights."""
    book = TextbookCNN(start.method.network, start.method.inputs, start.dnn.network.weights())
    return book.to(start.device)


def train(implementation: Implementation, inputs: Any, labels: Tensor) -> float:
    """One step of fine-tuning through time; its loss, the cross-entropy of each step's output, averaged."""
    implementation.module.train()
    implementation.optimiser.zero_grad()
    outputs = implementation.forward(inputs)
    loss = F.cross_entropy(outputs.flatten(0, 1), labels.to(outputs.device).repeat(len(outputs)))
    loss.backward()
    implementation.optimiser.step()
    return loss.item()


def _optimiser(module: nn.Module, method: Method) -> torch.optim.Optimizer:
    assert method.finetuning is not None
    return torch.optim.AdamW(module.parameters(), lr=method.finetuning.learning_rate, weight_decay=0.0)
