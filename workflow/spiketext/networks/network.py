"""What every network is: the one interface by which the rest of the package knows it."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Encoder
from spiketext.networks.wiring import Activity, Step, Wiring


class Layout(Protocol):
    """How a network lays out a batch.

    Attributes:
        words: `[n]`, rows of the word table that the network is fed, in its own order.
        index: `[tokens]`, each token's place among them, text after text.
        places: `[n]` float64, how often each of them stands in the texts; none for padding.
        reads: `[n]` int64, how often the first synapses read each of them, up to a common factor.
    """

    @property
    def words(self) -> np.ndarray: ...  # noqa: D102
    @property
    def index(self) -> np.ndarray: ...  # noqa: D102
    @property
    def places(self) -> Tensor: ...  # noqa: D102
    @property
    def reads(self) -> Tensor: ...  # noqa: D102


L = TypeVar("L", bound=Layout)


class Network(nn.Module, Generic[L]):
    """A network that gives class scores step by step; a DNN has one step.

    Attributes:
        encoder: makes spikes or currents of the input, or hands on the values.
        shortest: tokens to which shorter texts are padded.
        delay: steps before the read-out begins to add up.
        anytime: whether what has been added up after t steps is what a run of t steps gives.
        settles: whether outputs add up to the scores, as charge that arrives once is spent; else the scores
            are their mean.
    """

    encoder: Encoder  # no default here: a class attribute would hide one that is a submodule
    shortest: int = 1
    delay: int = 0
    anytime: bool = True
    settles: bool = False

    def layout(self, batch: Batch) -> L:
        """The batch as this network reads it."""
        raise NotImplementedError

    def forward(self, inputs: Tensor, layout: L) -> Tensor:
        """Class scores of each step, for training; their sum over steps decides the class.

        Args:
            inputs: `[T, n, D]`, spikes, currents or values of `layout.words`.
            layout: of the batch.

        Returns:
            `[T, B, classes]`.
        """
        raise NotImplementedError

    def simulate(self, inputs: Tensor, layout: L) -> Iterator[Step]:
        """The same step by step with all events, without derivatives, in memory that does not grow with T."""
        raise NotImplementedError

    def wiring(self, layout: L, longest: int) -> Wiring:
        """Populations and synapses for one batch; the input's population, `input` or `vectors`, is given.

        Args:
            layout: of the batch.
            longest: tokens of the longest text, for which memories are made.
        """
        raise NotImplementedError

    def memory(self, steps: int) -> Any:
        """What `recall` remembers words in, for runs of T steps with these weights; None: nothing."""
        return None

    def recall(self, layout: L, memory: Any, keys: Sequence[Hashable]) -> tuple[L, np.ndarray] | None:
        """A layout with which `forward` needs the inputs of words only that it has not met before.

        Args:
            layout: of a batch.
            memory: of `memory`.
            keys: what each of `layout.words` is told by: equal keys, equal inputs.

        Returns:
            The layout, and the places of these words among `layout.words`; None: they are too many.
        """
        return None

    def weights(self) -> dict[str, Tensor]:
        """All weights, as they are stored."""
        raise NotImplementedError

    def learned(self) -> dict[str, Any]:
        """What the report of a training tells of the weights beside their number: plain values by name."""
        return {}

    def activity(self, inputs: Tensor, layout: L) -> Activity:
        """The spikes of the batch's first text, to look at; arguments as of `forward`."""
        steps = list(self.simulate(inputs, layout))
        others = {name: torch.stack([step.events[name][0] for step in steps]) for name in steps[0].events}
        return Activity({}, others, torch.stack([step.output[0] for step in steps]))

    def differentiated(self, surrogate: str, slope: float) -> Self | None:
        """The same network, whose spikes have one of `neurons.surrogates` for a derivative.

        None where nothing spikes, or the derivative is not one that can be exchanged.
        """
        return None

    def integrating(self) -> Self | None:
        """The same network with what its read-out integrates for scores; None where it counts no spikes."""
        return None

    def activations(self, inputs: Tensor, layout: L) -> dict[str, list[Tensor]]:
        """Of a DNN that can be converted: outputs of each layer, `[N, C]` of each group of its channels."""
        raise NotImplementedError
