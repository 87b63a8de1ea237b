"""Pretrained encoders and NIR."""

from typing import Any, NoReturn

from spiketext.errors import SpikeTextError
from spiketext.networks.network import Network


def graph(network: Network[Any], tokens: int) -> NoReturn:
    """Refused: NIR's nodes have no bounds of the sum of their spikes, and no attention.

    Raises:
        SpikeTextError: always.
    """
    raise SpikeTextError(
        "a network of `kind: pretrained` cannot be exported: NIR has no bipolar neuron whose sum of spikes "
        "is bounded, nor attention"
    )
