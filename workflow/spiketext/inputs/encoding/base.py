"""Encoders: how the values of a network's input become spikes over T steps.

Each encoder is a module of its own with a class `Encoder`, found by its name; nothing else in the package
asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from spiketext.arrays import Layout
from spiketext.kinds import module_of

ROOM = "inputs.encoding"
Operations = Mapping[str, float]  # by kind
CHOOSING = 0  # the draw with which epochs are chosen on dev
PREFIX = "encoder."  # of the names that an encoder's weights have among a network's


class Encoder:
    """An encoder, and what training, conversion and counting must know of it.

    Attributes:
        evaluated: the draws that an evaluation averages over, none of which has chosen an epoch; empty
            where no random numbers are needed.
        spiking: whether it sends spikes in {0, 1} (else the first layer multiplies).
        polarities: input neurons of each value: 1, or 2 for ON and OFF.
        once: operations for each value of a word, by kind (`energy.prices.PRICES`), beside reading the value
            at each step.
        each_step: those for each value and step.
        full_scale: value that a neuron stands for which fires at every step.
    """

    evaluated: ClassVar[Sequence[int]] = ()
    spiking: ClassVar[bool] = True
    polarities: ClassVar[int] = 1
    once: ClassVar[Operations] = {}
    each_step: ClassVar[Operations] = {}
    full_scale: float = 1.0

    @classmethod
    def make(cls, settings: Any, width: int, steps: int, weights: Mapping[str, Tensor]) -> Self:
        """The encoder of vectors of `width` D over `steps` T; from its stored weights if it has any."""
        return cls()

    @classmethod
    def layout(cls, width: int) -> dict[str, Layout]:
        """What its stored weights must be, by name."""
        return {}

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """Values `[n, D]` and random numbers `[T, n, D]` → `[T, n, polarities * D]`.

        Spikes are bytes, currents floats; spikes of an encoder in training are floats that carry gradients.
        """
        raise NotImplementedError

    def frozen_draws(self, keys: np.ndarray, steps: int, width: int, seed: int, draw: int) -> Tensor | None:
        """Random numbers `[T, n, D]` of words' keys `[n]`, seed and draw alone; None: none are needed."""
        return None

    def fresh_draws(self, words: int, steps: int, width: int, generator: torch.Generator) -> Tensor | None:
        """New random numbers `[T, n, D]` for so many words; None: none are needed."""
        return None

    def step_weights(self, steps: int) -> Tensor | None:
        """Factor of the synapses at each step, `[T]`; None: all one."""
        return None

    def weights(self) -> dict[str, Tensor]:
        """What it has learned, by name; `make` takes it back."""
        return {}


class Direct(Encoder):
    """The values themselves, at every step: what a DNN reads, for one step."""

    spiking = False

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """Values `[n, D]` → `[T, n, D]`."""
        return values.expand(steps, *values.shape)


def encoder_class(settings: Any) -> type[Encoder]:
    """The class of the kind that the settings (`config.encodings`) name."""
    found: type[Encoder] = module_of(ROOM, settings.kind).Encoder
    return found


def make_encoder(
    settings: Any, width: int, steps: int, weights: Mapping[str, Tensor] | None = None
) -> Encoder:
    """The encoder that the settings name.

    Args:
        settings: its kind and constants, of `config.encodings`.
        width: D of the word vectors.
        steps: T.
        weights: of a network, as stored; the encoder finds its own among them.
    """
    own = {name.removeprefix(PREFIX): w for name, w in (weights or {}).items() if name.startswith(PREFIX)}
    return encoder_class(settings).make(settings, width, steps, own)


def stored_weights(encoder: Encoder) -> dict[str, Tensor]:
    """The encoder's weights, under the names that they have among a network's."""
    return {PREFIX + name: tensor.detach() for name, tensor in encoder.weights().items()}


def stored_layout(settings: Any, width: int) -> dict[str, Layout]:
    """What an encoder's stored weights must be for word vectors of `width` D, by name."""
    return {PREFIX + name: layout for name, layout in encoder_class(settings).layout(width).items()}
