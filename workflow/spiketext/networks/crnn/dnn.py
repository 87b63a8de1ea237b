"""A convolutional-recurrent network, in full precision or of a few levels.

Convolutions with ReLU along the sequence, then h[e] = φ(W z[e] + U h[e−1] + b) for its elements e, where φ
clips to [−1, 1]; the read-out reads the last state or the mean of all. With levels, a convolution's values
are 0, θ, …, n·θ and states −n·θ, …, n·θ, of learned steps θ (LSQ: Esser et al. 2020).
"""

import math
from collections.abc import Callable, Iterator, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.config import networks as config
from spiketext.config.methods import Method
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Direct
from spiketext.networks.crnn.sizes import Sizes
from spiketext.networks.crnn.wiring import RECURRENT, Declaration
from spiketext.networks.layers.padded import PaddedLayout
from spiketext.networks.layers.quantisation import UNSET, Quantiser, WeightQuantiser
from spiketext.networks.network import Network
from spiketext.networks.weights import check_weights, chosen
from spiketext.networks.wiring import Step, Wiring

Activation = Callable[[str, Tensor], Tensor]  # name of a layer and its sums → what it sends


def layers(network: config.CRNN) -> dict[str, tuple[int, int]]:
    """Lowest and highest level of each layer that is rounded, in units of levels; by name."""
    names = [f"convolution{place}" for place in range(1, len(network.convolutions) + 1)]
    top = network.levels or 1
    return dict.fromkeys(names, (0, top)) | {RECURRENT: (-top, top)}


def shapes(network: config.CRNN, width: int, classes: int | str) -> dict[str, tuple[int | str, ...]]:
    """Shapes of all weights, by name, for inputs of `width` values."""
    found: dict[str, tuple[int | str, ...]] = {}
    for name, one in zip(layers(network), network.convolutions, strict=False):
        found |= {f"{name}.kernel": (one.channels, width, one.width), f"{name}.bias": (one.channels,)}
        width = one.channels
    neurons = network.recurrent
    found |= {
        f"{RECURRENT}.input": (neurons, width),
        f"{RECURRENT}.hidden": (neurons, neurons),
        f"{RECURRENT}.bias": (neurons,),
        "readout": (classes, neurons),
        "readout_bias": (classes,),
    }
    return found


def multiplied(network: config.CRNN) -> list[str]:
    """Names of the weights that multiply something, the biases aside."""
    return [name for name, shape in shapes(network, 1, 1).items() if len(shape) > 1]


def matrices(network: config.CRNN, width: int, classes: int) -> dict[str, Tensor]:
    """Initial weights: uniform in ±1/√(fan in), but an orthogonal matrix between the recurrent neurons."""
    found = {}
    for name, shape in shapes(network, width, classes).items():
        sizes = [int(size) for size in shape]
        if name == f"{RECURRENT}.hidden":
            found[name] = nn.init.orthogonal_(torch.empty(sizes))
        elif len(sizes) == 1:
            found[name] = torch.zeros(sizes)
        else:
            found[name] = (torch.rand(sizes) * 2 - 1) / math.sqrt(math.prod(sizes[1:]))
    return found


def first_steps(network: config.CRNN) -> dict[str, Tensor]:
    """Logarithms of the steps before training, by the names under which they are stored."""
    steps = {f"{name}.log_step": UNSET for name in [*layers(network), *map(_key, multiplied(network))]}
    # The range in which states are not clipped, as without levels: the first ones are small, as they
    # know one element only.
    return steps | {f"{RECURRENT}.log_step": torch.tensor(-math.log(network.levels or 1))}


class CRNN(Network[PaddedLayout]):
    """Convolutions → recurrent layer → dropout → read-out; `shapes` says what its weights are."""

    def __init__(
        self, network: config.CRNN, width: int, classes: int, weights: Mapping[str, Tensor] | None = None
    ) -> None:
        """Take over `weights`, or initialise them."""
        super().__init__()
        self.network, self.shortest, self.encoder = network, network.field, Direct()
        if weights is None:
            weights = matrices(network, width, classes) | first_steps(network)
        self.parts = nn.ParameterDict(
            {_key(name): weights[name].clone() for name in shapes(network, width, classes)}
        )
        rounded = layers(network) if network.levels is not None else {}
        self.quantisers = nn.ModuleDict(
            {name: Quantiser(low, high, weights[f"{name}.log_step"]) for name, (low, high) in rounded.items()}
        )
        self.weight_quantisers = nn.ModuleDict(
            {
                _key(name): WeightQuantiser(network.weight_bits, weights[f"{_key(name)}.log_step"])
                for name in multiplied(network)
                if network.weight_bits is not None
            }
        )
        self.dropout = nn.Dropout(network.dropout)
        self.width, self.classes = width, classes

    def __getitem__(self, name: str) -> Tensor:
        """A weight by the name under which it is stored, on its levels if it has some."""
        key, part = _key(name), self.parts[_key(name)]
        if key in self.weight_quantisers:
            quantiser: nn.Module = self.weight_quantisers.get_submodule(key)
            rounded: Tensor = quantiser(part)
            return rounded
        return part

    def weights(self) -> dict[str, Tensor]:
        """See `Network`."""
        own = {name: self[name].detach() for name in shapes(self.network, self.width, self.classes)}
        return own | self.weight_quantisers.state_dict() | self.quantisers.state_dict()

    def layout(self, batch: Batch) -> PaddedLayout:
        """See `Network`."""
        return PaddedLayout.of(batch, self.shortest, self["readout"].device)

    def forward(self, inputs: Tensor, layout: PaddedLayout) -> Tensor:
        """Class scores `[1, B, classes]`; see `Network`."""
        return self.read_out(self.features(inputs[0], layout, self.activation()))[None]

    def features(self, values: Tensor, layout: PaddedLayout, activation: Activation) -> Tensor:
        """What the read-out reads, `[B, N]`.

        Args:
            values: `[n, D]` of `layout.words`.
            layout: of the batch.
            activation: makes what a layer sends of its sums: `[B, windows, C]` of a convolution, `[B, N]` of
                the recurrent layer, which is called for one element after the other.
        """
        sent = layout.spread(values).transpose(1, 2)  # [B, D, L]
        for name, one in zip(layers(self.network), self.network.convolutions, strict=False):
            sums = F.conv1d(sent, self[f"{name}.kernel"], self[f"{name}.bias"], one.stride)
            sent = activation(name, sums.transpose(1, 2)).transpose(1, 2)
        driven = F.linear(sent.transpose(1, 2), self[f"{RECURRENT}.input"], self[f"{RECURRENT}.bias"])
        last = Sizes.of(self.network, layout.lengths).last
        return self._states(driven, last, activation)

    def _states(self, driven: Tensor, last: Tensor, activation: Activation) -> Tensor:
        """The last state or the mean, of sums `[B, E, N]` of which each sequence has `last` `[B]`."""
        hidden = self[f"{RECURRENT}.hidden"].T
        state = total = driven.new_zeros(len(driven), driven.shape[2])
        alike = bool((last == driven.shape[1]).all())
        for element, sums in enumerate(driven.unbind(1)):
            new = activation(RECURRENT, torch.addmm(sums, state, hidden))
            state = new if alike else torch.where((element < last)[:, None], new, state)
            if self.network.reads == "mean":
                total = total + (new if alike else torch.where((element < last)[:, None], new, 0.0))
        return state if self.network.reads == "last" else total / last[:, None]

    def read_out(self, features: Tensor) -> Tensor:
        """Class scores `[B, classes]` of `[B, N]`."""
        return F.linear(self.dropout(features), self["readout"], self["readout_bias"])

    def activation(self) -> Activation:
        """What the DNN's layers send: clipped values, rounded where it has levels."""
        if not self.quantisers:
            return lambda name, sums: sums.clamp(-1, 1) if name == RECURRENT else sums.relu()
        rounding: dict[str, Callable[[Tensor], Tensor]] = {}

        def rounded(name: str, sums: Tensor) -> Tensor:
            if name not in rounding:  # the recurrent layer's step is one for all elements
                rounding[name] = self.quantiser(name).rounding(sums)
            return rounding[name](sums)

        return rounded

    def quantiser(self, name: str) -> Quantiser:
        """Of a layer's activations: its step is its neurons' threshold."""
        found = self.quantisers[name]
        assert isinstance(found, Quantiser)
        return found

    def simulate(self, inputs: Tensor, layout: PaddedLayout) -> Iterator[Step]:
        """One step, whose events are the values other than zero; see `Network`."""
        sizes, activation = Sizes.of(self.network, layout.lengths), self.activation()
        sent: dict[str, list[Tensor]] = {}

        def noting(name: str, sums: Tensor) -> Tensor:
            values = activation(name, sums)
            sent.setdefault(name, []).append(values != 0)
            return values

        features = self.features(inputs[0], layout, noting)
        events = {"vectors": inputs[0] != 0, **by_item(sent, sizes)}
        if self.network.reads == "mean":
            events["pooled"] = features != 0
        yield Step(self.read_out(features), events)

    def wiring(self, layout: PaddedLayout, longest: int) -> Wiring:
        """Populations hold values, each written once; see `Network`."""
        return self.declaration(layout, longest).of_values()

    def declaration(self, layout: PaddedLayout, longest: int) -> Declaration:
        """What `wiring` is made of."""
        return Declaration.of(self.network, layout, longest, self.width, self.classes)


def by_item(sent: Mapping[str, list[Tensor]], sizes: Sizes) -> dict[str, Tensor]:
    """Events of each layer, `[B * E, N]`, of those that its calls in `CRNN.features` sent."""
    return {
        name: sizes.items(
            torch.stack(calls, 1) if name == RECURRENT else calls[0],
            -1 if name == RECURRENT else place,
        )
        for place, (name, calls) in enumerate(sent.items(), 1)
    }


def _key(name: str) -> str:
    """The name of a parameter: torch's may hold no dot."""
    return name.replace(".", "_")


def stored(network: config.CRNN, width: int, classes: int | str) -> dict[str, Layout]:
    """What the weights of such a network must be, by name."""
    found = shapes(network, width, classes)
    if network.levels is not None:
        found |= {f"{layer}.log_step": () for layer in layers(network)}
    if network.weight_bits is not None:
        found |= {f"{_key(name)}.log_step": () for name in multiplied(network)}
    return {name: Layout("float32", shape) for name, shape in found.items()}


def begun(method: Method, width: int, classes: int, start: Mapping[str, Tensor]) -> CRNN:
    """The method's DNN with the weights of another, as they were scored; its steps are those of a new one.

    Raises:
        SpikeTextError: `start` are the weights of another network, or not finite.
    """
    assert isinstance(method.network, config.CRNN)
    weights = chosen(start, stored(method.network.unrounded(), width, classes))
    return CRNN(method.network, width, classes, weights | first_steps(method.network))


def make(method: Method, width: int, classes: int, weights: Mapping[str, Tensor] | None) -> CRNN:
    """The method's DNN for vectors of `width` D; without weights, freshly initialised.

    Raises:
        SpikeTextError: the weights are those of another network, or not finite.
    """
    assert isinstance(method.network, config.CRNN)
    if weights is not None:
        check_weights(weights, stored(method.network, width, classes))
    return CRNN(method.network, width, classes, weights)
