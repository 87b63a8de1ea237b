"""A small data set whose classes can be told apart, and networks for it."""

import numpy as np
import torch

from spiketext.config.conversions import Conversion
from spiketext.config.methods import Method
from spiketext.config.networks import TextCNN
from spiketext.config.schedules import Finetuning, Training
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import WordTable

WIDTHS = [3, 4, 5]
VOCABULARY, WIDTH = 40, 12
DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def small_method(**conversion):
    """A convertible network with few channels, converted and fine-tuned."""
    return Method(
        network=TextCNN(channels=6),
        training=Training(epochs=5, batch_size=16, learning_rate=0.01),
        conversion=Conversion(**conversion),
        finetuning=Finetuning(steps=6, epochs=4, batch_size=16, learning_rate=0.005, slope=5.0),
    )


def small_words(seed=0, device="cpu", transform="positive"):
    """Word values in [0, 1], or around 0 where they are standardised; row 0 is padding."""
    values = np.random.default_rng(seed).random((VOCABULARY, WIDTH), dtype=np.float32)
    values = (values - 0.5) * 4 if transform == "standardised" else values
    values[0] = 0
    return WordTable.of(values, [f"w{i}" for i in range(VOCABULARY)], torch.device(device))


def small_sentences(count=160, seed=0):
    """Class 1 prefers the upper half of the vocabulary."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    lengths = rng.integers(2, 15, count)
    half = VOCABULARY // 2
    ids = [
        rng.integers(1, half, n) + (rng.random(n) < 0.85 if label else rng.random(n) < 0.15) * (half - 1)
        for label, n in zip(labels, lengths, strict=True)
    ]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Texts(np.concatenate(ids), offsets, labels, max_length=10)
