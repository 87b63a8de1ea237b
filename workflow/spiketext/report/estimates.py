"""Means with 95 % intervals: over seeds where there are several, over test sentences otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from spiketext.attack.metrics import wilson

LEVEL = 0.95
OVER_SEEDS = "t-interval of the mean over seeds"
OVER_SENTENCES = "Wilson interval over the test sentences of the one seed"


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval.

    Attributes:
        value: the mean over seeds, or the one value.
        low: lower end of the interval; None if there is no interval.
        high: upper end.
        seeds: number of seeds.
    """

    value: float
    low: float | None = None
    high: float | None = None
    seeds: int = 1

    def text(self, scale: float = 100.0, digits: int = 1) -> str:
        """The value times `scale`: `75.1 ± 0.6` over seeds, `75.1 [72.1, 77.9]` over sentences."""
        shown = number(self.value * scale, digits)
        if self.low is None or self.high is None:
            return shown
        if self.seeds > 1:
            return f"{shown} ± {number((self.high - self.low) / 2 * scale, digits)}"
        return f"{shown} [{number(self.low * scale, digits)}, {number(self.high * scale, digits)}]"

    @property
    def errors(self) -> tuple[float, float]:
        """Lengths of the interval below and above the value; zero without an interval."""
        if self.low is None or self.high is None:
            return 0.0, 0.0
        return max(0.0, self.value - self.low), max(0.0, self.high - self.value)


def number(value: float, digits: int) -> str:
    """A number with a fixed number of decimals and a real minus sign; never −0.0."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:,.{digits}f}".replace("-", "−")


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits: `0.0579`, `3.62`, `36.2`, `1,234`."""
    if value == 0:
        return "0"
    return number(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def mean_over_seeds(values: Sequence[float]) -> Estimate:
    """Mean of one value a seed; with two seeds or more also the t-interval of the mean."""
    n = len(values)
    if n == 0:
        raise ValueError("no values to average")
    mean = math.fsum(values) / n
    if n == 1:
        return Estimate(mean)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * math.sqrt(variance / n)
    return Estimate(mean, mean - half, mean + half, n)


def proportion(values: Sequence[float], sizes: Sequence[int]) -> Estimate:
    """A share of sentences, one value a seed.

    Args:
        values: shares, 0 to 1.
        sizes: sentences that each share is of.

    Returns:
        With several seeds the mean and its t-interval; with one seed the share and its Wilson
        interval (none if it is of no sentences).
    """
    if len(values) != 1:
        return mean_over_seeds(values)
    interval = wilson(round(values[0] * sizes[0]), sizes[0])
    if interval is None:
        return Estimate(values[0])
    return Estimate(values[0], interval[0], interval[1])


def paired_difference(only_first: int, only_second: int, n: int) -> Estimate:
    """Difference of two accuracies on the same n sentences, with its 95 % interval for pairs.

    The interval is the adjusted Wald interval of Agresti and Min 2005 (Statistics in Medicine 24),
    which adds half a sentence to each cell of the fourfold table, so that it does not shrink to
    nothing where the classifiers agree.

    Args:
        only_first: sentences that only the first classifier gets right.
        only_second: sentences that only the second one gets right.
        n: all sentences, at least 1.
    """
    size = n + 2
    centre = (only_first - only_second) / size
    variance = ((only_first + only_second + 1) / size - centre**2) / size
    half = float(stats.norm.ppf(0.5 + LEVEL / 2)) * math.sqrt(variance)
    return Estimate((only_first - only_second) / n, max(-1.0, centre - half), min(1.0, centre + half))
