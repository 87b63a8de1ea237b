"""The spiking twins of the TextCNN, by its pooling."""

from collections.abc import Mapping

from torch import Tensor

from spiketext.config import networks as config
from spiketext.config.conversions import Conversion
from spiketext.config.methods import Method
from spiketext.errors import SpikeTextError
from spiketext.inputs.encoding.base import Encoder, make_encoder
from spiketext.networks.textcnn.dnn import TextCNN
from spiketext.networks.textcnn.max_spiking import MaxSpikingTextCNN
from spiketext.networks.textcnn.mean_spiking import SpikingTextCNN
from spiketext.networks.weights import check_weights
from spiketext.neurons.integrate_and_fire import NeuronModel

TWINS: dict[str, type[SpikingTextCNN] | type[MaxSpikingTextCNN]] = {
    "mean": SpikingTextCNN,
    "max": MaxSpikingTextCNN,
}


def make(
    method: Method, width: int, classes: int | None, weights: Mapping[str, Tensor], steps: int
) -> SpikingTextCNN | MaxSpikingTextCNN:
    """The method's spiking network for vectors of `width` D.

    Raises:
        SpikeTextError: the method has none; the weights are those of another network, or not finite.
    """
    conversion = method.conversion
    if conversion is None:
        raise SpikeTextError("this method has no `conversion`, so it has no spiking network")
    assert isinstance(method.network, config.TextCNN)
    twin = TWINS[method.network.pooling]
    check_weights(weights, twin.stored(method.network, conversion, width, classes or "classes"))
    neuron = conversion.neuron.model_dump(exclude={"least_threshold"})
    if method.finetuning is not None:
        neuron |= {"surrogate": method.finetuning.surrogate, "slope": method.finetuning.slope}
    shape = method.network
    if method.finetuning is not None and method.finetuning.dropout is not None:
        shape = shape.model_copy(update={"dropout": method.finetuning.dropout})
    return twin(
        shape,
        method.inputs,
        conversion,
        weights,
        make_encoder(conversion.encoder, width, steps, weights),
        NeuronModel(**neuron),
    )


def balanced(method: Method) -> list[str]:
    """Layers of the method's DNN whose activations have to become rates."""
    assert method.conversion is not None and isinstance(method.network, config.TextCNN)
    return TWINS[method.network.pooling].balanced(method.conversion)


def converted(
    dnn: TextCNN, thresholds: Mapping[str, Tensor], conversion: Conversion, encoder: Encoder
) -> dict[str, Tensor]:
    """Weights of the spiking twin of a DNN.

    Args:
        dnn: whose weights they are made of.
        thresholds: activation that becomes a rate of one, of each layer that is `balanced`; float64 `[1]`, or
            one for each channel.
        conversion: how.
        encoder: of the input.
    """
    return TWINS[dnn.network.pooling].converted(dnn, thresholds, conversion, encoder)
