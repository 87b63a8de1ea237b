"""What is known of the read-out of a network of one's own: nothing, as its `forward` is code."""

from typing import Any

from torch import Tensor

from spiketext.networks.network import Network


def evidence(network: Network[Any], inputs: Tensor, layout: Any) -> None:
    """None: what each neuron gave to each class cannot be told."""


def most_added(network: Network[Any]) -> None:
    """None: how much a step can add to a score cannot be told."""
