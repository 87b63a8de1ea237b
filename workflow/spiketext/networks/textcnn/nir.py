"""The spiking TextCNN as a NIR graph, for texts of a given number of tokens.

The mean over windows depends on the number of tokens L, and NIR fixes all shapes: a graph is for one L. Mean
and gain are one matrix, and with the read-out too where no neurons stand between them.
"""

from typing import Any

import nir
import numpy as np
from torch import Tensor

from spiketext.errors import SpikeTextError
from spiketext.networks.network import Network
from spiketext.networks.nir.build import Graph
from spiketext.networks.textcnn.bipolar import BipolarTextCNN
from spiketext.networks.textcnn.max_spiking import MaxSpikingTextCNN
from spiketext.networks.textcnn.mean_spiking import SpikingTextCNN


def graph(network: Network[Any], tokens: int) -> nir.NIRGraph:
    """The network of a text of L tokens.

    Its input are spikes `[P * D, L]` at each step, its output the scores `[classes]` added up so far.

    Raises:
        SpikeTextError: it has something that NIR cannot say, or L is below its widest window.
    """
    if isinstance(network, MaxSpikingTextCNN):
        raise SpikeTextError("NIR has no maximum over windows: export a TextCNN with `pooling: mean`")
    if isinstance(network, BipolarTextCNN):
        raise SpikeTextError("NIR has no neuron that sends spikes of either sign: export another method")
    if not isinstance(network, SpikingTextCNN):
        raise SpikeTextError("NIR says how neurons spike, and a DNN has none that do: export a spiking stage")
    if network.encoder.step_weights(1) is not None:
        raise SpikeTextError("NIR cannot say that a spike weighs more or less by its step (phase, latency)")
    if network.delay:
        raise SpikeTextError("NIR cannot say that scores are added up after `conversion.delay` steps only")
    if network.pooled_neurons == "shared" or network.kernel_bias is not None:
        raise SpikeTextError(
            "NIR graphs are made without `pooled_neurons: shared` and `biases: random`: export another method"
        )
    if tokens < network.shortest:
        raise SpikeTextError(f"{tokens} tokens are fewer than the widest window has, {network.shortest}")
    kernel, gain, readout = (_array(one) for one in (network.kernel(), network.gain(), network.onwards()))
    widths, channels, classes = network.network.widths, network.network.channels, len(readout)
    gains = np.broadcast_to(gain, (len(widths) * channels,)).reshape(len(widths), channels)
    found = Graph((kernel.shape[1], tokens))
    ends, first = [], 0
    for place, width in enumerate(widths):
        rows = kernel[first : first + width * channels].reshape(width, channels, -1)
        first += width * channels
        windows = tokens - width + 1
        convolution = nir.Conv1d(
            input_shape=tokens, weight=rows.transpose(1, 2, 0).copy(), stride=1, padding=0, dilation=1,
            groups=1, bias=np.zeros(channels, dtype=np.float32),
        )  # fmt: skip
        name = f"width{width}"
        current = found.add(f"{name}.current", convolution, "input")
        fired = found.neurons(f"{name}.convolution", (channels, windows), network.neuron, current)
        flat = nir.Flatten({"input": np.array([channels, windows])}, start_dim=0)
        sent = found.add(f"{name}.windows", flat, fired)
        onwards = readout[:, place * channels : (place + 1) * channels]
        if network.pooled_neurons:
            means = np.repeat(np.diag(gains[place] / windows), windows, axis=1)  # [C, C * windows]
            mean = found.add(f"{name}.mean", nir.Linear(means), sent)
            sent = found.neurons(f"{name}.pooled", (channels,), network.neuron, mean)
        else:
            onwards = np.repeat(onwards * gains[place] / windows, windows, axis=1)
        ends.append(found.add(f"{name}.readout", nir.Linear(onwards.copy()), sent))
    if network.spike_readout:
        ends = [found.neurons("readout", (classes,), network.neuron, *ends)]
    return found.finished(classes, *ends, metadata=_metadata(network, tokens))


def _metadata(network: SpikingTextCNN, tokens: int) -> dict[str, Any]:
    """What a reader has to know beside the graph."""
    order = "one neuron a dimension"
    if network.encoder.polarities == 2:
        order = "ON neurons of all dimensions, then OFF neurons"
    sends = "spikes" if network.encoder.spiking else "the values themselves, at every step"
    return {"tokens": tokens, "input": f"{sends}; {order}"}


def _array(tensor: Tensor) -> np.ndarray:
    found: np.ndarray = tensor.detach().cpu().float().numpy()
    return found
