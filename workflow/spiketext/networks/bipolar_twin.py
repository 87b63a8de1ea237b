"""What the bipolar twins of all architectures have alike: nothing is converted but the neurons."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from spiketext.config.conversions import Conversion
from spiketext.config.methods import Method
from spiketext.inputs.encoding.base import Encoder
from spiketext.networks.network import Network


def balanced(method: Method) -> list[str]:
    """No layer: thresholds are the steps that training has learned."""
    return []


def converted(
    dnn: Network[Any], thresholds: Mapping[str, Tensor], conversion: Conversion, encoder: Encoder
) -> dict[str, Tensor]:
    """Weights of the spiking twin of a DNN: its own."""
    return dnn.weights()
