"""The TextCNN (Kim 2014), and the convertible one (Lv et al. 2023, section 3.1).

Rounding to the levels of a quantised network is not counted, to its advantage; neither is, in any network,
the choice of the largest score.
"""

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from spiketext.arrays import Layout
from spiketext.config import networks as config
from spiketext.config.inputs import WordVectors
from spiketext.config.methods import Method
from spiketext.inputs.batches import Batch
from spiketext.inputs.encoding.base import Direct
from spiketext.networks.layers.biases import bias_work, read_out
from spiketext.networks.layers.kernels import as_kernel, initial_kernel
from spiketext.networks.layers.quantisation import UNSET, Quantised, Quantiser, WeightQuantiser, bits_of
from spiketext.networks.layers.windows import Windows, convolve, max_pool, mean_pool
from spiketext.networks.network import Network
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.sizes import Sizes
from spiketext.networks.weights import check_weights, chosen
from spiketext.networks.wiring import Population, Step, Synapses, Wiring, Work

POOLS_BY = {"max": "compare", "mean": "AC"}
WEIGHTS = ("kernel", "readout")  # those that are rounded, each with a step of its own


def _levels(network: config.TextCNN) -> dict[str, tuple[int, int]]:
    """Lowest and highest level of each layer that is rounded.

    Means over windows are not: the read-out's products are a hundredth of a per cent of all, and rounding
    them would cost accuracy.
    """
    top = network.levels
    if top is None:
        return {}
    inputs = {"inputs": (-top, top)} if network.quantised_inputs else {}
    return {**inputs, "convolution": (0, top)}


def _steps(network: config.TextCNN) -> list[str]:
    """Names of the logarithms of all steps, those of weights included."""
    weights = () if network.weight_bits is None else WEIGHTS
    return [f"{layer}.log_step" for layer in (*_levels(network), *weights)]


class TextCNN(Network[TextLayout]):
    """Convolution → ReLU → pooling → ReLU → dropout → read-out; activations and weights may be rounded.

    Weights have the names and the layout of the spiking twin:
    `kernel` `[S * C, D]` (row j of width k's kernel for every channel, S = sum of the widths) and
    `readout` `[classes, K * C]`, each with a bias where the network has biases. What is rounded has the
    logarithm of its step too: `inputs.log_step`, `convolution.log_step`, `kernel.log_step`,
    `readout.log_step`.
    """

    def __init__(
        self,
        network: config.TextCNN,
        inputs: WordVectors,
        width: int,
        classes: int,
        weights: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Take over `weights`, or initialise as PyTorch's convolutions do: uniform in ±1/√(fan in)."""
        super().__init__()
        self.network, self.shortest = network, max(network.widths)
        self.encoder = Direct()
        positive = inputs.transform == "positive"
        features = len(network.widths) * network.channels
        if weights is None:
            fan_in = [k * width for k in network.widths for _ in range(k * network.channels)]
            self.kernel = initial_kernel(torch.tensor(fan_in).rsqrt(), width, positive)
            fresh = {"readout": (torch.rand(classes, features) * 2 - 1) / math.sqrt(features)}
            if network.bias:
                fresh |= {"kernel_bias": torch.zeros(features), "readout_bias": torch.zeros(classes)}
            weights = fresh | dict.fromkeys(_steps(network), UNSET)
        else:
            self.kernel = as_kernel(weights["kernel"], positive)
        self.readout = nn.Parameter(weights["readout"].clone())
        self.kernel_bias = nn.Parameter(weights["kernel_bias"].clone()) if network.bias else None
        self.readout_bias = nn.Parameter(weights["readout_bias"].clone()) if network.bias else None
        self.quantisers = nn.ModuleDict(
            {
                layer: Quantiser(low, high, weights[f"{layer}.log_step"])
                for layer, (low, high) in _levels(network).items()
            }
        )
        if network.weight_bits is not None:
            of = {name: WeightQuantiser(network.weight_bits, weights[f"{name}.log_step"]) for name in WEIGHTS}
            self.kernel = Quantised(self.kernel, of["kernel"])
            parametrize.register_parametrization(self, "readout", of["readout"])
            self.quantisers.update(of)  # under the names that their steps have on file
        self.dropout = nn.Dropout(network.dropout)

    def weights(self) -> dict[str, Tensor]:
        """The weights, as `__init__` takes them and as they are stored."""
        biases = {"kernel_bias": self.kernel_bias, "readout_bias": self.readout_bias}
        return {
            "kernel": self.kernel().detach(),
            "readout": self.readout.detach(),
            **{name: bias.detach() for name, bias in biases.items() if bias is not None},
            **self.quantisers.state_dict(),
        }

    def layout(self, batch: Batch) -> TextLayout:
        """See `Network`."""
        return TextLayout.of(batch, self.network.widths, self.readout.device)

    def features(self, inputs: Tensor, windows: Windows) -> dict[str, Tensor]:
        """What enters the sums and products, layer by layer; with levels, as it is after rounding.

        Returns:
            `vectors` `[1, n, D]` of the distinct words, which the convolution multiplies; `convolution`
            `[1, W, C]`, which pooling adds or compares; `pooled` `[1, B, K * C]`, which the read-out
            multiplies (without dropout).
        """
        vectors, values = self._values(inputs, windows)
        pooled = self._pool(values, windows)
        return {"vectors": vectors, "convolution": self._quantise("convolution", values), "pooled": pooled}

    def sums(self, inputs: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
        """`vectors`, see `features`, and what the convolution makes of them before the ReLU, `[1, W, C]`."""
        vectors = self._quantise("inputs", inputs)
        sums = convolve(vectors, self.kernel(), windows, self.network.channels)
        return vectors, self.biased(sums, windows)

    def forward(self, inputs: Tensor, layout: TextLayout) -> Tensor:
        """Class scores `[1, B, classes]`; see `Network`."""
        # The second ReLU of the convertible network acts on a mean of non-negative values: the identity.
        _, values = self._values(inputs, layout.windows)
        return self.scores(self.dropout(self._pool(values, layout.windows)))

    def simulate(self, inputs: Tensor, layout: TextLayout) -> Iterator[Step]:
        """One step, whose events are the values other than zero; see `Network`."""
        features = self.features(inputs, layout.windows)
        events = {name: values[0] != 0 for name, values in features.items()}
        yield Step(self.scores(features["pooled"])[0], events)

    def activations(self, inputs: Tensor, layout: TextLayout) -> dict[str, list[Tensor]]:
        """Outputs of each layer whose neurons conversion balances.

        Returns:
            `convolution`: `[windows, C]` of each width; `pooled` `[B, K * C]`; `readout` `[B, classes]`.
        """
        windows = layout.windows
        features = self.features(inputs, windows)
        groups = features["convolution"][0].split(windows.counts.reshape(-1).tolist())
        kinds = len(self.network.widths)
        return {
            "convolution": [torch.cat(groups[kind::kinds]) for kind in range(kinds)],
            "pooled": [features["pooled"][0]],
            "readout": [self.scores(features["pooled"])[0]],
        }

    def wiring(self, layout: TextLayout, longest: int) -> Wiring:
        """Populations hold values, each written once; see `Network`."""
        sizes = Sizes.of(self.network, layout, len(self.readout), longest)
        bits = bits_of(self.network.levels)
        mean = (Work("multiply"),) if self.network.pooling == "mean" else ()  # by 1 / windows
        pooled = bits if self.network.pooling == "max" else None  # a mean of levels is none
        populations = [
            Population(
                "convolution", "convolution", "values", sizes.activations, sizes.channels, sizes.maps, bits,
                (Work("compare", role="neurons"), *bias_work(self.network.bias, sizes.features)),  # ReLU
            ),
            Population(
                "pooled", "pooling", "values", sizes.texts * sizes.features, sizes.features, sizes.features,
                pooled, work=mean,
            ),
            Population(
                "readout", "readout", "values", sizes.texts * sizes.classes, sizes.classes, sizes.classes,
                work=bias_work(self.network.bias, sizes.classes),
            ),
        ]  # fmt: skip
        synapses = [
            self.first(layout, sizes, tested=True),
            # ReLU already tells which terms are zero.
            Synapses("convolution", "pooling", 1.0, operation=POOLS_BY[self.network.pooling]),
            Synapses(
                "pooled", "readout", float(sizes.classes), operation="MAC", weights=self.readout.numel(),
                bits=pooled, weight_bits=self.network.weight_bits, tested=True,
            ),
        ]  # fmt: skip
        return Wiring(populations, synapses)

    def first(self, layout: TextLayout, sizes: Sizes, tested: bool = False) -> Synapses:
        """From the vectors to the convolution; `tested`: see `Synapses`."""
        quantised = self.network.quantised_inputs
        return Synapses(
            "vectors", "convolution", layout.rows * sizes.channels, operation="MAC",
            weights=self.kernel().numel(), bits=bits_of(self.network.levels) if quantised else None,
            signed=quantised, weight_bits=self.network.weight_bits, rereads=True, tested=tested,
            padding=layout.padding * sizes.channels,
        )  # fmt: skip

    def scores(self, pooled: Tensor) -> Tensor:
        """Class scores `[1, B, classes]` of pooled features `[1, B, K * C]`."""
        return read_out(pooled, self.readout, self.readout_bias)

    def quantiser(self, layer: str) -> Quantiser | None:
        """Of a layer; None: it has full precision."""
        found = dict(self.quantisers.items()).get(layer)
        assert found is None or isinstance(found, Quantiser)
        return found

    def _values(self, inputs: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
        """`sums`, and behind the ReLU."""
        vectors, sums = self.sums(inputs, windows)
        return vectors, torch.relu(sums)

    def _pool(self, values: Tensor, windows: Windows) -> Tensor:
        """Values of windows `[1, W, C]` → what the read-out multiplies, `[1, B, K * C]`."""
        if self.network.pooling == "mean":
            return mean_pool(self._quantise("convolution", values), windows)
        # Levels rise with what is rounded, so the maximum of levels is the level of the maximum. Rounded
        # first, many windows would be the largest and share the gradient.
        return self._quantise("convolution", max_pool(values, windows))

    def _quantise(self, layer: str, values: Tensor) -> Tensor:
        """The layer's values, rounded where it has levels."""
        quantiser = self.quantiser(layer)
        if quantiser is None:
            return values
        rounded: Tensor = quantiser(values)
        return rounded

    def biased(self, sums: Tensor, windows: Windows) -> Tensor:
        """Sums of windows `[T, W, C]`, with the bias of each window's width if there is one."""
        if self.kernel_bias is None:
            return sums
        per_width = self.kernel_bias.reshape(1, len(self.network.widths), -1)
        per_group = per_width.expand(len(windows.counts), -1, -1).reshape(-1, self.network.channels)
        return sums + per_group.repeat_interleave(windows.counts.reshape(-1), dim=0)


def stored(network: config.TextCNN, width: int, classes: int | str) -> dict[str, Layout]:
    """What the weights of such a network must be, by name."""
    rows, features = sum(network.widths) * network.channels, len(network.widths) * network.channels
    shapes: dict[str, tuple[int | str, ...]] = {"kernel": (rows, width), "readout": (classes, features)}
    if network.bias:
        shapes |= {"kernel_bias": (features,), "readout_bias": (classes,)}
    shapes |= {name: () for name in _steps(network)}
    return {name: Layout("float32", shape) for name, shape in shapes.items()}


def begun(method: Method, width: int, classes: int, start: Mapping[str, Tensor]) -> TextCNN:
    """The method's DNN with the weights of another, as they were scored; the first batch sets its own steps.

    Raises:
        SpikeTextError: `start` are the weights of another network, or not finite.
    """
    assert isinstance(method.network, config.TextCNN)
    layout = stored(method.network.unrounded(), width, classes)
    weights = chosen(start, layout) | dict.fromkeys(_steps(method.network), UNSET)
    return TextCNN(method.network, method.inputs, width, classes, weights)


def make(method: Method, width: int, classes: int, weights: Mapping[str, Tensor] | None) -> TextCNN:
    """The method's DNN for vectors of `width` D; without weights, freshly initialised.

    Raises:
        SpikeTextError: the weights are those of another network, or not finite.
    """
    assert isinstance(method.network, config.TextCNN)
    if weights is not None:
        check_weights(weights, stored(method.network, width, classes))
    return TextCNN(method.network, method.inputs, width, classes, weights)
