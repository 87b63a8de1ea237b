"""Trained networks small enough to attack in a second, and the texts to attack them on."""

import copy
import dataclasses
from functools import cache

import numpy as np
import pytest
import torch

from spiketext.attack.sample import Example
from spiketext.attack.white_box.base import Vocabulary
from spiketext.attack.white_box.target import Target
from spiketext.config.conversions import Conversion
from spiketext.config.data import Embedding, VectorSource
from spiketext.config.objectives import CrossEntropy
from spiketext.conversion.convert import find_thresholds
from spiketext.evaluation.predictor import Predictor
from spiketext.inputs.embeddings.embedder import Embedder
from spiketext.inputs.words import InputTransform
from spiketext.networks import assemble
from spiketext.objectives.base import make_objective
from spiketext.tasks.classes import Classes
from spiketext.training.loop import Split, fit
from tests.training_helpers import VOCABULARY, small_method, small_sentences, small_words

NAMES = [f"w{i}" for i in range(VOCABULARY)]
COVERED = np.arange(VOCABULARY) > 0
SPLIT = Split(np.arange(120), np.arange(120, 160))


def predictor_of(classifier):
    """The predictor of a classifier on the small words."""
    raw = small_words().values.numpy() * 6 - 3  # the positive transform gives the values back
    spec = Embedding(sources=[VectorSource(kind="text", path="absent.txt")])
    return Predictor(
        copy.copy(classifier.evaluated()[0]),  # its words are replaced
        Embedder(NAMES, raw, COVERED, {}, spec, []),
        InputTransform("positive", mean=0.0, std=1.0),
        max_length=10,
    )


@pytest.fixture(scope="session")
def train(tmp_path_factory):
    """Trains a DNN and its fine-tuned twins: a function of the conversion's settings."""
    words, texts = small_words(), small_sentences()

    def fitted(classifier, schedule):
        torch.manual_seed(5)
        path = tmp_path_factory.mktemp("training") / "run"
        objective, choice = make_objective(CrossEntropy()), Classes("accuracy", 2)
        return fit(classifier, texts, SPLIT, objective, schedule, choice, 5, path, "run").weights

    torch.manual_seed(3)
    method = small_method()
    dnn = assemble.dnn(method, words, 2, fitted(assemble.dnn(method, words, 2, None), method.training))

    def twin(surrogate="fast-sigmoid", slope=5.0, **conversion):
        own = small_method().model_copy(update={"conversion": Conversion(**conversion)})
        steps, rule = own.finetuning.steps, own.conversion.rule
        thresholds = find_thresholds(dnn, texts, SPLIT.train, rule, assemble.balanced(own))
        start = assemble.spiking(own, words, assemble.converted(own, dnn, thresholds, steps), steps, seed=5)
        weights = fitted(start, own.finetuning)
        shown = own.finetuning.model_copy(update={"surrogate": surrogate, "slope": slope})
        return assemble.spiking(
            own.model_copy(update={"finetuning": shown}), words, weights, steps, seed=5, classes=2
        )

    return dnn, twin


@pytest.fixture(scope="session")
def classifier(train):
    """By name: the DNN, its twin on Bernoulli draws, and one that counts spikes behind a masked gradient."""
    dnn, twin = train
    masked = {"readout": "spike-count", "encoder": {"kind": "deterministic-rate"}}
    make = {
        "dnn": lambda: dnn,
        "rate": twin,
        "masked": lambda: twin(surrogate="rectangle", slope=1e4, **masked),
    }
    return cache(lambda name: make[name]())


@pytest.fixture
def target(classifier):
    """A function of a classifier's name."""
    return lambda name: Target(predictor_of(classifier(name)), classes=2)


@pytest.fixture(scope="session")
def vocabulary():
    """The small words."""
    values = small_words().values.numpy()
    return Vocabulary(NAMES, values * 6 - 3, values, COVERED)


@pytest.fixture(scope="session")
def examples():
    """Twelve texts, which no network has seen in training."""
    texts = small_sentences()
    ends = np.append(texts.starts[1:], len(texts.ids))
    found = []
    for row in range(125, 137):
        tokens = tuple(NAMES[i] for i in texts.ids[texts.starts[row] : ends[row]])
        found.append(Example(row, int(texts.labels[row]), " ".join(tokens), tokens))
    return found


@pytest.fixture
def right(examples):
    """The examples that a predictor is right about, with the words that it reads."""

    def chosen(predictor):
        read = [dataclasses.replace(one, tokens=one.tokens[: predictor.max_length]) for one in examples]
        return [one for one in read if predictor.scores([one.tokens])[0].argmax() == one.label]

    return chosen
