"""Data-based threshold balancing (Diehl et al. 2015; percentile: Rueckauer et al. 2017).

Each layer's weights are scaled so that the largest activation (or a high percentile of them) on a
sample of the training set becomes a firing rate of one: w' = w · λ(before) / λ(this layer) · θ. The
input needs no scale, its values are already probabilities.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spiketext.config import Conversion
from spiketext.errors import SpikeTextError
from spiketext.models.textcnn import TextCNN
from spiketext.training.classifiers import WordTable
from spiketext.training.data import Sentences

CALIBRATION_BATCH = 64


@dataclass(frozen=True)
class Scales:
    """λ of each layer: the activation that becomes a rate of one."""

    convolution: float
    pooled: float
    readout: float


def _no_balancing(values: Tensor, percentile: float) -> float:
    return 1.0


def _maximum(values: Tensor, percentile: float) -> float:
    return float(values.max())


def _percentile(values: Tensor, percentile: float) -> float:
    return float(np.percentile(values.numpy(), percentile))


RULES = {"none": _no_balancing, "max": _maximum, "percentile": _percentile}


@torch.no_grad()
def find_scales(
    network: TextCNN, words: WordTable, sentences: Sentences, rows: np.ndarray, conversion: Conversion
) -> Scales:
    """Scales of the layers from the activations on `rows`.

    Percentiles are taken over the positive activations: how many neurons are silent must not move them.

    Raises:
        SpikeTextError: a layer is silent on all sentences.
    """
    network.eval()
    fires = conversion.readout == "spike-count"  # else no threshold of the read-out has to be met
    names = ["convolution", "pooled", *(["readout"] if fires else [])]
    layers: dict[str, list[Tensor]] = {name: [] for name in names}
    for batch in sentences.in_order(rows, CALIBRATION_BATCH, network.network.widths):
        device = words.values.device
        inputs = words.values[torch.from_numpy(batch.words).to(device)][None]
        hidden = network.features(inputs, batch.windows.to(device))
        if fires:
            hidden["readout"] = hidden["pooled"] @ network.readout.T
        for name in names:
            layers[name].append(hidden[name][hidden[name] > 0].cpu())
    found = {"readout": 1.0}
    for name, parts in layers.items():
        values = torch.cat(parts)
        if not len(values):
            raise SpikeTextError(
                f"conversion: layer {name} is silent on all calibration sentences; "
                "lower `training.learning_rate`, or train the DNN longer"
            )
        found[name] = RULES[conversion.balance](values, conversion.percentile)
    return Scales(**found)


def balanced_weights(network: TextCNN, scales: Scales, conversion: Conversion) -> dict[str, Tensor]:
    """Weights of the spiking twin, for values as input: `kernel`, `pool_gain`, `readout`.

    With balanced weights θ only sets the unit of the potential; the rule `none` takes the DNN's weights
    over as they are, for whatever θ is. A read-out that integrates potentials never fires, so its scores
    keep the scale of the DNN's.
    """
    unit = 1.0 if conversion.balance == "none" else conversion.neuron.theta
    output = unit / scales.readout if conversion.readout == "spike-count" else 1.0
    # Without neurons after pooling its spikes go on as they are.
    rate = scales.pooled if conversion.pooled_neurons else scales.convolution
    gain = unit * scales.convolution / scales.pooled if conversion.pooled_neurons else 1.0
    return {
        "kernel": network.kernel().detach() * (unit / scales.convolution),
        "pool_gain": torch.tensor(gain),
        "readout": network.readout.detach() * (rate * output),
    }
