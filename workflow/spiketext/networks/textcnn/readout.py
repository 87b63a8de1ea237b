"""What the read-out of a TextCNN is given, from which windows, and how much a step can add at most."""

from functools import singledispatch
from typing import Any

import torch
from torch import Tensor

from spiketext.networks.evidence import Evidence
from spiketext.networks.layers.windows import convolve
from spiketext.networks.network import Network
from spiketext.networks.textcnn.bipolar import BipolarTextCNN, Run
from spiketext.networks.textcnn.dnn import TextCNN
from spiketext.networks.textcnn.layout import TextLayout
from spiketext.networks.textcnn.max_spiking import MaxSpikingTextCNN
from spiketext.networks.textcnn.mean_spiking import SpikingTextCNN


@singledispatch
def evidence(network: Network[Any], inputs: Tensor, layout: TextLayout) -> Evidence:
    """What each window of the batch's first text gave to each class.

    A feature whose pooled neurons fire passes on their spikes; each window gets the share that it had in the
    spikes that reached them. Of a maximum, the largest window gets all.

    Args:
        network: a TextCNN or one of its twins, in evaluation.
        inputs: `[T, n, D]`, spikes, currents or values of `layout.words`.
        layout: of the batch.
    """
    raise NotImplementedError(type(network).__name__)


@evidence.register
@torch.no_grad()
def _(network: TextCNN, inputs: Tensor, layout: TextLayout) -> Evidence:
    features = network.features(inputs, layout.windows)
    active = layout.placed(features["convolution"][0])
    if network.network.pooling == "max":
        amounts = _at_largest(active, features["pooled"][0, 0])
    else:
        amounts = active / _windows(network, layout)
    scores = network(inputs, layout)[0, 0]
    drive = _drive(network, features["vectors"], layout)
    return Evidence((active != 0).float(), _spans(network), drive, amounts, network.readout, scores)


@evidence.register
@torch.no_grad()
def _(network: SpikingTextCNN, inputs: Tensor, layout: TextLayout) -> Evidence:
    activity = network.activity(inputs, layout)
    placed, counted = activity.placed["convolution"].float(), slice(network.delay, None)
    fired = placed.sum(0)
    if network.pooled_neurons:
        share = fired / fired.sum(0).clamp(min=1)
        amounts = share * activity.others["pooled"][counted].sum(0)
    else:
        amounts = placed[counted].sum(0) / _windows(network, layout) * network.gain()
    scores, drive = activity.output[counted].sum(0), _drive(network, inputs, layout)
    return Evidence(fired, _spans(network), drive, amounts, network.readout, scores)


@evidence.register
@torch.no_grad()
def _(network: MaxSpikingTextCNN, inputs: Tensor, layout: TextLayout) -> Evidence:
    activity, counted = network.activity(inputs, layout), slice(network.delay, None)
    sums = convolve(inputs[:1], network.kernel(), layout.windows, network.network.channels)[0]
    placed, pooled = layout.placed(sums, fill=-torch.inf), activity.others["pooled"]
    fired, amounts = (_at_largest(placed, spikes.sum(0)) for spikes in (pooled, pooled[counted]))
    scores, drive = activity.output[counted].sum(0), _drive(network, inputs, layout)
    return Evidence(fired, _spans(network), drive, amounts, network.readout, scores)


@evidence.register
@torch.no_grad()
def _(network: BipolarTextCNN, inputs: Tensor, layout: TextLayout) -> Evidence:
    dnn, run = network.dnn, Run(network, inputs, layout)
    for _ in inputs:
        run.step()
    sent, values = run.neurons.counts.float(), run.values
    if network.mean:
        fired, amounts = layout.placed(sent[0]), layout.placed(values[0]) / _windows(dnn, layout)
    else:
        placed = layout.placed(dnn.sums(run.arrived, layout.windows)[1][0], fill=-torch.inf)
        fired, amounts = (_at_largest(placed, one[0, 0]) for one in (sent, values))
    drive = _drive(dnn, run.arrived, layout)
    return Evidence(fired, _spans(dnn), drive, amounts, dnn.readout, run.scores[0, 0])


def most_added(network: SpikingTextCNN | MaxSpikingTextCNN | BipolarTextCNN) -> Tensor:
    """The most that one step can add to the score of class i beyond what it adds to that of class j.

    A class that fires gets one spike or none. Else a feature passes on between nothing and its gain.

    Returns:
        `[classes, classes]`, row i, column j.
    """
    if isinstance(network, BipolarTextCNN):  # each S moves by one at most, and biases came at the first step
        weights = network.quantiser("convolution").value(network.dnn.readout.detach()).double()
        return (weights[:, None] - weights[None]).abs().sum(2)
    weights = network.readout.detach().double()
    if network.spike_readout:
        return 1 - torch.eye(len(weights), dtype=torch.float64, device=weights.device)
    more = weights[:, None] - weights[None]
    if isinstance(network, SpikingTextCNN) and not network.pooled_neurons:
        more = more * network.gain().detach()
    most, bias = more.clamp(min=0).sum(2), network.readout_bias
    return most if bias is None else most + (bias[:, None] - bias[None]).detach()


def _spans(network: TextCNN | SpikingTextCNN | MaxSpikingTextCNN) -> list[int]:
    return [width for width in network.network.widths for _ in range(network.network.channels)]


def _drive(
    network: TextCNN | SpikingTextCNN | MaxSpikingTextCNN, inputs: Tensor, layout: TextLayout
) -> Tensor:
    """Currents of the first text's tokens at each place in each neuron's window, `[L, K, N]`."""
    length, channels, widths = int(layout.lengths[0]), network.network.channels, network.network.widths
    tokens = inputs.to(network.readout.dtype).sum(0)[torch.from_numpy(layout.index[:length])]  # [L, D]
    kernels = network.kernel().detach().split([width * channels for width in widths])
    drive = tokens.new_zeros(length, max(widths), len(widths), channels)
    for kind, (width, kernel) in enumerate(zip(widths, kernels, strict=True)):
        sent = (tokens @ kernel.T).reshape(length, width, channels)
        for place in range(width):
            drive[: length - place, place, kind] = sent[place:, place]
    return drive.flatten(2)


def _windows(network: TextCNN | SpikingTextCNN, layout: TextLayout) -> Tensor:
    """Windows of each feature in the first text, `[N]`."""
    return layout.windows.counts[0].repeat_interleave(network.network.channels)


def _at_largest(placed: Tensor, amounts: Tensor) -> Tensor:
    """`amounts` `[N]` at the first token of the largest window of each feature, of `placed` `[L, N]`."""
    largest = placed.argmax(0, keepdim=True)
    return torch.zeros_like(placed).scatter(0, largest, amounts[None])
