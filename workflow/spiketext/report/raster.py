"""Spikes of the network for one sentence: which sentence, and what the figure needs of its spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import Classifier

SHORTEST, BEST, LONGEST = 8, 12, 20  # words of a sentence that is easy to look at
NEURONS = 24  # rows of the part of neurons that stand at words


def choose(predictions: pd.DataFrame, lengths: np.ndarray) -> int:
    """The corpus row of the sentence to show.

    It is the first in the corpus among those nearest to 12 words, of the correctly classified test
    sentences of 8 to 20 words. Where there is none, length and then correctness are waived.

    Args:
        predictions: `row`, `label` and `prediction` of the test sentences.
        lengths: words of every corpus row.
    """
    rows = predictions["row"].to_numpy(dtype=np.int64)
    words = lengths[rows]
    right = (predictions["label"] == predictions["prediction"]).to_numpy()
    moderate = (words >= SHORTEST) & (words <= LONGEST)
    for allowed in (right & moderate, right, np.ones(len(rows), dtype=bool)):
        if allowed.any():
            candidates = rows[allowed]
            return int(candidates[np.lexsort((candidates, abs(lengths[candidates] - BEST)))[0]])
    raise ValueError("no test sentences")


@dataclass(frozen=True)
class Raster:
    """What the figure shows of one text of L words over T steps.

    Attributes:
        input: `[T, L]`, mean input of a word: the share of its neurons that fire (or, where values are fed,
            their mean).
        placed: `[T, neurons, L]` in {0, 1}, spikes of the most active neurons that stand at words; no
            neurons where the network has none.
        neurons: `[neurons]`, their numbers in their population.
        others: `[T, N]`, spikes of neurons of the whole text; `[T, 0]` where there are none.
        scores: `[T, classes]`, output summed up to each step.
    """

    input: np.ndarray
    placed: np.ndarray
    neurons: np.ndarray
    others: np.ndarray
    scores: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays as they are stored."""
        return dict(vars(self))


def record(classifier: Classifier, texts: Texts, row: int) -> tuple[Raster, dict[str, str]]:
    """Run the network on one text of the corpus.

    Returns:
        The spikes, and the names of the populations in `placed` and in `others`: the first of each.
    """
    fed, activity = classifier.activity(texts.batch(np.array([row])))
    steps, own = len(fed.inputs), int(texts.lengths[row])
    mean = fed.inputs.float().mean(2).cpu().numpy()[:, fed.layout.index][:, :own]
    nothing = np.zeros((steps, 0, own), dtype=np.uint8)
    placed, neurons = nothing, np.zeros(0, dtype=np.int64)
    for spikes in list(activity.placed.values())[:1]:
        all_neurons = spikes.cpu().numpy().astype(np.uint8).transpose(0, 2, 1)  # [T, N, L]
        neurons = np.argsort(-all_neurons.sum((0, 2), dtype=np.int64), kind="stable")[:NEURONS]
        placed = all_neurons[:, neurons, :own]
    output = activity.output.clone()
    output[: classifier.network.delay] = 0  # not added up
    others = np.zeros((steps, 0), dtype=np.uint8)
    for spikes in list(activity.others.values())[:1]:
        others = (spikes != 0).cpu().numpy().astype(np.uint8)
    raster = Raster(
        input=mean.astype(np.float32),
        placed=placed,
        neurons=neurons.astype(np.int64),
        others=others,
        scores=output.cpu().cumsum(0).numpy().astype(np.float32),
    )
    return raster, {"placed": next(iter(activity.placed), ""), "others": next(iter(activity.others), "")}


def describe(texts: Texts, row: int, words: list[str], predictions: pd.DataFrame) -> dict[str, Any]:
    """The sentence: corpus row, words as the network reads them, label and prediction."""
    start = texts.starts[row]
    ids = texts.ids[start : start + texts.lengths[row]]
    (shown,) = predictions[predictions["row"] == row].to_dict("records")
    return {
        "row": row,
        "words": [words[i] for i in ids],
        "label": int(shown["label"]),
        "prediction": int(shown["prediction"]),
    }
