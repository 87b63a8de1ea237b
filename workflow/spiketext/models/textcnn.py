"""The TextCNN (Kim 2014), and the tailored one that can be converted (Lv et al. 2023, section 3.1)."""

import math

import torch
from torch import Tensor, nn

from spiketext.arrays import Layout
from spiketext.config import Network
from spiketext.models.kernels import as_kernel, initial_kernel
from spiketext.models.quantisation import UNSET, Quantiser
from spiketext.models.windows import Windows, convolve, max_pool, mean_pool

POOLING = {"max": max_pool, "mean": mean_pool}


def _levels(network: Network) -> dict[str, tuple[int, int]]:
    """Lowest and highest level of each layer that is rounded.

    Means over windows are not: the read-out's products are a hundredth of a per cent of all, and rounding
    them would cost accuracy.
    """
    top = network.levels
    return {} if top is None else {"inputs": (-top, top), "convolution": (0, top)}


class TextCNN(nn.Module):
    """Convolution → ReLU → pooling → ReLU → dropout → read-out; with levels, activations are rounded.

    Weights have the names and the layout of the spiking twin:
    `kernel` `[S * C, D]` (row j of width k's kernel for every channel, S = sum of the widths) and
    `readout` `[classes, K * C]`, each with a bias where the network has biases. A network with levels
    has the logarithms of their steps too: `inputs.log_step` and `convolution.log_step`.
    """

    def __init__(
        self, network: Network, width: int, classes: int, weights: dict[str, Tensor] | None = None
    ) -> None:
        """Take over `weights`, or initialise as PyTorch's convolutions do: uniform in ±1/√(fan in)."""
        super().__init__()
        self.network = network
        features = len(network.widths) * network.channels
        if weights is None:
            fan_in = [k * width for k in network.widths for _ in range(k * network.channels)]
            self.kernel = initial_kernel(torch.tensor(fan_in).rsqrt(), width, network.positive)
            weights = {"readout": (torch.rand(classes, features) * 2 - 1) / math.sqrt(features)}
            if network.bias:
                weights |= {"kernel_bias": torch.zeros(features), "readout_bias": torch.zeros(classes)}
            weights |= {f"{layer}.log_step": UNSET for layer in _levels(network)}
        else:
            self.kernel = as_kernel(weights["kernel"], network.positive)
        self.readout = nn.Parameter(weights["readout"].clone())
        self.kernel_bias = nn.Parameter(weights["kernel_bias"].clone()) if network.bias else None
        self.readout_bias = nn.Parameter(weights["readout_bias"].clone()) if network.bias else None
        self.quantisers = nn.ModuleDict(
            {
                layer: Quantiser(low, high, weights[f"{layer}.log_step"])
                for layer, (low, high) in _levels(network).items()
            }
        )
        self.dropout = nn.Dropout(network.dropout)

    @staticmethod
    def layout(network: Network, width: int, classes: int) -> dict[str, Layout]:
        """What the weights of such a network must be, by name."""
        rows, features = sum(network.widths) * network.channels, len(network.widths) * network.channels
        shapes: dict[str, tuple[int, ...]] = {"kernel": (rows, width), "readout": (classes, features)}
        if network.bias:
            shapes |= {"kernel_bias": (features,), "readout_bias": (classes,)}
        shapes |= {f"{layer}.log_step": () for layer in _levels(network)}
        return {name: Layout("float32", shape) for name, shape in shapes.items()}

    def weights(self) -> dict[str, Tensor]:
        """The weights, as `__init__` takes them and as they are stored."""
        biases = {"kernel_bias": self.kernel_bias, "readout_bias": self.readout_bias}
        return {
            "kernel": self.kernel().detach(),
            "readout": self.readout.detach(),
            **{name: bias.detach() for name, bias in biases.items() if bias is not None},
            **self.quantisers.state_dict(),
        }

    def features(self, inputs: Tensor, windows: Windows) -> dict[str, Tensor]:
        """What enters the sums and products, layer by layer; with levels, as it is after rounding.

        Returns:
            `inputs` `[1, n, D]` of the distinct words, which the convolution multiplies; `convolution`
            `[1, W, C]`, which pooling adds or compares; `pooled` `[1, B, K * C]`, which the read-out
            multiplies (without dropout).
        """
        network = self.network
        inputs = self._quantise("inputs", inputs)
        sums = convolve(inputs, self.kernel(), windows, network.channels)
        if self.kernel_bias is not None:
            sums = sums + self._bias_of_windows(windows)
        convolution = self._quantise("convolution", torch.relu(sums))
        pooled = POOLING[network.pooling](convolution, windows)
        return {"inputs": inputs, "convolution": convolution, "pooled": pooled}

    def forward(self, inputs: Tensor, windows: Windows) -> Tensor:
        """Class scores.

        Args:
            inputs: `[1, n, D]`, vectors of the batch's distinct words.
            windows: layout of the batch.

        Returns:
            `[1, B, classes]`.
        """
        # The second ReLU of the tailored network acts on a mean of non-negative values: the identity.
        return self.read_out(self.dropout(self.features(inputs, windows)["pooled"]))

    def read_out(self, pooled: Tensor) -> Tensor:
        """Class scores `[1, B, classes]` of pooled features `[1, B, K * C]`."""
        scores = pooled @ self.readout.T
        return scores if self.readout_bias is None else scores + self.readout_bias

    def _quantise(self, layer: str, values: Tensor) -> Tensor:
        """The layer's values, rounded where it has levels."""
        if layer not in self.quantisers:
            return values
        rounded: Tensor = self.quantisers[layer](values)
        return rounded

    def _bias_of_windows(self, windows: Windows) -> Tensor:
        """The bias of each window's width: `[W, C]`."""
        assert self.kernel_bias is not None
        per_width = self.kernel_bias.reshape(1, len(self.network.widths), -1)
        per_group = per_width.expand(len(windows.counts), -1, -1).reshape(-1, self.network.channels)
        return per_group.repeat_interleave(windows.counts.reshape(-1), dim=0)
