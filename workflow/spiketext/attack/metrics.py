"""What an attack did, in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from statistics import fmean
from typing import Any

Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution

SUCCESSFUL, FAILED, SKIPPED = "successful", "failed", "skipped"
# Words of a text of n that may change: a share is rounded down, but one word always may.
BUDGETS: dict[str, Callable[[int], float]] = {
    "1 word": lambda n: 1,
    "2 words": lambda n: 2,
    "5 %": lambda n: max(1, n * 5 // 100),
    "10 %": lambda n: max(1, n * 10 // 100),
    "20 %": lambda n: max(1, n * 20 // 100),
    "unlimited": lambda n: math.inf,
}
HEADLINE = "10 %"
QUERIES = (10, 30, 100, 300, 1000)
WIDEST = 0.2  # the share of words up to which the area counts
REDUCED = "reduced"  # its class is kept with fewer words
ERROR = "error"  # the search failed on the text: it says nothing about the classifier


def wilson(successes: float, n: float) -> list[float] | None:
    """95 % score interval of a proportion (Wilson 1927); None if there is nothing to count.

    `successes` and `n` are no whole numbers where they are means over draws.
    """
    if n == 0:
        return None
    share, z2 = successes / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At the ends the bound is exactly 0 or 1; rounding must not move it past the share.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return [low, high]


def changed_words(before: Sequence[str], after: Sequence[str]) -> int:
    """How many words of a text an attack has replaced, deleted or split in two, or put between them."""
    if len(before) == len(after):
        return sum(one != other for one, other in zip(before, after, strict=True))
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return sum((i2 - i1) or (j2 - j1) for tag, i1, i2, j1, j2 in steps if tag != "equal")


def within(rows: Sequence[dict[str, Any]], budget: str) -> float | None:
    """Accuracy if an attack may change so many words of a text; None if there are no texts.

    Args:
        rows: of the attack, with `words` (of the text), `changed` (how many of them it changed), `right` and
            `held` (shares of draws in which it is classified rightly before and after; 0 or 1 where nothing
            is drawn), and of a victim that draws anew its `steps`.
        budget: one of `BUDGETS`.

    A text counts as held in the last step that the attack could afford, whether or not it took that for a
    success: of a victim that draws nothing, a search that failed has left the class as it was. A greedy
    search goes the same way under any budget, so that its result under a budget is what it had done by then;
    other searches may do better under a budget than is told here.
    """
    return _left(rows, lambda row, step: step["changed"] <= BUDGETS[budget](row["words"]))


def within_queries(rows: Sequence[dict[str, Any]], most: int) -> float | None:
    """Accuracy if an attack may have at most so many texts scored; None if there are no texts."""
    return _left(rows, lambda row, step: step["queries"] <= most)


def area(rows: Sequence[dict[str, Any]]) -> float | None:
    """Mean accuracy over all shares of changed words up to `WIDEST`, the area under the curve.

    A text counts as right before the attack up to the share of the first step, as held in each from there on.
    """
    found = []
    for row in rows:
        bound, summed = WIDEST, 0.0
        for step in reversed(steps_of(row)):
            share = min(bound, step["changed"] / max(1, row["words"]))
            summed, bound = summed + step["held"] * (bound - share), share
        found.append((summed + row["right"] * bound) / WIDEST)
    return fmean(found) if found else None


def steps_of(row: Mapping[Any, Any]) -> Sequence[Mapping[str, Any]]:
    """What a search had in hand, in order: `changed`, `queries`, `held`.

    Of a victim that draws nothing only the end is known, and only the end may have another class.
    """
    steps = row.get("steps")
    return [row] if steps is None or isinstance(steps, float) else steps  # a table has NaN for none


def _left(
    rows: Sequence[dict[str, Any]], afforded: Callable[[dict[str, Any], Mapping[str, Any]], bool]
) -> float | None:
    """Accuracy if the attack went no further than it could afford."""
    left = []
    for row in rows:
        held = [step["held"] for step in steps_of(row) if afforded(row, step)]
        left.append(held[-1] if held else row["right"])
    return sum(left) / len(left) if left else None


def without_errors(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The rows of texts on which the search did not fail, and the number of the others."""
    kept = [row for row in rows if row["result"] != ERROR]
    return kept, len(rows) - len(kept)


def summarise(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Accuracies before and after, under budgets of words and of queries, success rate and what it took.

    Intervals are 95 % Wilson intervals. Texts that are misclassified to begin with are skipped; success rate,
    queries and the share of changed words are over the others (the last over those that fell), and None if
    there are none. Those on which the search failed count as `errors` only.

    Of a victim that draws anew accuracies are means over the scoring draws, and the success rate is the share
    of what was right that no longer is, so that what wavers by itself is no success; `claimed_rate` counts as
    the search does.
    """
    rows, errors = without_errors(rows)
    count = {kind: sum(row["result"] == kind for row in rows) for kind in (SUCCESSFUL, FAILED, SKIPPED)}
    n, attacked = len(rows), count[SUCCESSFUL] + count[FAILED]
    fallen = [row for row in rows if row["result"] == SUCCESSFUL]
    before, after = (sum(row[name] for row in rows) for name in ("right", "held"))
    changed = [row["changed"] / max(1, row["words"]) for row in fallen]
    queries = [row["queries"] for row in rows if row["result"] != SKIPPED]
    return {
        "n": n,
        "clean_accuracy": before / n if n else None,
        "clean_accuracy_interval": wilson(before, n),
        "after_attack_accuracy": after / n if n else None,
        "after_attack_accuracy_interval": wilson(after, n),
        # A victim that draws anew may be right more often after the search.
        "success_rate": max(0.0, before - after) / before if before else None,
        "success_rate_interval": wilson(max(0.0, before - after), before),
        "claimed_rate": count[SUCCESSFUL] / attacked if attacked else None,
        "mean_queries": sum(queries) / attacked if attacked else None,
        "mean_changed": fmean(changed) if changed else None,
        "area": area(rows),
        "budgets": {budget: within(rows, budget) for budget in BUDGETS},
        "queries": {str(most): within_queries(rows, most) for most in QUERIES},
        "errors": errors,
    }


def summarise_reduction(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Accuracy, share of the words that suffice for the class, and queries.

    The last two are means over the sentences that are classified rightly and have words, None if there
    are none. There is no accuracy after the attack, which keeps the class. Errors as in `summarise`.
    """
    rows, errors = without_errors(rows)
    right = [row for row in rows if row["before"] == row["label"]]
    worded = [row for row in right if row["words"]]
    n, attacked = len(rows), len(worded)
    left = sum(row["words_left"] / row["words"] for row in worded)
    return {
        "n": n,
        "clean_accuracy": len(right) / n if n else None,
        "clean_accuracy_interval": wilson(len(right), n),
        "share_left": left / attacked if attacked else None,
        "mean_queries": sum(row["queries"] for row in worded) / attacked if attacked else None,
        "errors": errors,
    }


# By the goal of a recipe.
SUMMARIES = {"misclassify": summarise, "shorten": summarise_reduction}
