"""The sentence encoder against the same formulae, written for one text, one place and one row at a time."""

import numpy as np
import pytest
import sentencepiece

from spiketext.attack.encoder import load_encoder
from spiketext.errors import SpikeTextError

TEXTS = [
    "a wonderful film",
    "great",
    "",
    "酒店非常漂亮",
    "truly awful acting here " * 30,
    "🙂",
    "a wonderful film",
]


def normal(row, gain, shift, eps):
    return (row - row.mean()) / np.sqrt(row.var() + eps) * gain + shift


def encode(ids, w):
    """The vector of one text from its word pieces."""
    eps = float(w["eps"])
    embedded = [w[f"q{p % 17 + 1}"][p // 17] * w["scale"][p % 17] + w["lo"][p % 17] for p in ids]
    gain, shift = (np.concatenate([w[f"{name}{n}"] for n in (2, 3, 5)]) for name in ("ln_g", "ln_b"))
    projected = [
        normal(np.concatenate([row @ w[f"proj{n}"] + w[f"proj_b{n}"] for n in (2, 3, 5)]), gain, shift, eps)
        for row in embedded
    ]
    inner = len(gain) // 3
    branches = []
    for place, (n, before) in enumerate([(2, 0), (3, 1), (5, 2)]):
        rows = [row[place * inner : (place + 1) * inner] for row in projected]
        for layer in "12":
            zero = np.zeros(inner)
            around = [zero] * before + rows + [zero] * n
            windows = [np.concatenate(around[t : t + n]) for t in range(len(rows))]
            sums = [window @ w[f"w{layer}_{n}"] + w[f"b{layer}_{n}"] for window in windows]
            rows = [row + np.maximum(total, 0) for row, total in zip(rows, sums, strict=True)]
        branches.append(rows)
    features = [
        normal(np.concatenate(row), w["ln_g"], w["ln_b"], eps)
        for row in zip(embedded, *branches, strict=True)
    ]
    text = sum(row @ w["cnn_W"] + w["cnn_b"] for row in features) / np.sqrt(len(ids))
    first = np.maximum(text @ w["p1"] + np.maximum(text @ w["d0"], 0) @ w["d1"], 0)
    vector = np.tanh(first @ w["p3"] + np.maximum(first @ w["d2"], 0) @ w["d3"])
    return vector / np.linalg.norm(vector)


def test_vectors_are_those_of_the_formulae(encoder):
    """Texts of all lengths in one batch, an empty one and one of unknown characters among them."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(encoder.parent / "sp.model"))
    with np.load(encoder.parent / "weights.npz") as arrays:
        weights = {name: arrays[name].astype(float) for name in arrays.files}
    vectors = load_encoder([encoder])(TEXTS).numpy()
    expected = [encode([1, *(processor.encode(text) or [0]), 2], weights) for text in TEXTS]
    assert vectors == pytest.approx(np.array(expected), abs=1e-5)
    assert np.array_equal(vectors[0], vectors[-1])
    assert np.abs(vectors[0] - vectors[1]).max() > 0.01


def test_an_absent_encoder_is_refused():
    with pytest.raises(SpikeTextError, match="use-multilingual is not among"):
        load_encoder([])
