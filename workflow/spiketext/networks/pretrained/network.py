"""A pretrained sentence encoder with a linear read-out, in full precision or with quantised activations.

It reads the tokens that every network reads, written as a text again. With levels, what each linear layer or
convolution reads is rounded to −n·θ, …, n·θ, with a learned step θ for each feature (LSQ: Esser et al. 2020);
attention's products, softmax, normalisations and activation functions keep full precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.config import networks as config
from spiketext.inputs.encoding.base import Direct
from spiketext.kinds import module_of
from spiketext.networks.layers.quantisation import UNSET, FeatureQuantiser, Quantiser
from spiketext.networks.network import Network
from spiketext.networks.pretrained.models.base import ROOM, Entering, Model, unchanged
from spiketext.networks.pretrained.wiring import VECTORS, Declaration
from spiketext.networks.weights import check_weights, chosen
from spiketext.networks.wiring import Step, Wiring
from spiketext.seal import unusable

MODEL = "model."  # before the names of the encoder's tensors among the weights
NAME = "pretrained"  # its own name there
READOUT = "readout"  # before the names of its weights


@dataclass(frozen=True)
class Pieces:
    """A batch as the encoder reads it.

    Attributes:
        ids: `[B, P]`, numbers of word pieces, text by text, padded with zeros.
        lengths: `[B]`, word pieces of each text.
    """

    ids: Tensor
    lengths: Tensor

    @cached_property
    def inside(self) -> Tensor:
        """`[B, P]`: which are no padding."""
        return torch.arange(self.ids.shape[1], device=self.ids.device) < self.lengths[:, None]

    def items(self, values: Tensor) -> Tensor:
        """Values of word pieces, `[B, P, c]`, or of texts, `[B, c]` → `[X, c]`, without padding."""
        return values[self.inside] if values.dim() == 3 else values

    def spread(self, items: Tensor, like: Tensor) -> Tensor:
        """The reverse of `items`: in the shape of `like`, zeros at padding."""
        if like.dim() != 3:
            return items
        spread = torch.zeros_like(like)
        spread[self.inside] = items
        return spread


class Pretrained(Network[Any]):
    """Encoder and read-out."""

    def __init__(
        self,
        network: config.Pretrained,
        name: str,
        model: Model,
        readout: nn.Linear,
        weights: Mapping[str, Tensor],
    ) -> None:
        """Put together what is given.

        Args:
            network: its configuration.
            name: of the encoder.
            model: the encoder.
            readout: behind it.
            weights: logarithms of steps among them; those that are missing the first batch sets.
        """
        super().__init__()
        self.encoder, self.name, self.model, self.readout = Direct(), name, model, readout
        top = network.levels or 0
        self.quantisers = nn.ModuleDict(
            {
                one: FeatureQuantiser(-top, top, weights.get(_log_step(one), UNSET.expand(width)))
                for one, width in (entries(model) if top else {}).items()
            }
        )

    def quantiser(self, name: str) -> Quantiser:
        """Of what passes by this name: its step is the threshold of the neurons that stand there."""
        found = self.quantisers[name]
        assert isinstance(found, Quantiser)
        return found

    def forward(self, inputs: Tensor, layout: Pieces) -> Tensor:
        """Scores `[1, B, classes]`; there are no `inputs` beside the layout."""
        if self.quantisers and self.quantiser(VECTORS).log_step.isnan().any():  # all are set together
            self._set_steps(layout)
        return self.scored(layout, self.entering())[None]

    def scored(self, layout: Pieces, entering: Entering) -> Tensor:
        """Scores `[B, classes]`, where what each layer reads passes `entering`."""
        vectors = self.model.dropped(self.model(layout.ids, layout.lengths, entering))
        scores: Tensor = self.readout(entering(VECTORS, vectors))
        return scores

    def entering(self) -> Entering:
        """What layers read of the values before them: these, rounded where they have levels."""
        if not self.quantisers:
            return unchanged
        return lambda name, values: self.quantiser(name)(values)

    @torch.no_grad()
    def _set_steps(self, layout: Pieces) -> None:
        """First steps, layer by layer, of the batch without its padding and without dropout."""

        def begun(name: str, values: Tensor) -> Tensor:
            self.quantiser(name)(layout.items(values))
            return self.quantiser(name)(values)

        training = self.training
        self.eval().scored(layout, begun)
        self.train(training)

    def simulate(self, inputs: Tensor, layout: Pieces) -> Iterator[Step]:
        """One step; its events are the rounded values other than zero; see `Network`."""
        events: dict[str, Tensor] = {}
        entering = self.entering()

        def noting(name: str, values: Tensor) -> Tensor:
            read = entering(name, values)
            events[name] = layout.items(read != 0)
            return read

        scores = self.scored(layout, noting if self.quantisers else entering)
        yield Step(scores, events)

    def wiring(self, layout: Pieces, longest: int) -> Wiring:
        """Populations hold values, each written once; see `Network`."""
        return self.declaration(layout, longest).of_values()

    def declaration(self, layout: Pieces, longest: int) -> Declaration:
        """What `wiring` is made of."""
        lengths = layout.lengths.cpu().numpy()
        levels = next((self.quantiser(name).high for name in self.quantisers), None)
        return Declaration(
            self.model.products(lengths, longest), self.model.table_size, len(lengths), self.model.width,
            self.readout.out_features, levels,
        )  # fmt: skip

    def weights(self) -> dict[str, Tensor]:
        """All that the classifier is, so that the encoder's resource is needed no more."""
        named = {MODEL + name: tensor.detach() for name, tensor in self.model.tensors().items()}
        readout = {f"{READOUT}.{key}": one for key, one in self.readout.state_dict().items()}
        name = torch.from_numpy(np.frombuffer(self.name.encode(), dtype=np.uint8).copy())
        return named | readout | self.quantisers.state_dict() | {NAME: name}


def entries(model: Model) -> dict[str, int]:
    """Names by which values pass `Entering` on their way to the scores, in order, and their features."""
    products = model.products(np.array([1]), 1)
    return {one.enters: one.width for one in products if one.enters is not None} | {VECTORS: model.width}


def loaded(network: config.Pretrained, classes: int, weights: Mapping[str, Tensor]) -> Pretrained:
    """The network of stored weights.

    Raises:
        SpikeTextError: they are those of another one, or not finite.
    """
    name, model = _encoder(network, weights)
    rounded = entries(model) if network.levels else {}
    own = {key: one for key, one in weights.items() if not key.startswith(MODEL)}
    check_weights(own, _layout(name, model, classes, rounded))
    return Pretrained(network, name, model, _readout(model, classes, own), own)


def begun(network: config.Pretrained, classes: int, start: Mapping[str, Tensor]) -> Pretrained:
    """The network with the weights of another one; the first batch sets its steps.

    Raises:
        SpikeTextError: `start` are the weights of another network, or not finite.
    """
    name, model = _encoder(network, start)
    own = chosen(start, _layout(name, model, classes, {}))
    return Pretrained(network, name, model, _readout(model, classes, own), {})


def _encoder(network: config.Pretrained, weights: Mapping[str, Tensor]) -> tuple[str, Model]:
    name = bytes(weights[NAME].numpy()).decode(errors="replace") if NAME in weights else ""
    if name not in network.parts:
        raise unusable(getattr(weights, "path", "the file of weights"), f"does not fit (no encoder {name!r})")
    made = module_of(ROOM, name).Model
    tensors = {key.removeprefix(MODEL): one for key, one in weights.items() if key.startswith(MODEL)}
    made.check(tensors)
    return name, made(tensors, network.dropout)


def _readout(model: Model, classes: int, weights: Mapping[str, Tensor]) -> nn.Linear:
    made = nn.Linear(model.width, classes)
    made.load_state_dict({key: weights[f"{READOUT}.{key}"] for key in ("weight", "bias")})
    return made


def _layout(name: str, model: Model, classes: int, rounded: Mapping[str, int]) -> dict[str, Layout]:
    """What the weights beside the encoder's must be, by name."""
    found = {
        f"{READOUT}.weight": Layout("float32", (classes, model.width)),
        f"{READOUT}.bias": Layout("float32", (classes,)),
        NAME: Layout("uint8", (len(name.encode()),)),
    }
    return found | {_log_step(one): Layout("float32", (width,)) for one, width in rounded.items()}


def _log_step(name: str) -> str:
    """Under which name a step is stored."""
    return f"{name}.log_step"
