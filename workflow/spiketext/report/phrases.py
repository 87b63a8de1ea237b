"""Figures within a sentence."""

from spiketext.report.estimates import Estimate, number


def sentence(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]


def percent(value: float) -> str:
    """A share."""
    return f"{number(100 * value, 1)} %"


def with_interval(estimate: Estimate) -> str:
    """An accuracy in words, with its interval."""
    if estimate.low is None or estimate.high is None:
        return percent(estimate.value)
    low, high = (number(100 * end, 1) for end in (estimate.low, estimate.high))
    draws = f"; ± {number(100 * estimate.draw_sd, 1)} from draw to draw" if estimate.draw_sd else ""
    return f"{percent(estimate.value)} (95 % interval {low} to {high}{draws})"


def distance(gap: Estimate) -> str:
    """How far one accuracy lies above or below another, in words."""
    points = number(abs(100 * gap.value), 1)
    ends = ""
    if gap.low is not None and gap.high is not None:
        # Said from the side that the sentence speaks of, so that the interval holds the figure.
        above = gap.value > 0 or points == "0.0"
        low, high = sorted((gap.low, gap.high) if above else (-gap.low, -gap.high))
        ends = f" (95 % interval {number(100 * low, 1)} to {number(100 * high, 1)})"
    if points == "0.0":
        return f"level{ends} with"
    unit = "point" if points == "1.0" else "points"
    return f"{points} {unit}{ends} {'above' if gap.value > 0 else 'below'}"
