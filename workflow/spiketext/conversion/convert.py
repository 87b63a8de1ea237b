"""Conversion of a DNN: thresholds from activations on calibration texts, then the spiking twin's weights.

No label is read, and no gradient taken.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from spiketext.conversion.rules import AnyRule
from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import Classifier

CALIBRATION_BATCH = 64


@torch.no_grad()
def find_thresholds(
    classifier: Classifier, texts: Texts, rows: np.ndarray, rule: AnyRule, layers: Sequence[str]
) -> dict[str, Tensor]:
    """The activation of each layer, or channel, that becomes a rate of one.

    Args:
        classifier: of the DNN.
        texts: of the data set.
        rows: the calibration texts.
        rule: chooses it.
        layers: those whose neurons it is for.

    Returns:
        By layer, float64 `[1]`, or `[channels]` where the rule is channelwise.

    Raises:
        SpikeTextError: a layer is silent on all texts.
    """
    network = classifier.network
    network.eval()
    found: dict[str, list[list[Tensor]]] = {name: [] for name in layers}  # batches, groups of channels
    for batch in texts.in_order(rows, CALIBRATION_BATCH):
        fed = classifier.read(batch)
        activations = network.activations(fed.inputs, fed.layout)
        for name, batches in found.items():
            batches.append([group.relu().cpu() for group in activations[name]])
    return {name: _of_layer(name, batches, rule) for name, batches in found.items()}


def _of_layer(name: str, batches: list[list[Tensor]], rule: AnyRule) -> Tensor:
    groups = [torch.cat(parts) for parts in zip(*batches, strict=True)]
    if not any(group.any() for group in groups):
        raise SpikeTextError(
            f"conversion: layer {name} is silent on all calibration texts; "
            "lower `training.learning_rate`, or train the DNN longer"
        )
    if not rule.channelwise:
        groups = [torch.cat([group[group > 0] for group in groups])[:, None]]
    return torch.cat([rule.threshold(group).double() for group in groups])
