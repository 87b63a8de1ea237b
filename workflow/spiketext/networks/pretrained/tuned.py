"""The stage `tuned`: a pretrained encoder that is fine-tuned."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor, nn

from spiketext.config import networks as config
from spiketext.inputs.words import WordTable
from spiketext.kinds import module_of
from spiketext.networks.pretrained.classifier import Reader
from spiketext.networks.pretrained.models.base import ROOM
from spiketext.networks.pretrained.network import Pretrained, loaded


def start(
    network: config.Pretrained,
    language: str,
    manifests: Sequence[str | Path],
    words: WordTable,
    classes: int,
) -> Reader:
    """The classifier before it is fine-tuned; its read-out is drawn from torch's global generator.

    Raises:
        SpikeTextError: the encoder's resource is missing or damaged.
    """
    name = network.model(language)
    made = module_of(ROOM, name).Model
    tensors = made.fetched(manifests)
    made.check(tensors)
    model = made(tensors, network.dropout)
    readout = nn.Linear(model.width, classes)
    return Reader(Pretrained(network, name, model, readout, {}).to(words.values.device), words)


def make(network: config.Pretrained, words: WordTable, classes: int, weights: Mapping[str, Tensor]) -> Reader:
    """The classifier of fine-tuned weights.

    Raises:
        SpikeTextError: the weights are those of another one, or not finite.
    """
    return Reader(loaded(network, classes, weights).to(words.values.device), words)
