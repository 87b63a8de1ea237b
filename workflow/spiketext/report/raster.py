"""Spikes of the network for one sentence: which sentence, and what the figure needs of its spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spiketext.models.spiking_textcnn import Activity
from spiketext.training.classifiers import SpikingClassifier
from spiketext.training.data import Sentences

SHORTEST, BEST, LONGEST = 8, 12, 20  # words of a sentence that is easy to look at
CHANNELS = 24  # rows of the convolution's part of the figure


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
    """What the figure shows of one sentence of L words over T steps.

    Attributes:
        input: `[T, L]`, mean input of a word: the share of its neurons that fire (or, with an
            analog code, its mean current).
        convolution: `[T, channels, L]` in {0, 1}, spikes of the most active channels, at the first
            word of their window; 0 where no window starts.
        channels: `[channels]`, their numbers, width by width.
        pooled: `[T, K * C]` in {0, 1}; `[T, 0]` where pooling has no neurons.
        scores: `[T, classes]`, output summed up to each step.
    """

    input: np.ndarray
    convolution: np.ndarray
    channels: np.ndarray
    pooled: np.ndarray
    scores: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays as they are stored."""
        return dict(vars(self))


def record(classifier: SpikingClassifier, sentences: Sentences, row: int, widths: list[int]) -> Raster:
    """Run the network on one sentence of the corpus."""
    batch = sentences.batch(np.array([row]), widths)
    inputs, activity = classifier.activity(batch)
    own = int(sentences.lengths[row])
    mean = inputs.float().mean(2).cpu().numpy()[:, batch.index][:, :own]
    convolution = activity.convolution.cpu().numpy()  # [T, W, C], width by width
    ends = np.cumsum(batch.windows.counts[0].numpy())
    groups = np.split(convolution, ends[:-1], axis=1)
    fired = np.concatenate([group.sum((0, 1)) for group in groups])
    channels = np.argsort(-fired, kind="stable")[:CHANNELS]
    size = convolution.shape[2]
    spikes = np.zeros((len(convolution), len(channels), int(batch.lengths[0])), dtype=np.uint8)
    for i, channel in enumerate(channels):
        group = groups[channel // size]
        spikes[:, i, : group.shape[1]] = group[:, :, channel % size]
    return Raster(
        input=mean.astype(np.float32),
        convolution=spikes[:, :, :own],
        channels=channels.astype(np.int64),
        pooled=_pooled(activity),
        scores=activity.output[:, 0].cpu().cumsum(0).numpy().astype(np.float32),
    )


def _pooled(activity: Activity) -> np.ndarray:
    if activity.pooled is None:
        return np.zeros((len(activity.output), 0), dtype=np.uint8)
    return activity.pooled[:, 0].cpu().numpy().astype(np.uint8)


def describe(sentences: Sentences, row: int, words: list[str], predictions: pd.DataFrame) -> dict[str, Any]:
    """The sentence: corpus row, words as the network reads them, label and prediction."""
    start = sentences.starts[row]
    ids = sentences.ids[start : start + sentences.lengths[row]]
    (shown,) = predictions[predictions["row"] == row].to_dict("records")
    return {
        "row": row,
        "words": [words[i] for i in ids],
        "label": int(shown["label"]),
        "prediction": int(shown["prediction"]),
    }
