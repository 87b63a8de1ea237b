"""What is known of a read-out whose inputs cannot be told apart by words: nothing."""

from typing import Any

from torch import Tensor

from spiketext.networks.network import Network


def evidence(network: Network[Any], inputs: Tensor, layout: Any) -> None:
    """None: what each neuron gave to each class cannot be told."""


def most_added(network: Network[Any]) -> None:
    """None: how much a step can add to a score cannot be told."""
