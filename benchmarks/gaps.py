"""Mean differences of paired networks over data sets, with the interval that the report gives them."""

from pathlib import Path

import pandas as pd

from spiketext.config.files import read_yaml
from spiketext.config.load import load_config
from spiketext.report.estimates import Estimate, mean_over_datasets, mean_over_seeds
from spiketext.report.names import names_of, used_settings

CONFIG = Path(__file__).parents[1] / "config"


def mean_gap(found: pd.DataFrame, column: str, study: str) -> Estimate:
    """Mean over data sets within each seed that all of them have, then over seeds.

    Args:
        found: a row for each data set and seed, with the columns `dataset` and `seed`.
        column: the differences.
        study: file in config/ that defines the data sets: which of them draw a test set for each seed, so
            that the interval is widened (Nadeau and Bengio 2003).

    Raises:
        ValueError: there are no rows, or no seed has all data sets.
    """
    path = CONFIG / study
    overlaps = names_of(used_settings(load_config(read_yaml(path), [path]))).overlaps
    by_seed = found.pivot(index="seed", columns="dataset", values=column).dropna()
    return mean_over_datasets(
        [mean_over_seeds(by_seed[name].tolist(), overlap=overlaps[name]) for name in by_seed.columns]
    )


def in_points(gap: Estimate, digits: int) -> str:
    """A difference that is in points, and its interval."""
    interval = "" if gap.low is None else f" [{gap.low:+.{digits}f}, {gap.high:+.{digits}f}]"
    return f"{gap.value:+.{digits}f} points{interval}"
