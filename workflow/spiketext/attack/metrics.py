"""What an attack did, in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Z95 = 1.959963984540054  # 97.5 % quantile of the normal distribution

SUCCESSFUL, FAILED, SKIPPED = "successful", "failed", "skipped"
REDUCED = "reduced"  # its class is kept with fewer words
ERROR = "error"  # the search failed on the text: it says nothing about the classifier


def wilson(successes: float, n: int) -> list[float] | None:
    """95 % score interval of a proportion (Wilson 1927); None if there is nothing to count.

    `successes` of a mean over draws is no whole number.
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


def without_errors(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The rows of texts on which the search did not fail, and the number of the others."""
    kept = [row for row in rows if row["result"] != ERROR]
    return kept, len(rows) - len(kept)


def summarise(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Accuracies before and after, success rate and queries, with 95 % Wilson intervals.

    Sentences that are misclassified to begin with are skipped; success rate and queries are over
    the others, and None if there are none. Those on which the search failed count as `errors` only.
    """
    rows, errors = without_errors(rows)
    count = {kind: sum(row["result"] == kind for row in rows) for kind in (SUCCESSFUL, FAILED, SKIPPED)}
    n, attacked = len(rows), count[SUCCESSFUL] + count[FAILED]
    queries = [row["queries"] for row in rows if row["result"] != SKIPPED]
    return {
        "n": n,
        "clean_accuracy": attacked / n if n else None,
        "clean_accuracy_interval": wilson(attacked, n),
        "after_attack_accuracy": count[FAILED] / n if n else None,
        "after_attack_accuracy_interval": wilson(count[FAILED], n),
        "success_rate": count[SUCCESSFUL] / attacked if attacked else None,
        "success_rate_interval": wilson(count[SUCCESSFUL], attacked),
        "mean_queries": sum(queries) / attacked if attacked else None,
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
