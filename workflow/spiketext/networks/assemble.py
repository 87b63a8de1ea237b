"""From weights and settings to classifiers: the one place where networks are put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from torch import Tensor

from spiketext.config.methods import Method
from spiketext.config.stages import STAGES
from spiketext.inputs.batches import Texts
from spiketext.inputs.encoding.base import make_encoder
from spiketext.inputs.words import WordTable
from spiketext.kinds import module_of
from spiketext.networks.classifier import BaseClassifier, Classifier
from spiketext.tasks.base import Task

ROOM = "networks"


def dnn(method: Method, words: WordTable, classes: int, weights: Mapping[str, Tensor] | None) -> Classifier:
    """The method's DNN; without weights, freshly initialised from torch's global generator.

    Raises:
        SpikeTextError: the weights are those of another network, or not finite.
    """
    module = module_of(f"{ROOM}.{method.network.kind}", "dnn")
    network = module.make(method, words.values.shape[1], classes, weights)
    return _reader(module)(network.to(words.values.device), words)


def untrained(
    method: Method, words: WordTable, classes: int, start: Mapping[str, Tensor] | None
) -> Classifier:
    """The method's DNN before its training; its first weights are those of the DNN `start`, or random.

    Raises:
        SpikeTextError: `start` are the weights of another network, or not finite.
    """
    if start is None:
        return dnn(method, words, classes, weights=None)
    module = module_of(f"{ROOM}.{method.network.kind}", "dnn")
    network = module.begun(method, words.values.shape[1], classes, start)
    return _reader(module)(network.to(words.values.device), words)


def alone(method: Method, words: WordTable, classes: int, weights: Mapping[str, Tensor]) -> BaseClassifier:
    """The method's classifier that has one stage only: it is fitted at once, or pretrained and fine-tuned.

    Raises:
        SpikeTextError: the weights are those of another one, or not finite.
    """
    made: BaseClassifier = _alone(method).make(method.network, words, classes, weights)
    return made


def pretrained(
    method: Method, language: str, manifests: Sequence[str | Path], words: WordTable, classes: int
) -> Classifier:
    """The method's pretrained encoder for a language, before it is fine-tuned.

    Its read-out is freshly initialised from torch's global generator.

    Args:
        method: which encoder.
        language: of the texts.
        manifests: of its resource.
        words: names of the words that it reads.
        classes: number of classes.

    Raises:
        SpikeTextError: the resource is missing or damaged.
    """
    made: Classifier = _alone(method).start(method.network, language, manifests, words, classes)
    return made


def fit(
    method: Method,
    words: WordTable,
    texts: Texts,
    rows: Mapping[str, np.ndarray],
    task: Task,
    class_weights: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights of a classifier that is fitted at once, and what is to be said of them.

    Args:
        method: what is fitted.
        words: what it may read of each word.
        texts: of the data set.
        rows: those of train and dev; test is not read.
        task: by what settings are chosen on dev.
        class_weights: `[classes]`, what a training text of each class counts; None: all alike.
    """
    found: tuple[dict[str, np.ndarray], dict[str, Any]]
    found = _alone(method).fit(method.network, words, texts, rows["train"], rows["dev"], task, class_weights)
    return found


def _alone(method: Method) -> ModuleType:
    (stage,) = method.stages
    return module_of(f"{ROOM}.{method.network.kind}", str(STAGES[stage].module))


def balanced(method: Method) -> list[str]:
    """Layers of the method's DNN that need thresholds."""
    found: list[str] = module_of(f"{ROOM}.{method.network.kind}", method.twin).balanced(method)
    return found


def converted(
    method: Method, classifier: Classifier, thresholds: Mapping[str, Tensor], steps: int
) -> dict[str, Tensor]:
    """Weights of the method's spiking network, made of its DNN's; its encoder is for `steps` steps."""
    assert method.conversion is not None
    encoder = make_encoder(method.conversion.encoder, classifier.words.values.shape[1], steps)
    convert = module_of(f"{ROOM}.{method.network.kind}", method.twin).converted
    found: dict[str, Tensor] = convert(classifier.network, thresholds, method.conversion, encoder)
    return found


def spiking(
    method: Method,
    words: WordTable,
    weights: Mapping[str, Tensor] | None,
    steps: int,
    seed: int,
    classes: int | None = None,
) -> Classifier:
    """The method's spiking network with the given weights, run for `steps` steps.

    Without weights it is freshly initialised from torch's global generator, where it is trained directly.

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
    module = module_of(f"{ROOM}.{method.network.kind}", method.twin)
    network = module.make(method, words.values.shape[1], classes, weights, steps).to(words.values.device)
    training = method.direct or method.finetuning
    fresh = training is None or training.fresh_draws
    return _reader(module)(network, words, steps, seed, fresh)


def _reader(module: ModuleType) -> type[Classifier]:
    """What feeds the networks of a module: its own `Reader`, if these read anything but vectors of words."""
    found: type[Classifier] = getattr(module, "Reader", Classifier)
    return found


def classifier(
    method: Method,
    stage: str,
    words: WordTable,
    classes: int,
    weights: Mapping[str, Tensor],
    steps: int,
    seed: int,
) -> BaseClassifier:
    """The trained classifier of a stage of `config.stages`."""
    if method.network.only_stage:
        return alone(method, words, classes, weights)
    if not STAGES[stage].spiking:
        return dnn(method, words, classes, weights)
    return spiking(method, words, weights, steps, seed, classes)
