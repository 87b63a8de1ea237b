"""Networks of one's own and NIR."""

from typing import Any, NoReturn

from spiketext.errors import SpikeTextError
from spiketext.networks.network import Network


def graph(network: Network[Any], tokens: int) -> NoReturn:
    """Refused: what stands between the modules of such a network is code, which no graph can be read off.

    Raises:
        SpikeTextError: always.
    """
    raise SpikeTextError(
        "a network of `kind: python` cannot be exported: its `forward` is code; where it is a sequence of "
        "spikingjelly's modules with hard reset, spikingjelly.activation_based.nir_exchange exports it, with "
        "the package nirtorch"
    )
