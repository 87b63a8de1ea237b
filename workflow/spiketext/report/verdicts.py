"""What a difference is called: of ours from published values, and of spiking stages from their DNNs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from spiketext.attack.metrics import Z95
from spiketext.report.estimates import LEVEL, RESAMPLED, Estimate, number

MARGIN = 0.01
"""Accuracy that a spiking stage may lose against its DNN and still be called not inferior: one point.

It is the same for every study and no setting, so that nobody chooses it once a result is known.
"""
SUPERIOR, EQUIVALENT, NOT_INFERIOR, WITHIN_MARGIN, INFERIOR, UNDECIDED = (
    "superior",
    "equivalent",
    "not inferior",
    "worse within the margin",
    "inferior",
    "undecided",
)
MARGIN_TEXT = f"margin {number(100 * MARGIN, 0)} point"
STANDINGS = (
    f"Against its DNN, with a margin of {number(100 * MARGIN, 0)} point, the same for every study, by the "
    f"95 % interval of the difference. {SUPERIOR.capitalize()}: it lies above 0; {EQUIVALENT}: within the "
    f"margin on either side of 0, and holds 0; {WITHIN_MARGIN}: within it, but wholly below 0; "
    f"{NOT_INFERIOR}: above minus the margin, and beyond it on the other side; {INFERIOR}: below 0, and it "
    f"reaches the margin or beyond; {UNDECIDED}: all else."
)
ABOVE, BELOW, ALIKE = "above", "below", "not told apart"


def standing(gap: Estimate) -> str | None:
    """How a stage stands to its DNN, by the interval of the difference; None without one."""
    if gap.low is None or gap.high is None:
        return None
    if gap.low > 0:
        return SUPERIOR
    if gap.low > -MARGIN:
        return WITHIN_MARGIN if gap.high < 0 else EQUIVALENT if gap.high < MARGIN else NOT_INFERIOR
    return INFERIOR if gap.high < 0 else UNDECIDED


def p_value(ours: Estimate, published: float, error: float) -> float | None:
    """Two-sided p of a figure of ours and a published one being the same but for chance.

    Over seeds it is Welch's t-test of the seeds' mean, with the draws' variance beside theirs, against a
    value of known error; with one seed the normal test with the half of our interval that reaches towards it.

    Args:
        ours: an accuracy with its interval.
        published: the published accuracy.
        error: standard error of the published accuracy.

    Returns:
        p; None where ours has no interval.
    """
    if ours.low is None:
        return None
    away, seeds = published - ours.value, len(ours.values)
    if ours.error is None:
        own, over_seeds = ours.errors[away > 0] / Z95, 0.0
    else:
        over_seeds = ours.error
        own = math.hypot(over_seeds, ours.draw_sd / math.sqrt(seeds))
    spread = math.hypot(own, error)
    if spread == 0:
        return float(away == 0)
    # Welch and Satterthwaite: only the seeds' variance is estimated from few values.
    freedom = math.inf if over_seeds == 0 else (seeds - 1) * (spread / over_seeds) ** 4
    return float(2 * stats.t.sf(abs(away) / spread, freedom))


def paired_p(differences: Sequence[float] | np.ndarray, draws: int = 1) -> float:
    """Two-sided p of paired differences that could as well have had the other sign; 1 if all are zero.

    Fisher's randomisation test (1935, section 21), exact: the share of all choices of signs whose sum is as
    far from zero as the one that was found. For differences of −1, 0 and 1 it is McNemar's exact test.

    Args:
        differences: of shares of `draws` draws.
        draws: how many.
    """
    sizes, counts = np.unique(np.rint(np.abs(np.asarray(differences)) * draws), return_counts=True)
    sums: np.ndarray = np.zeros(1)
    chances: np.ndarray = np.ones(1)
    for size, count in zip(sizes[sizes > 0], counts[sizes > 0], strict=True):
        own = size * (2 * np.arange(count + 1) - count)  # so many of them are positive
        binomial = stats.binom.pmf(np.arange(count + 1), count, 0.5)
        total = np.add.outer(sums, own).ravel()
        sums, places = np.unique(total, return_inverse=True)
        chances = np.bincount(places, np.multiply.outer(chances, binomial).ravel())
    found = abs(round(math.fsum(differences) * draws))
    return min(1.0, math.fsum(chances[np.abs(sums) >= found]))


def holm_adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """p of each of several comparisons for all of them together (Holm 1979).

    Where it is at most 0.05, a difference is shown at a family-wise level of 5 %. What has no p does not
    count.
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    reached = 0.0
    for rank, (p, place) in enumerate(order):
        reached = max(reached, min(1.0, (len(order) - rank) * p))
        adjusted[place] = reached
    return adjusted


def holm(p_values: Sequence[float | None]) -> list[bool]:
    """Which of several comparisons show a difference at a family-wise level of 5 % (Holm 1979).

    What has no p shows none and does not count.
    """
    return [p is not None and p <= 1 - LEVEL for p in holm_adjusted(p_values)]


def verdicts(
    ours: Sequence[float], published: Sequence[float], p_values: Sequence[float | None]
) -> list[str | None]:
    """How each of our figures stands to the published one beside it; None where it has no p."""
    told = zip(ours, published, p_values, holm(p_values), strict=True)
    return [
        None if p is None else ALIKE if not differs else ABOVE if own > theirs else BELOW
        for own, theirs, p, differs in told
    ]


def verdicts_note(comparisons: int) -> str:
    """What the verdicts of a table with so many comparisons are."""
    return (
        f"{ABOVE.capitalize()}, {BELOW}: our figure differs from the published one by more than chance, at a "
        f"level of 5 % for all {comparisons} comparisons of the table together (Holm 1979); {ALIKE}: it does "
        "not. Chance is that of our figure and that of the published one, a share of its test texts. Over "
        "seeds, ours does not hold how much other test texts would change: on a fixed test set it is that of "
        f"training and draws alone. {RESAMPLED}"
    )
