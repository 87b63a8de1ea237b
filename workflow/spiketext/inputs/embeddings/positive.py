"""The positive transform of word vectors (Lv, Xu and Zheng 2023, section 3.1)."""

import numpy as np

# Values further than this many standard deviations from the mean are clipped.
CLIP = 3.0


def scale(vectors: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation over all values of all rows of `vectors` [n, D], as two scalars.

    The paper's are scalars over the whole table. Pass only rows that hold a vector: zero rows of
    padding and unknown words would narrow the deviation.
    """
    if not vectors.size:
        return 0.0, 1.0
    mean, std = float(vectors.mean(dtype=np.float64)), float(vectors.std(dtype=np.float64))
    return mean, std or 1.0


def positive(vectors: np.ndarray, covered: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Map word vectors to [0, 1], where each value can be a firing probability.

    x' = clip((x - mean) / std, -3, 3) / 6 + 1/2

    Args:
        vectors: float32 [n, D].
        covered: bool [n]; other rows (padding, unknown words) become exactly zero, so that they never
            fire, though zero itself would map to about a half.
        mean, std: the scalars of `scale`.

    Returns:
        float32 [n, D].
    """
    standard = (vectors.astype(np.float64) - mean) / std
    shifted = np.clip(standard, -CLIP, CLIP) / (2 * CLIP) + 0.5
    return np.where(np.asarray(covered)[:, None], shifted, 0.0).astype(np.float32)
