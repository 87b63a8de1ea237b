"""Means with 95 % intervals: over seeds where there are several, over test sentences otherwise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
        values: one value a seed, in the order of the seeds, where they are known.
    """

    value: float
    low: float | None = None
    high: float | None = None
    values: tuple[float, ...] = ()

    def text(self, scale: float = 100.0, digits: int = 1) -> str:
        """The value times `scale`: `75.1 ± 0.6` over seeds, `75.1 [72.1, 77.9]` over sentences."""
        return shown(self.value, self.low, self.high, self.seeds, scale, digits)

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return max(1, len(self.values))

    @property
    def deviation(self) -> float | None:
        """Standard deviation over seeds (that of a sample); None for one seed."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @property
    def share(self) -> Estimate:
        """The same with an interval that stays between 0 and 1, for what is a share."""
        if self.low is None or self.high is None:
            return self
        return replace(self, low=max(0.0, self.low), high=min(1.0, self.high))

    @property
    def errors(self) -> tuple[float, float]:
        """Lengths of the interval below and above the value; zero without an interval."""
        if self.low is None or self.high is None:
            return 0.0, 0.0
        return max(0.0, self.value - self.low), max(0.0, self.high - self.value)


def shown(
    value: float, low: float | None, high: float | None, seeds: int, scale: float = 100.0, digits: int = 1
) -> str:
    """A value and its interval as text: ± over seeds, brackets for one seed or a lopsided interval."""
    text = number(value * scale, digits)
    if low is None or high is None:
        return text
    if seeds > 1 and math.isclose(value - low, high - value, abs_tol=1e-9):
        return f"{text} ± {number((high - low) / 2 * scale, digits)}"
    return f"{text} [{number(low * scale, digits)}, {number(high * scale, digits)}]"


def interval_in_words(seeds: int) -> str:
    """What the intervals of a figure are."""
    if seeds > 1:
        return f"mean over {seeds} seeds with the 95 % t-interval"
    return "one seed, 95 % Wilson interval over the sentences"


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
        return Estimate(mean, values=(mean,))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, n - 1)) * statistics.stdev(values) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, tuple(values))


def proportion(values: Sequence[float], sizes: Sequence[int]) -> Estimate:
    """A share of sentences, one value a seed.

    Args:
        values: shares, 0 to 1.
        sizes: sentences that each share is of.

    Returns:
        With several seeds the mean and its t-interval, cut to [0, 1]; with one seed the share and its
        Wilson interval (none if it is of no sentences).
    """
    if len(values) != 1:
        return mean_over_seeds(values).share
    interval = wilson(round(values[0] * sizes[0]), sizes[0])
    if interval is None:
        return mean_over_seeds(values)
    return Estimate(values[0], interval[0], interval[1], (values[0],))


def mean_over_datasets(estimates: Sequence[Estimate]) -> Estimate:
    """Mean of one figure over several data sets.

    It is taken within each seed first; the interval is then over seeds. With one seed the intervals of the
    data sets are combined by the root of their summed squares (Newcombe 1998, Statistics in Medicine 17),
    which holds for data sets that share no sentences; without such intervals there is none.
    """
    values = [statistics.fmean(seed) for seed in zip(*(one.values for one in estimates), strict=True)]
    if len(values) > 1:
        return mean_over_seeds(values)
    (mean,) = values
    if any(one.low is None for one in estimates):
        return mean_over_seeds(values)
    ends = zip(*(one.errors for one in estimates), strict=True)
    below, above = (math.hypot(*end) / len(estimates) for end in ends)
    return Estimate(mean, mean - below, mean + above, (mean,))


def geometric_mean_over_seeds(values: Sequence[float]) -> Estimate:
    """Geometric mean of one positive value a seed; the t-interval is that of the mean logarithm."""
    mean = mean_over_seeds([math.log(value) for value in values])
    ends = [None if end is None else math.exp(end) for end in (mean.low, mean.high)]
    return Estimate(math.exp(mean.value), ends[0], ends[1], tuple(values))


def geometric_mean_over_datasets(estimates: Sequence[Estimate]) -> Estimate:
    """Geometric mean of one positive figure over several data sets, taken within each seed first."""
    seeds = zip(*(one.values for one in estimates), strict=True)
    return geometric_mean_over_seeds([statistics.geometric_mean(values) for values in seeds])


def verdict(low: float, high: float, published: float) -> str:
    """How the interval of a figure of ours stands to a published value: above it, within, or below."""
    if published < low:
        return "above"
    return "below" if published > high else "within"


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
    value = (only_first - only_second) / n
    return Estimate(value, max(-1.0, centre - half), min(1.0, centre + half), (value,))
