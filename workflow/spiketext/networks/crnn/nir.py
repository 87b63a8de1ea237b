"""CRNNs and NIR."""

from typing import Any, NoReturn

from spiketext.errors import SpikeTextError
from spiketext.networks.network import Network


def graph(network: Network[Any], tokens: int) -> NoReturn:
    """Refused: NIR's nodes have no bounds of the sum of their spikes, and know no element of several steps.

    Raises:
        SpikeTextError: always.
    """
    raise SpikeTextError(
        "a network of `kind: crnn` cannot be exported: NIR has no bipolar neuron whose sum of spikes is "
        "bounded, nor steps within an element"
    )
