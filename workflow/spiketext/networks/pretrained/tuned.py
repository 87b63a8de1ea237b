"""A pretrained sentence encoder with a linear read-out, all of which is fine-tuned.

It reads the tokens that every network reads, written as a text again. Of its operations the products are
counted, and fetching the word pieces' vectors; softmax, normalisations, additions of residuals and the
cutting into word pieces are not, and a word counts as one piece where memories are sized: all that is to
the advantage of this rival.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.config import networks as config
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Direct
from spiketext.inputs.words import WordTable
from spiketext.kinds import module_of
from spiketext.networks.classifier import Classifier, Fed
from spiketext.networks.layers.biases import bias_work
from spiketext.networks.network import Network
from spiketext.networks.pretrained.models.base import ROOM, Model
from spiketext.networks.weights import check_weights
from spiketext.networks.wiring import Population, Step, Synapses, Wiring, Work
from spiketext.networks.written import written
from spiketext.seal import unusable

MODEL = "model."  # before the names of the encoder's tensors among the weights
NAME = "pretrained"  # its own name there


@dataclass(frozen=True)
class Pieces:
    """A batch as the encoder reads it.

    Attributes:
        ids: `[B, P]`, numbers of word pieces, text by text, padded with zeros.
        lengths: `[B]`, word pieces of each text.
    """

    ids: Tensor
    lengths: Tensor


class Tuned(Network[Any]):
    """Encoder and read-out."""

    def __init__(self, name: str, model: Model, readout: nn.Linear) -> None:
        """`name`: of the encoder."""
        super().__init__()
        self.encoder, self.name, self.model, self.readout = Direct(), name, model, readout

    def forward(self, inputs: Tensor, layout: Pieces) -> Tensor:
        """Scores `[1, B, classes]`; there are no `inputs` beside the layout."""
        vectors = self.model(layout.ids, layout.lengths)
        scores: Tensor = self.readout(self.model.dropped(vectors))
        return scores[None]

    def weights(self) -> dict[str, Tensor]:
        """All that the classifier is, so that the encoder's resource is needed no more."""
        named = {MODEL + name: tensor.detach() for name, tensor in self.model.tensors().items()}
        name = torch.from_numpy(np.frombuffer(self.name.encode(), dtype=np.uint8).copy())
        return (
            named | {f"readout.{key}": one for key, one in self.readout.state_dict().items()} | {NAME: name}
        )


class Pretrained(Classifier):
    """See the module."""

    reads_vectors = False
    network: Tuned

    def layout(self, batch: Batch) -> Pieces:
        """The word pieces of a batch; see `BaseClassifier`."""
        device = self.network.readout.weight.device
        starts = np.concatenate([[0], np.cumsum(batch.lengths)])
        texts = [
            written([self.words.names[row] for row in batch.ids[begin:end]])
            for begin, end in pairwise(starts)
        ]
        pieces = self.network.model.pieces(texts)
        lengths = torch.tensor([len(one) for one in pieces])
        ids = nn.utils.rnn.pad_sequence([torch.tensor(one) for one in pieces], batch_first=True)
        return Pieces(ids.to(device), lengths.to(device))

    def read(self, batch: Batch, generator: torch.Generator | None = None, layout: Any = None) -> Fed:
        """See `Classifier`; nothing is encoded."""
        return Fed(torch.zeros(1, 0, 0), layout or self.layout(batch))

    @torch.no_grad()
    def simulate(self, batch: Batch, layout: Any = None) -> Iterator[tuple[Step, Tensor]]:
        """One step; see `BaseClassifier`."""
        self.network.eval()
        (scores,) = self.forward(self.read(batch, layout=layout))
        yield Step(scores), scores

    def memory(self) -> None:
        """It remembers nothing."""
        return

    def last_scores(self, batch: Batch, memory: Any = None) -> Tensor:
        """See `BaseClassifier`."""
        return self.scores(batch)[-1]

    def wiring(self, layout: Pieces, longest: int) -> Wiring:
        """See `BaseClassifier`."""
        model, texts = self.network.model, len(layout.lengths)
        lengths = layout.lengths.cpu().numpy()
        every = model.products(lengths, longest)
        first = every[0]
        look_up = Work("look-up", memory=model.table_size, once=True)
        populations = [
            Population(
                "pieces", "embedding", "values", first.values, first.width, first.memory,
                work=(look_up,), role="input",
            )
        ]  # fmt: skip
        synapses = []
        for number, one in enumerate(every):
            source = "pieces" if number == 0 else f"values {number}"
            if number:
                populations.append(Population(source, one.layer, "values", one.values, one.width, one.memory))
            synapses.append(Synapses(source, one.layer, one.outputs, operation="MAC", weights=one.weights))
        classes = self.network.readout.out_features
        populations += [
            Population("vectors", "readout", "values", texts * model.width, model.width, model.width),
            Population(
                "readout",
                "readout",
                "values",
                texts * classes,
                classes,
                classes,
                work=bias_work(True, classes),
            ),
        ]
        size = self.network.readout.weight.numel()
        return Wiring(
            populations,
            [*synapses, Synapses("vectors", "readout", float(classes), operation="MAC", weights=size)],
        )


def start(
    network: config.Pretrained,
    language: str,
    manifests: Sequence[str | Path],
    words: WordTable,
    classes: int,
) -> Pretrained:
    """The classifier before it is fine-tuned; its read-out is drawn from torch's global generator.

    Raises:
        SpikeTextError: the encoder's resource is missing or damaged.
    """
    name = network.model(language)
    tensors = module_of(ROOM, name).Model.fetched(manifests)
    return _classifier(network, name, tensors, None, words, classes)


def make(
    network: config.Pretrained, words: WordTable, classes: int, weights: Mapping[str, Tensor]
) -> Pretrained:
    """The classifier of fine-tuned weights.

    Raises:
        SpikeTextError: the weights are those of another one, or not finite.
    """
    name = bytes(weights[NAME].numpy()).decode(errors="replace") if NAME in weights else ""
    if name not in network.parts:
        raise unusable(getattr(weights, "path", "the file of weights"), f"does not fit (no encoder {name!r})")
    tensors = {key.removeprefix(MODEL): one for key, one in weights.items() if key.startswith(MODEL)}
    own = {key: one for key, one in weights.items() if not key.startswith(MODEL)}
    return _classifier(network, name, tensors, own, words, classes)


def _classifier(
    network: config.Pretrained,
    name: str,
    tensors: Mapping[str, Tensor],
    own: Mapping[str, Tensor] | None,
    words: WordTable,
    classes: int,
) -> Pretrained:
    made = module_of(ROOM, name).Model
    made.check(tensors)
    model = made(tensors, network.dropout)
    readout = nn.Linear(model.width, classes)
    if own is not None:
        layout = {
            "readout.weight": Layout("float32", (classes, model.width)),
            "readout.bias": Layout("float32", (classes,)),
            NAME: Layout("uint8", (len(name),)),
        }
        check_weights(own, layout)
        readout.load_state_dict({key: own[f"readout.{key}"] for key in ("weight", "bias")})
    return Pretrained(Tuned(name, model, readout).to(words.values.device), words)
