"""From the files of earlier stages to classifiers: the one place where networks are put together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spiketext.arrays import read_arrays
from spiketext.coding.codes import make_code
from spiketext.coding.draws import word_key
from spiketext.config import Method, Network
from spiketext.embeddings.positive import positive
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.models.spiking_textcnn import SpikingTextCNN
from spiketext.models.textcnn import TextCNN
from spiketext.neurons.integrate_and_fire import NeuronModel
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
    return InputTransform(positive, figures["mean"], figures["std"])


def load_words(
    table: str | Path, words: str | Path, transform: InputTransform, device: torch.device
) -> WordTable:
    """The word table that a network reads."""
    arrays = read_arrays(table)
    values = transform(arrays["vectors"], arrays["covered"])
    keys = [word_key(word) for word in read_json(words)["words"]]
    return make_words(values, keys, device)


def load_word_table(files: Any, network: Network, device: torch.device) -> WordTable:
    """The word table from a rule's inputs `table`, `words` and `vectors_report`."""
    return load_words(
        files.table, files.words, load_transform(files.vectors_report, network.positive), device
    )


def make_words(values: np.ndarray, keys: list[int], device: torch.device) -> WordTable:
    """A word table of transformed vectors `[V, D]` and keys `[V]`."""
    return WordTable(torch.from_numpy(values).to(device), np.asarray(keys, dtype=np.uint64))


def load_weights(path: str | Path) -> dict[str, Tensor]:
    """Weights of a stage."""
    return {name: torch.from_numpy(array) for name, array in read_arrays(path).items()}


def dnn(method: Method, words: WordTable, classes: int, weights: dict[str, Tensor] | None) -> DnnClassifier:
    """The method's DNN; without weights, freshly initialised from torch's global generator."""
    module = TextCNN(method.network, words.values.shape[1], classes, weights)
    return DnnClassifier(module.to(words.values.device), words)


def spiking(
    method: Method, words: WordTable, weights: dict[str, Tensor], steps: int, seed: int
) -> SpikingClassifier:
    """The method's spiking network with the given weights, run for `steps` steps."""
    conversion = method.conversion
    if conversion is None:
        raise SpikeTextError("this method has no `conversion`, so it has no spiking network")
    code = make_code(conversion, words.values.shape[1], steps, weights)
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
    return spiking(method, words, weights, steps, seed)
