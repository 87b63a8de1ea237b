"""Classifiers that are fitted at once, by scikit-learn: what a user would pick instead of a network."""

import logging
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from spiketext.arrays import Layout
from spiketext.inputs.batches import Batch, Texts
from spiketext.inputs.words import WordTable
from spiketext.networks.classifier import BaseClassifier
from spiketext.networks.layers.biases import bias_work
from spiketext.networks.wiring import Population, Step, Synapses, Wiring
from spiketext.tasks.base import Task

log = logging.getLogger("spiketext")

ITERATIONS = 1000
NEVER = -1e6  # score of a class without training texts
READ = 4096  # texts that are described together

Features: TypeAlias = np.ndarray | csr_matrix  # `[B, F]`


@dataclass(frozen=True)
class Described:
    """A batch as a linear classifier reads it.

    Attributes:
        features: `[B, F]`.
        events: values other than zero, by population; `Fitted.sources` declares these populations.
        read: how many tokens or n-grams the texts have, all together.
    """

    features: Features
    events: dict[str, Tensor]
    read: int


class Fitted(BaseClassifier):
    """Scores are linear in the features of a text: logistic regression.

    Weights are `coefficients` `[outputs, F]` and `intercepts` `[outputs]`, with one output for two classes:
    the score of the second, where that of the first is zero.
    """

    def __init__(self, words: WordTable, coefficients: np.ndarray, intercepts: np.ndarray) -> None:
        """Of fitted weights."""
        super().__init__(words)
        self.coefficients, self.intercepts = coefficients, intercepts

    @abstractmethod
    def layout(self, batch: Batch) -> Described:
        """The features of a batch; see `BaseClassifier`."""

    @abstractmethod
    def sources(self, described: Described, longest: int) -> tuple[list[Population], list[Synapses]]:
        """The populations from the input on, the last of which feeds the read-out, and those between them.

        Memories are made for texts of `longest` tokens.
        """

    def wiring(self, layout: Described, longest: int) -> Wiring:
        """See `BaseClassifier`."""
        sources, synapses = self.sources(layout, longest)
        outputs = len(self.intercepts)
        readout = Population(
            "readout", "readout", "values", layout.features.shape[0] * outputs, outputs, outputs,
            work=bias_work(True, outputs),
        )  # fmt: skip
        products = Synapses(
            sources[-1].name, "readout", float(outputs), operation="MAC", weights=self.coefficients.size
        )
        return Wiring([*sources, readout], [*synapses, products])

    def simulate(self, batch: Batch, layout: Described | None = None) -> Iterator[tuple[Step, Tensor]]:
        """One step; see `BaseClassifier`."""
        described = layout or self.layout(batch)
        scores = torch.from_numpy(linear_scores(described.features, self.coefficients, self.intercepts))
        yield Step(scores, described.events), scores


def linear_scores(features: Features, coefficients: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    """Class scores `[B, classes]` of weights as of `Fitted`."""
    outputs = np.asarray(features @ coefficients.T) + intercepts
    return outputs if len(intercepts) > 1 else np.concatenate([np.zeros_like(outputs), outputs], axis=1)


def _outputs(classes: int) -> int:
    return 1 if classes == 2 else classes


def linear_layout(classes: int) -> dict[str, Layout]:
    """What the weights of a linear classifier must be."""
    outputs = _outputs(classes)
    return {
        "coefficients": Layout("float64", (outputs, "features")),
        "intercepts": Layout("float64", (outputs,)),
    }


def in_order(texts: Texts, rows: np.ndarray) -> Iterator[Batch]:
    """The given rows, in batches that keep their order."""
    for start in range(0, len(rows), READ):
        yield texts.batch(rows[start : start + READ])


def fit_linear(
    train: Features,
    train_labels: np.ndarray,
    dev: Features,
    dev_labels: np.ndarray,
    task: Task,
    class_weights: np.ndarray | None,
    strengths: Sequence[float],
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Logistic regression; of several inverse strengths of its penalty, the best by dev, the least if equal.

    Args:
        train: `[N, F]`, features of the training texts.
        train_labels: `[N]`.
        dev: `[M, F]`.
        dev_labels: `[M]`.
        task: by what the best is chosen; some of its classes may have no training text.
        class_weights: `[classes]`; a text's loss is multiplied with that of its class.
        strengths: scikit-learn's `C`.

    Returns:
        Weights, and a report for a JSON file.
    """
    tried = []
    best: tuple[dict[str, float], dict[str, np.ndarray]] | None = None
    for strength in sorted(strengths):
        weights = _regression(train, train_labels, task.classes, class_weights, strength)
        scores = task.dev_scores(dev_labels, linear_scores(dev, **weights).argmax(1))
        tried.append({"strength": strength, **scores})
        log.info("C = %g: dev %s", strength, task.said(task.merit(scores)))
        if best is None or task.merit(scores) > task.merit(best[0]):
            best = scores, weights
    assert best is not None
    parameters = sum(array.size for array in best[1].values())
    return best[1], {**best[0], "parameters": parameters, "tried": tried}


def _regression(
    features: Features,
    labels: np.ndarray,
    classes: int,
    class_weights: np.ndarray | None,
    strength: float,
) -> dict[str, np.ndarray]:
    outputs = _outputs(classes)
    coefficients, intercepts = np.zeros((outputs, features.shape[1])), np.full(outputs, NEVER)
    present = np.unique(labels)
    if len(present) == 1:
        intercepts[-1] = NEVER if outputs == 1 and present[0] == 0 else -NEVER
        if outputs > 1:
            intercepts[:] = NEVER
            intercepts[present] = 0
        return {"coefficients": coefficients, "intercepts": intercepts}
    own = None if class_weights is None else {int(one): float(class_weights[one]) for one in present}
    model = LogisticRegression(C=strength, max_iter=ITERATIONS, class_weight=own).fit(features, labels)
    if int(np.max(model.n_iter_)) >= ITERATIONS:
        log.warning("C = %g: no convergence within %d iterations", strength, ITERATIONS)
    if outputs == 1:
        coefficients[:], intercepts[:] = model.coef_, model.intercept_
    elif len(present) == 2:  # scikit-learn gives the score of the second, where that of the first is zero
        coefficients[present[1]], intercepts[present] = model.coef_[0], [0, model.intercept_[0]]
    else:
        coefficients[present], intercepts[present] = model.coef_, model.intercept_
    return {"coefficients": coefficients, "intercepts": intercepts}
