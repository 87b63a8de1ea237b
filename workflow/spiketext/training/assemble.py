"""From the files of earlier stages to classifiers: the one place where networks are put together."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spiketext.arrays import Arrays, Layout, check_arrays, read_arrays
from spiketext.coding.codes import make_code
from spiketext.coding.draws import word_key
from spiketext.config import Method, Network
from spiketext.embeddings.positive import positive
from spiketext.embeddings.table import load_table
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.models.spiking_textcnn import SpikingTextCNN
from spiketext.models.textcnn import TextCNN
from spiketext.neurons.integrate_and_fire import NeuronModel
from spiketext.seal import unusable
from spiketext.training.classifiers import Classifier, DnnClassifier, SpikingClassifier, WordTable


@dataclass(frozen=True)
class InputTransform:
    """From raw word vectors to what the network sees.

    Attributes:
        positive: whether the positive transform applies (Lv et al. 2023, section 3.1).
        mean: μ over the table.
        std: σ over the table.
    """

    positive: bool
    mean: float
    std: float

    def __call__(self, vectors: np.ndarray, covered: np.ndarray) -> np.ndarray:
        """`[n, D]` raw → `[n, D]`: positive, or standardised; words without a vector stay zero."""
        if not self.positive:
            return np.where(covered[:, None], (vectors - self.mean) / self.std, 0).astype(np.float32)
        return positive(vectors, covered, self.mean, self.std)


def load_transform(report: str | Path, positive: bool) -> InputTransform:
    """The transform from the report of the embeddings stage."""
    figures = read_json(report)
    mean, std = figures.get("mean"), figures.get("std")
    if not (
        isinstance(mean, float) and isinstance(std, float) and math.isfinite(mean) and 0 < std < math.inf
    ):
        raise unusable(report, "does not fit (mean or deviation of the vectors is no number)")
    return InputTransform(positive, mean, std)


def load_words(
    table: str | Path, words: str | Path, transform: InputTransform, device: torch.device
) -> WordTable:
    """The word table that a network reads."""
    names, vectors, covered = load_table(table, words)
    values = transform(vectors, covered)
    keys = [word_key(word) for word in names]
    return make_words(values, keys, device)


def load_word_table(files: Any, network: Network, device: torch.device) -> WordTable:
    """The word table from a rule's inputs `table`, `words` and `vectors_report`."""
    return load_words(
        files.table, files.words, load_transform(files.vectors_report, network.positive), device
    )


def make_words(values: np.ndarray, keys: list[int], device: torch.device) -> WordTable:
    """A word table of transformed vectors `[V, D]` and keys `[V]`."""
    return WordTable(torch.from_numpy(values).to(device), np.asarray(keys, dtype=np.uint64))


class Weights(dict[str, Tensor]):
    """Weights of a file, by name.

    Attributes:
        path: the file, for messages.
    """

    def __init__(self, arrays: Arrays) -> None:
        """Share the memory of `arrays`."""
        super().__init__({name: torch.from_numpy(array) for name, array in arrays.items()})
        self.path = arrays.path


def load_weights(path: str | Path) -> Weights:
    """Weights of a stage; `dnn` and `spiking` see to it that they fit the network.

    Raises:
        SpikeTextError: the file is missing or damaged.
    """
    return Weights(read_arrays(path))


def _check(weights: dict[str, Tensor], layout: dict[str, Layout]) -> None:
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in weights.items()}
    check_arrays(Arrays(weights.path if isinstance(weights, Weights) else None, arrays), layout)


def dnn(method: Method, words: WordTable, classes: int, weights: dict[str, Tensor] | None) -> DnnClassifier:
    """The method's DNN; without weights, freshly initialised from torch's global generator.

    Raises:
        SpikeTextError: the weights are those of another network, or not finite.
    """
    if weights is not None:
        _check(weights, TextCNN.layout(method.network, words.values.shape[1], classes))
    module = TextCNN(method.network, words.values.shape[1], classes, weights)
    return DnnClassifier(module.to(words.values.device), words)


def spiking(
    method: Method,
    words: WordTable,
    weights: dict[str, Tensor],
    steps: int,
    seed: int,
    classes: int | None = None,
) -> SpikingClassifier:
    """The method's spiking network with the given weights, run for `steps` steps.

    Args:
        method: network and conversion.
        words: what the network reads of each word.
        weights: of a stage.
        steps: T.
        seed: of the spikes' draws.
        classes: how many; None: as many as the weights have.

    Raises:
        SpikeTextError: the weights are those of another network, or not finite.
    """
    conversion = method.conversion
    if conversion is None:
        raise SpikeTextError("this method has no `conversion`, so it has no spiking network")
    width = words.values.shape[1]
    _check(weights, SpikingTextCNN.layout(method.network, conversion, width, classes or "classes"))
    code = make_code(conversion, width, steps, weights)
    module = SpikingTextCNN(
        method.network, weights, code, conversion.readout == "spike-count", conversion.pooled_neurons
    )
    neuron = conversion.neuron.model_dump()
    fresh, budget = True, None
    if method.finetuning is not None:
        neuron |= {"surrogate": method.finetuning.surrogate, "slope": method.finetuning.slope}
        fresh, budget = method.finetuning.fresh_draws, method.finetuning.budget
    return SpikingClassifier(
        module.to(words.values.device),
        words,
        NeuronModel(**neuron),
        steps,
        seed,
        fresh,
        budget,
    )


def classifier(
    method: Method,
    stage: str,
    words: WordTable,
    classes: int,
    weights: dict[str, Tensor],
    steps: int,
    seed: int,
) -> Classifier:
    """The trained classifier of a stage (`dnn`, `converted` or `finetuned`)."""
    if stage == "dnn":
        return dnn(method, words, classes, weights)
    return spiking(method, words, weights, steps, seed, classes)
