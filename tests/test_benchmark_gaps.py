"""The mean difference that the benchmarks of bars print."""

import math

import pandas as pd
import pytest
from scipy import stats

from benchmarks.gaps import in_points, mean_gap


def test_the_interval_is_wider_where_each_seed_draws_a_test_set():
    """SST-2's is fixed, MR's is drawn; a seed that lacks one of both is left out."""
    rows = [("sst2", 1, 1.0), ("sst2", 2, 3.0), ("mr_full", 1, 0.0), ("mr_full", 2, 4.0), ("sst2", 3, 99.0)]
    found = pd.DataFrame(rows, columns=["dataset", "seed", "gap"])
    gap = mean_gap(found, "gap", "lossless.yaml")
    assert gap.value == pytest.approx(2.0)
    # Within seeds 0.5 and 3.5: variance 4.5. MR's own is 8, of which 0.1 / (0.9 * 0.9) is shared.
    error = math.sqrt(4.5 / 2 + 8 * 0.1 / 0.81 / 4)
    half = stats.t.ppf(0.975, 1) * error
    assert (gap.low, gap.high) == pytest.approx((2 - half, 2 + half))
    assert in_points(gap, 1) == f"+2.0 points [{2 - half:+.1f}, {2 + half:+.1f}]"


def test_one_seed_has_no_interval():
    found = pd.DataFrame({"dataset": ["sst2"], "seed": [1], "gap": [-0.25]})
    assert in_points(mean_gap(found, "gap", "lossless.yaml"), 2) == "-0.25 points"
