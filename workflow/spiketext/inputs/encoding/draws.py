"""Random numbers for stochastic spike codes: integers, uniform in [0, 2¹⁵).

Training draws anew all the time. Evaluation and attacks must not depend on batches or on the number
of queries: there, a word's numbers are a function of the word, the seed, the draw and the step alone.

An epoch that was chosen with some numbers has been chosen for being lucky with them. So the numbers that
choose are never those that score: draw 0 chooses, the others evaluate.
"""

import numpy as np
import torch
from torch import Tensor

from spiketext.inputs.encoding.base import CHOOSING

EVALUATED = range(1, 11)  # the draws that an evaluation averages over; attacks and rasters take the first
BITS = 15  # of each number: they must fit into int16, and four of them come from one 64-bit number


def fresh_draws(words: int, steps: int, width: int, generator: torch.Generator) -> Tensor:
    """Random numbers, `[T, n, D]` int16 in [0, 2¹⁵)."""
    count = steps * words * width
    raw = torch.empty(-(-count // 4), dtype=torch.int64, device=generator.device)
    raw.random_(-(2**63), None, generator=generator)
    return raw.view(torch.int16)[:count].bitwise_and_(2**BITS - 1).view(steps, words, width)


def keyed_draws(keys: np.ndarray, steps: int, width: int, seed: int, draw: int = CHOOSING) -> Tensor:
    """Random numbers, `[T, n, D]` int16 in [0, 2¹⁵), of each word's key, the seed and the draw only.

    The first T' steps are the same for every T ≥ T', so that accuracy against T is that of one run.

    Args:
        keys: `[n]` uint64, from `inputs.words.word_key`.
        steps: T.
        width: D.
        seed: seed of the run, below 2³².
        draw: `CHOOSING`, or one of `EVALUATED`; different draws are independent.
    """
    count = steps * width
    raw = np.empty((len(keys), -(-count // 4)), dtype=np.uint64)
    for row, key in zip(raw, keys, strict=True):
        row[:] = np.random.Philox(key=[int(key), draw << 32 | seed]).random_raw(len(row))
    numbers = torch.from_numpy(raw.view(np.int16)[:, :count].reshape(len(keys), steps, width))
    return numbers.bitwise_and_(2**BITS - 1).transpose(0, 1)
