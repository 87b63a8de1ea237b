"""Uniform random numbers for stochastic spike codes.

Training draws anew all the time. Evaluation and attacks must not depend on batches or on the number
of queries: there, a word's numbers are a function of the word, the seed and the step alone.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor


def fresh_draws(words: int, steps: int, width: int, generator: torch.Generator) -> Tensor:
    """Uniform numbers in [0, 1), `[T, n, D]`."""
    return torch.rand(steps, words, width, generator=generator, device=generator.device)


def word_key(word: str) -> int:
    """A 64-bit number that identifies a word."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def keyed_draws(keys: np.ndarray, steps: int, width: int, seed: int) -> Tensor:
    """Uniform numbers in [0, 1), `[T, n, D]`, that depend on each word's key and the seed only.

    The first T' steps are the same for every T ≥ T', so that accuracy against T is that of one run.

    Args:
        keys: `[n]` uint64, from `word_key`.
        steps: T.
        width: D.
        seed: seed of the run.
    """
    out = np.empty((len(keys), steps, width), dtype=np.float32)
    for row, key in zip(out, keys, strict=True):
        np.random.Generator(np.random.Philox(key=[int(key), seed])).random(out=row, dtype=np.float32)
    return torch.from_numpy(out).transpose(0, 1)
