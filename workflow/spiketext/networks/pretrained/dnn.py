"""The stage `dnn`: a fine-tuned encoder that goes on learning with levels."""

from collections.abc import Mapping

from torch import Tensor

from spiketext.config import networks as config
from spiketext.config.methods import Method
from spiketext.networks.pretrained import network
from spiketext.networks.pretrained.classifier import Reader as Reader  # what assembles looks for it here
from spiketext.networks.pretrained.network import Pretrained


def begun(method: Method, width: int, classes: int, start: Mapping[str, Tensor]) -> Pretrained:
    """The method's network with the weights of another one; the first batch sets its steps.

    Raises:
        SpikeTextError: `start` are the weights of another network, or not finite.
    """
    assert isinstance(method.network, config.Pretrained)
    return network.begun(method.network, classes, start)


def make(method: Method, width: int, classes: int, weights: Mapping[str, Tensor] | None) -> Pretrained:
    """The method's network of trained weights; vectors of words, of `width` D, it does not read.

    Raises:
        SpikeTextError: the weights are those of another network, or not finite.
    """
    assert isinstance(method.network, config.Pretrained)
    assert weights is not None, "its training goes on from another one"
    return network.loaded(method.network, classes, weights)
