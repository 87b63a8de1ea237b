"""Means with 95 % intervals: over seeds where there are several, over test texts otherwise.

Of a stochastic code every accuracy is a mean over draws. Its interval is that of somebody who draws once:
the deviation of one draw (for several seeds: of one draw a seed) stands in it beside what else it holds. The
half-widths are combined by the root of their summed squares (Newcombe 1998, Statistics in Medicine 17). That
is on the wide side: the interval over texts, or over seeds, holds a part of the draws' deviation already.

Where every seed draws a test set of its own, its training texts are for the most part those of the other
seeds: the seeds' values depend on each other, and their spread divided by √n is too small. The variance of
the mean is then that of n values and n_test/n_train times that of one (Nadeau and Bengio 2003, Machine
Learning 52, equation 10).

Where all seeds have one test set, their spread holds nothing of what other texts would change. A difference
of two classifiers whose answers are known holds that too, beside the seeds' t-interval, again by the root of
the summed squares; an accuracy does not.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from spiketext.attack.metrics import Z95, wilson

LEVEL = 0.95
RESAMPLES = 2000  # of a bootstrap
ENDS = (0.025, 0.975)  # of its interval
OVER_SEEDS = "t-interval of the mean over seeds"
OVER_TEXTS = "Wilson interval over the test texts of the one seed"
DRAWS = (
    "A stochastic code is evaluated over several draws: the accuracy is their mean, and the interval also "
    "holds the deviation of a single draw (half-widths combined by the root of their summed squares)."
)
RESAMPLED = (
    "Where every seed has a test set of its own, the interval is widened by what the seeds' training sets "
    "share (Nadeau and Bengio 2003)."
)
ONE_TEST_SET = (
    "Where all seeds have one test set, the interval of an accuracy does not hold how much other test texts "
    "would change; that of a difference does where the answers to the texts are kept."
)
AGREE = "A mean without an interval: all seeds gave the same value, so no spread can be estimated."


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval.

    Attributes:
        value: the mean over seeds, or the one value.
        low: lower end of the interval; None if there is no interval.
        high: upper end.
        values: one value a seed, in the order of the seeds, where they are known.
        draw_sd: standard deviation of a seed's value from one draw of the code to another, the root of the
            mean square over seeds; 0 if nothing is drawn.
        shared: variance of the mean that does not show in the spread of the seeds, as they share training
            texts; 0 with one test set for all of them.
        texts: variance of the mean over the texts of that one test set, where it is known; else 0.
    """

    value: float
    low: float | None = None
    high: float | None = None
    values: tuple[float, ...] = ()
    draw_sd: float = 0.0
    shared: float = 0.0
    texts: float = 0.0

    def text(self, scale: float = 100.0, digits: int = 1) -> str:
        """The value times `scale`: `75.1 ± 0.6` over seeds, `75.1 [72.1, 77.9]` over texts."""
        return shown(self.value, self.low, self.high, self.seeds, scale, digits)

    def brackets(self, scale: float = 100.0, digits: int = 1) -> str:
        """The same with brackets whatever the interval is, for a column of lopsided ones."""
        return shown(self.value, self.low, self.high, 1, scale, digits)

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return max(1, len(self.values))

    @property
    def deviation(self) -> float | None:
        """Standard deviation over seeds (that of a sample); None for one seed."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @property
    def error(self) -> float | None:
        """Standard error of the mean over seeds, without that of the draws; None for one seed."""
        if self.deviation is None:
            return None
        return math.sqrt(self.deviation**2 / self.seeds + self.shared)

    @property
    def variance(self) -> float:
        """That which the interval stands for, if it is a normal one; 0 without one."""
        return (sum(self.errors) / 2 / Z95) ** 2

    @property
    def share(self) -> Estimate:
        """The same with an interval that stays between 0 and 1, for what is a share."""
        if self.low is None or self.high is None:
            return self
        return replace(self, low=max(0.0, self.low), high=min(1.0, self.high))

    def for_all(self, comparisons: int) -> Estimate:
        """With the interval of one of so many comparisons that hold together at 95 % (Bonferroni)."""
        if self.low is None or self.high is None:
            return self
        freedom = self.seeds - 1 if self.seeds > 1 else math.inf
        wider = _quantile(1 - (1 - LEVEL) / comparisons, freedom) / _quantile(LEVEL, freedom)
        below, above = (wider * half for half in self.errors)
        return replace(self, low=self.value - below, high=self.value + above)

    @property
    def errors(self) -> tuple[float, float]:
        """Lengths of the interval below and above the value; zero without an interval."""
        if self.low is None or self.high is None:
            return 0.0, 0.0
        return max(0.0, self.value - self.low), max(0.0, self.high - self.value)


def _quantile(level: float, freedom: float) -> float:
    """Half the width of a two-sided t-interval, in standard errors."""
    return float(stats.t.ppf(0.5 + level / 2, freedom))


def shown(
    value: float, low: float | None, high: float | None, seeds: int, scale: float = 100.0, digits: int = 1
) -> str:
    """A value and its interval as text: ± over seeds, brackets for one seed.

    So a column has one of both, whatever its cells hold. An interval over seeds reaches as far to either
    side; where the end of a scale cuts it, ± is the uncut half.
    """
    text = number(value * scale, digits)
    if low is None or high is None:
        return text
    if seeds > 1:
        return f"{text} ± {number(max(value - low, high - value) * scale, digits)}"
    return f"{text} [{number(low * scale, digits)}, {number(high * scale, digits)}]"


def interval_in_words(seeds: int) -> str:
    """What the intervals of a figure are."""
    if seeds > 1:
        return f"mean over {seeds} seeds with the 95 % t-interval"
    return "one seed, 95 % Wilson interval over the texts"


def number(value: float, digits: int) -> str:
    """A number with a fixed number of decimals and a real minus sign; never −0.0."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:,.{digits}f}".replace("-", "−")


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits: `0.0579`, `3.62`, `36.2`, `1,234`."""
    if value == 0:
        return "0"
    return number(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def mean_over_seeds(
    values: Sequence[float], draw_sd: float = 0.0, overlap: float = 0.0, texts: float = 0.0
) -> Estimate:
    """Mean of one value a seed; with two seeds or more also the t-interval of the mean.

    There is no interval where all seeds gave the same value and nothing is known of the texts: it would be of
    zero width, which says more than seeds that agree by chance can.

    Args:
        values: one a seed.
        draw_sd: deviation of such a value from draw to draw; the interval is that of one draw a seed.
        overlap: n_test/n_train where every seed has a test set of its own, else 0.
        texts: variance of the mean over test texts, where all seeds have the same and it is known.

    Raises:
        ValueError: there are no values.
    """
    variance = statistics.variance(values) if len(values) > 1 else 0.0
    return _mean(values, draw_sd, overlap * variance, texts)


def _mean(values: Sequence[float], draw_sd: float, shared: float, texts: float) -> Estimate:
    n = len(values)
    if n == 0:
        raise ValueError("no values to average")
    found = Estimate(math.fsum(values) / n, None, None, tuple(values), draw_sd, shared, texts)
    alike = math.isclose(min(values), max(values), rel_tol=1e-12, abs_tol=1e-12)
    if found.error is None or (alike and not texts):
        return found
    over_seeds = 0.0 if alike else _quantile(LEVEL, n - 1) * found.error
    half = math.hypot(over_seeds, Z95 * draw_sd / math.sqrt(n), Z95 * math.sqrt(texts))
    return replace(found, low=found.value - half, high=found.value + half)


def proportion(
    values: Sequence[float], sizes: Sequence[int], draw_sd: float = 0.0, overlap: float = 0.0
) -> Estimate:
    """A share of texts, one value a seed.

    Args:
        values: shares, 0 to 1; of a stochastic code means over draws.
        sizes: texts that each share is of.
        draw_sd: deviation of a share from draw to draw.
        overlap: see `mean_over_seeds`.

    Returns:
        With several seeds the mean and its t-interval, with one seed the share and its Wilson interval (none
        if it is of no texts); either one with the draws' deviation in it, cut to [0, 1].
    """
    if len(values) != 1:
        return mean_over_seeds(values, draw_sd, overlap).share
    (value,), (size,) = values, sizes
    interval = wilson(value * size, size)
    if interval is None:
        return mean_over_seeds(values)
    below, above = (math.hypot(end - value, Z95 * draw_sd) for end in interval)
    return Estimate(value, value - below, value + above, (value,), draw_sd).share


def mean_over_datasets(estimates: Sequence[Estimate]) -> Estimate:
    """Mean of one figure over data sets; of a single one its own, interval and all.

    It is taken within each seed first; the interval is then over seeds. With one seed the intervals of the
    data sets are combined by the root of their summed squares (Newcombe 1998, Statistics in Medicine 17),
    which holds for data sets that share no texts; without such intervals there is none.
    """
    if len(estimates) == 1:
        return estimates[0]
    values = [statistics.fmean(seed) for seed in zip(*(one.values for one in estimates), strict=True)]
    draw_sd = math.hypot(*(one.draw_sd for one in estimates)) / len(estimates)
    if len(values) > 1 or any(one.low is None for one in estimates):
        shared, texts = (
            math.fsum(parts) / len(estimates) ** 2
            for parts in zip(*((one.shared, one.texts) for one in estimates), strict=True)
        )
        return _mean(values, draw_sd, shared, texts)
    (mean,) = values
    ends = zip(*(one.errors for one in estimates), strict=True)
    below, above = (math.hypot(*end) / len(estimates) for end in ends)
    return Estimate(mean, mean - below, mean + above, (mean,), draw_sd)


def geometric_mean_over_seeds(values: Sequence[float]) -> Estimate:
    """Geometric mean of one positive value a seed; the t-interval is that of the mean logarithm."""
    mean = mean_over_seeds([math.log(value) for value in values])
    ends = [None if end is None else math.exp(end) for end in (mean.low, mean.high)]
    return Estimate(math.exp(mean.value), ends[0], ends[1], tuple(values))


def geometric_mean_over_datasets(estimates: Sequence[Estimate]) -> Estimate:
    """Geometric mean of one positive figure over several data sets, taken within each seed first."""
    seeds = zip(*(one.values for one in estimates), strict=True)
    return geometric_mean_over_seeds([statistics.geometric_mean(values) for values in seeds])


def paired_difference(differences: Sequence[float] | np.ndarray, draw_sd: float = 0.0) -> Estimate:
    """Difference of two accuracies on the same texts, with its 95 % interval for pairs.

    The interval is the adjusted Wald interval of Agresti and Min 2005 (Statistics in Medicine 24), which adds
    half a text to each cell of the fourfold table, so that it does not shrink to nothing where the
    classifiers agree. All that its variance needs is the sum of the squared differences; so for shares of
    draws, which are no longer 0 or 1, it is the normal interval with the same adjustment.

    Args:
        differences: for each text whether the first classifier is right (0 or 1, or the share of its draws)
            minus the same of the second; at least one text.
        draw_sd: deviation of the difference from one draw of both codes to another.
    """
    found = np.asarray(differences, dtype=np.float64)
    size = len(found) + 2
    centre = float(found.sum()) / size
    variance = ((float(found @ found) + 1) / size - centre**2) / size
    half = math.hypot(Z95 * math.sqrt(variance), Z95 * draw_sd)
    value = float(found.mean())
    return Estimate(value, max(-1.0, centre - half), min(1.0, centre + half), (value,), draw_sd)
