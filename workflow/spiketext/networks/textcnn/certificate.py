"""A lower bound of the margin of a TextCNN, whatever words are substituted by synonyms.

A window's sum adds a projection of each of its words, so that its largest and least value over all choices
of words are sums of each word's own (interval bounds, as of Jia et al. 2019). All that follows is monotone:
ReLU, mean and maximum, and the count of spikes of a neuron without leak. With A(t) the sum of its inputs up
to step t, N(t) that of its spikes, and v₀ its potential at the start, N grows by one where
A(t) − θ·N(t − 1) + v₀ > θ. Of two neurons, one of which has the larger A at every step, its N is never
overtaken: where both are equal, it fires if the other one does. So the least and the largest inputs of each
step, run through the neurons, give bounds of all counts.

The bounds of windows and of features are taken by themselves, though one choice of words makes them all: a
text that is not certified need not have a substitution that fells it. Rounding is left aside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from spiketext.errors import SpikeTextError
from spiketext.inputs.perturbations import Hull
from spiketext.networks.classifier import Classifier
from spiketext.networks.layers.windows import Windows, max_pool, mean_pool, window_sums
from spiketext.networks.network import Network
from spiketext.networks.occurrences import batch_of
from spiketext.networks.textcnn.dnn import TextCNN
from spiketext.networks.textcnn.mean_spiking import SpikingTextCNN
from spiketext.neurons.integrate_and_fire import multi_step

# Sums of windows [T, W, C] → what the read-out adds up, [B, K * C].
Features = Callable[[Tensor, Windows], Tensor]


@torch.no_grad()
def least_margins(classifier: Classifier, hull: Hull, lengths: Tensor, labels: Tensor) -> Tensor:
    """How far the right class is ahead of the best other one at least, of scores added up over T: `[B]`.

    Args:
        classifier: a TextCNN, or its spiking twin with mean pooling.
        hull: the tokens of the texts, one after the other; its corners are the words that may stand there.
        lengths: tokens of each text, `[B]`.
        labels: the right classes, `[B]`.

    Raises:
        SpikeTextError: something in the network is not monotone, or drawn at random.
    """
    network: Any = classifier.network.eval()
    features, readout, bias = _monotone(network)
    layout = classifier.layout(batch_of(lengths.numpy()))
    encoder, rows = network.encoder, torch.from_numpy(layout.words)
    if classifier.stochastic:
        raise SpikeTextError("no bound is known for spikes that are drawn: certify a code without draws")
    corners = classifier.currents(encoder.encode(hull.corners, classifier.steps)).float()  # [T, P, D]
    distinct = corners if encoder.spiking else corners[:1]  # values are the same at every step
    ends = []
    for reduce in ("amin", "amax"):
        tables = [_table(one @ network.kernel().T, hull, reduce)[rows] for one in distinct]
        sums = window_sums(
            torch.stack(tables).reshape(len(distinct), -1, network.network.channels), layout.windows
        )
        ends.append(features(sums.expand(len(corners), -1, -1), layout.windows))
    ahead = readout[labels][:, None] - readout[None]  # [B, classes, K * C]
    low, high = (end[:, None] for end in ends)
    margins = (ahead.clamp_min(0) * low + ahead.clamp_max(0) * high).sum(2)
    margins = margins if bias is None else margins + bias[labels][:, None] - bias
    return margins.scatter(1, labels[:, None], torch.inf).amin(1)


def _table(projected: Tensor, hull: Hull, reduce: str) -> Tensor:
    """Of projections of corners `[P, S * C]`, each token's least or largest, after a row for the padding."""
    found = projected.new_zeros(hull.tokens + 1, projected.shape[1])
    places = (hull.token + 1)[:, None].expand_as(projected)
    return found.scatter_reduce(0, places, projected, reduce, include_self=False)


def _monotone(network: Network[Any]) -> tuple[Features, Tensor, Tensor | None]:
    """What follows the sums of windows, the read-out's weights, and its bias.

    Raises:
        SpikeTextError: it is not monotone.
    """
    if isinstance(network, TextCNN) and network.network.levels is None:
        dnn, pool = network, max_pool if network.network.pooling == "max" else mean_pool

        def pooled(sums: Tensor, windows: Windows) -> Tensor:
            return pool(torch.relu(dnn.biased(sums, windows)), windows)[0]

        return pooled, dnn.readout, dnn.readout_bias
    if not isinstance(network, SpikingTextCNN):
        raise SpikeTextError(
            "no bound is known of this network: certify a TextCNN, or its twin of mean pooling"
        )
    twin, gain = network, network.gain()
    unlike = twin.pooled_neurons == "shared" or twin.kernel_bias is not None
    if twin.spike_readout or twin.neuron.beta < 1 or twin.delay or unlike or (gain < 0).any():
        raise SpikeTextError(
            "no bound is known where the read-out fires, neurons leak, have biases or are shared by widths, "
            "steps are left out or pooling inhibits"
        )

    def counts(sums: Tensor, windows: Windows) -> Tensor:
        means = mean_pool(multi_step(sums, twin.neuron), windows) * gain
        return (multi_step(means, twin.neuron) if twin.pooled_neurons else means).sum(0)

    return counts, twin.readout, None
