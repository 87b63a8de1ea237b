"""How a network is wired: its populations of neurons, and the synapses between them.

All that is counted, priced and drawn follows from these declarations and from the events of each step; no
other room names a layer. Events are counted, never values added up: a spike of −1 is a spike too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

Events = Mapping[str, Tensor]  # by population, `[X, N]`: events of each neuron on each item of the batch

# What operations are for. Those of `input` (fetching and encoding words) and of `layer` (synapses and what
# belongs to them) stand under their layer's name in figures; updates of `neurons` and biases of all layers
# are one piece each.
Role = Literal["input", "layer", "neurons", "bias"]


@dataclass(frozen=True)
class Work:
    """What each neuron of a population does beside what reaches it through synapses.

    Attributes:
        operation: a key of `energy.prices.PRICES`.
        times: how often, a neuron and step.
        memory: values that the memory holds which is read or written.
        bits: of each value; None: full precision.
        once: once a text, not at each step.
        layer: whose work it is in tables; None: the population's.
        role: what it is for; None: the population's.
    """

    operation: str
    times: float = 1.0
    memory: int | None = None
    bits: int | None = None
    once: bool = False
    layer: str | None = None
    role: Role | None = None


@dataclass(frozen=True)
class Population:
    """Neurons of one kind, or the values of a DNN's layer, for one batch.

    What it emits is written into memory: each spike when it is sent, every value once a text; currents are
    not.

    Attributes:
        name: by which synapses and events name it.
        layer: whose work it is in tables.
        emits: `spikes`, `values` or `currents`.
        neurons: of all texts of the batch.
        width: N, neurons of an item.
        memory: values that the memory of its potentials and spikes, or of its values, holds; that of a
            machine is made for the longest text.
        bits: of each value; None: full precision.
        work: of each neuron.
        places: `[X]`, how often each item of `Events` occurs in the batch; None: once.
        chances: `[N]`, how often each neuron could have fired at a step; None: once for each item.
        words: of a population of words, how many there are in all, if a word always emits the same: what it
            causes can then be read from a table.
        codes: of a network's input, values of words that its neurons stand for.
        role: what its work is for, where the work itself does not say.
    """

    name: str
    layer: str
    emits: Literal["spikes", "values", "currents"]
    neurons: float
    width: int
    memory: int
    bits: int | None = None
    work: tuple[Work, ...] = ()
    places: Tensor | None = None
    chances: Tensor | None = None
    words: int | None = None
    codes: float | None = None
    role: Role = "layer"


@dataclass(frozen=True)
class Synapses:
    """Connections from one population to another, or to itself.

    Attributes:
        source: population whose events they carry.
        layer: whose work it is in tables.
        fan_out: operations of an event: the same for all, `[X]` by the item of its neuron, or a function of
            the step's events that gives all operations of the step.
        possible: operations of a step in which every neuron of the source fires; needed with a function.
        operation: of one synapse: `AC`, `MAC` or `compare`.
        weights: values that the memory of the weights holds; None: there are none to read.
        potentials: likewise of the potentials, which every operation reads and writes; None: sums stay in
            registers.
        bits: of each value that is multiplied, without its sign, which makes a sum a difference; None:
            full precision.
        signed: whether these values have a sign; a memory keeps it as one more bit.
        weight_bits: of each weight; None: full precision.
        rereads: whether every operation reads its source's value; else each event or value that goes anywhere
            is read once.
        tested: whether hardware that skips zeros has to compare each value of the source with zero.
        padding: `[X]`, operations of an event that go to padding; they stand apart and have no price.
    """

    source: str
    layer: str
    fan_out: float | Tensor | Callable[[Events], Tensor]
    possible: float | None = None
    operation: str = "AC"
    weights: int | None = None
    potentials: int | None = None
    bits: int | None = None
    signed: bool = False
    weight_bits: int | None = None
    rereads: bool = False
    tested: bool = False
    padding: Tensor | None = None

    @property
    def product_bits(self) -> int | None:
        """Bits of a product's narrower factor, which say what it costs; None: both have full precision."""
        return min((bits for bits in (self.bits, self.weight_bits) if bits is not None), default=None)

    @property
    def stored_bits(self) -> int | None:
        """Bits of each value of the source in memory; None: full precision."""
        return None if self.bits is None else self.bits + self.signed


@dataclass(frozen=True)
class Wiring:
    """Populations, from the input on, and synapses of a network for one batch."""

    populations: list[Population]
    synapses: list[Synapses]

    @property
    def spiking(self) -> bool:
        """Whether any population sends spikes."""
        return any(population.emits == "spikes" for population in self.populations)


@dataclass(frozen=True)
class Activity:
    """The spikes of one text of L tokens over T steps, to look at.

    Attributes:
        placed: by population, `[T, L, N]`: neurons that stand at a token, or whose window begins there.
        others: by population, `[T, N]`: neurons of the whole text.
        output: `[T, classes]`.
    """

    placed: dict[str, Tensor]
    others: dict[str, Tensor]
    output: Tensor


@dataclass(frozen=True)
class Step:
    """One step of a network.

    Attributes:
        events: spikes, or values other than zero, by population.
        output: `[B, classes]`, output spikes or currents of the step, or a DNN's scores.
    """

    output: Tensor
    events: dict[str, Tensor] = field(default_factory=dict)
