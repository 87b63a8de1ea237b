"""Spike codes: how the values of word vectors become the input of a spiking network over T steps.

New codes go into `CODES`; nothing else in the package asks for a code's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from spiketext.arrays import Layout
from spiketext.coding import on_off, unipolar
from spiketext.coding.learned import LearnedCode
from spiketext.config import Conversion


class Code(Protocol):
    """A spike code, and what training, conversion and energy accounting must know of it.

    Attributes:
        stochastic: whether it needs random numbers (`coding.draws`).
        spiking: whether its output is spikes in {0, 1} (else the first layer multiplies).
        polarities: input neurons of each value: 1, or 2 for ON and OFF.
        gain: value that a neuron stands for which fires at every step.
        once: operations of the encoder for each value of a word, by kind (`energy.account.PRICES`), beside
            reading the value at each step.
        each_step: those for each value and step.
    """

    @property
    def stochastic(self) -> bool: ...  # noqa: D102
    @property
    def spiking(self) -> bool: ...  # noqa: D102
    @property
    def polarities(self) -> int: ...  # noqa: D102
    @property
    def gain(self) -> float: ...  # noqa: D102
    @property
    def once(self) -> Mapping[str, float]: ...  # noqa: D102
    @property
    def each_step(self) -> Mapping[str, float]: ...  # noqa: D102

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """Values `[n, D]` and random numbers `[T, n, D]` → `[T, n, polarities * D]`.

        Spikes are bytes, currents floats; spikes of a code in training are floats that carry gradients.
        """

    def step_weights(self, steps: int) -> Tensor | None:
        """Factor of the synapses at each step, `[T]`; None: all one."""

    def weights(self) -> dict[str, Tensor]:
        """What the code has learned, as it is stored; `CODES` takes it back."""


@dataclass(frozen=True)
class FixedCode:
    """A code without parameters of its own."""

    encoder: Callable[[Tensor, int, Tensor | None], Tensor]
    stochastic: bool = False
    spiking: bool = True
    polarities: int = 1
    gain: float = 1.0
    once: Mapping[str, float] = field(default_factory=dict)
    each_step: Mapping[str, float] = field(default_factory=dict)
    weighting: Callable[[int], Tensor] | None = None

    def encode(self, values: Tensor, steps: int, draws: Tensor | None = None) -> Tensor:
        """See `Code`."""
        return self.encoder(values, steps, draws)

    def step_weights(self, steps: int) -> Tensor | None:
        """See `Code`."""
        return None if self.weighting is None else self.weighting(steps)

    def weights(self) -> dict[str, Tensor]:
        """Nothing is learned."""
        return {}


RATE = FixedCode(unipolar.rate, stochastic=True, each_step={"draw": 1, "compare": 1})
# The value is added to what is due, which is compared with one spike, reduced by it and stored.
DETERMINISTIC_RATE = FixedCode(unipolar.deterministic_rate, each_step={"AC": 1, "update": 1, "access": 2})
LATENCY = FixedCode(
    unipolar.latency,
    once={"multiply": 1},
    each_step={"compare": 1},
    weighting=unipolar.latency_weights,
)
PHASE = FixedCode(unipolar.phase, each_step={"update": 1, "access": 2}, weighting=unipolar.phase_weights)
ANALOG = FixedCode(unipolar.analog, spiking=False)


def _on_off(conversion: Conversion, width: int, steps: int, weights: Mapping[str, Tensor]) -> Code:
    return FixedCode(
        partial(on_off.encode, span=conversion.span, silence=conversion.silence),
        polarities=2,
        gain=conversion.span,
        once={"compare": 1},
        each_step={"AC": 1, "update": 1, "access": 2},
    )


def _learned(conversion: Conversion, width: int, steps: int, weights: Mapping[str, Tensor]) -> Code:
    if weights:
        return LearnedCode(conversion.span, **weights)
    return LearnedCode.before_training(width, steps, conversion.span, conversion.silence)


def _always(code: Code) -> Callable[..., Code]:
    return lambda conversion, width, steps, weights: code


# By name: makes the code for word vectors of `width` D, from its stored weights if it has any.
CODES: dict[str, Callable[[Conversion, int, int, Mapping[str, Tensor]], Code]] = {
    "rate": _always(RATE),
    "deterministic-rate": _always(DETERMINISTIC_RATE),
    "latency": _always(LATENCY),
    "phase": _always(PHASE),
    "analog": _always(ANALOG),
    "on-off": _on_off,
    "learned": _learned,
}
PREFIX = "code."


def make_code(
    conversion: Conversion, width: int, steps: int, weights: Mapping[str, Tensor] | None = None
) -> Code:
    """The code that `conversion` names.

    Args:
        conversion: names the code and its constants.
        width: D of the word vectors.
        steps: T.
        weights: of a network, as stored; the code finds its own among them.
    """
    own = {name.removeprefix(PREFIX): w for name, w in (weights or {}).items() if name.startswith(PREFIX)}
    return CODES[conversion.coding](conversion, width, steps, own)


def stored_weights(code: Code) -> dict[str, Tensor]:
    """The code's weights, under the names that they have among a network's."""
    return {PREFIX + name: tensor.detach() for name, tensor in code.weights().items()}


def stored_layout(conversion: Conversion, width: int) -> tuple[int, dict[str, Layout]]:
    """Polarities of a code for word vectors of `width` D, and what its stored weights must be, by name."""
    code = make_code(conversion, width, 1)
    learned = code.layout(width) if isinstance(code, LearnedCode) else {}
    return code.polarities, {PREFIX + name: layout for name, layout in learned.items()}


def coded_weights(weights: Mapping[str, Tensor], code: Code) -> dict[str, Tensor]:
    """Weights of a network that reads values → of one that reads their spikes.

    The kernel `[S * C, D]` becomes `[S * C, polarities * D]`, OFF with the opposite sign of ON; what the
    code learns joins it.
    """
    kernel = weights["kernel"] * code.gain
    both = torch.cat([kernel, -kernel], 1) if code.polarities == 2 else kernel
    return {**weights, "kernel": both, **stored_weights(code)}
