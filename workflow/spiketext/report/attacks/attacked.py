"""What attacks did to single texts, and bootstrap intervals of figures that are sums over them.

`scipy.stats.bootstrap` resamples values of one kind. Here texts belong to seeds, and both are by chance; so
where there are several seeds, seeds are drawn with replacement and then texts within each that was drawn
(Davison and Hinkley 1997, Bootstrap methods and their application, section 3.8). All columns of a text are
drawn together, so that what is compared stays paired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spiketext.attack.metrics import ERROR, HEADLINE, area, within
from spiketext.report.estimates import ENDS, RESAMPLES
from spiketext.report.frames import STAGE
from spiketext.report.names import recipe_title
from spiketext.report.study import Study

ATTACK = [*STAGE, "recipe", "mode"]  # what an attack is known by
Interval = tuple[float | None, float | None]


def judged(texts: pd.DataFrame) -> pd.DataFrame:
    """The texts of attacks (`Study.attack_texts`) with three columns more.

    `clean`: whether it was classified rightly before; `left`: and whether it still is if the attack may
    change `HEADLINE` of its words; `area`: its share of the area under the curve; each the share of the
    draws that score, where spikes are drawn. Nothing counts where the search failed, as `result` says.
    """
    rows: Any = texts.to_dict("records")
    values = {
        "clean": [row["right"] for row in rows],
        "left": [within([row], HEADLINE) for row in rows],
        "area": [area([row]) for row in rows],
    }
    return texts.assign(**{name: np.array(one, dtype=np.float64) for name, one in values.items()})


def stand_ins(attacks: pd.DataFrame) -> list[str]:
    """A note that names the recipes with substitutions; none where there is no such recipe."""
    some = attacks.loc[attacks["substitutions"].map(bool), "recipe"].unique()
    if not len(some):
        return []
    return [
        f"Stand-ins take the place of what {' and '.join(map(recipe_title, some))} would download; the table "
        "of accuracies under attack lists them."
    ]


def similarity(attack: Mapping[Any, Any], budget: str) -> float | None:
    """Mean cosine of the texts that fell within a budget and their originals; None if it is not known."""
    found = attack["similarity"]
    return found.get(budget) if isinstance(found, dict) else None


def resampled(seeds: Sequence[np.ndarray]) -> np.ndarray:
    """Sums over bootstrap samples of texts, and of seeds where there are several.

    Args:
        seeds: for each seed `[texts, columns]`; at least one text each.

    Returns:
        `[RESAMPLES, columns]`.
    """
    generator = np.random.default_rng(0)
    # Texts that are alike are drawn together, so that a sample is as large as their kinds.
    kinds = [np.unique(texts, axis=0, return_counts=True) for texts in seeds]
    sums = np.zeros((RESAMPLES, seeds[0].shape[1]))
    for drawn in generator.integers(len(seeds), size=(len(seeds), RESAMPLES)):
        for place, (texts, counts) in enumerate(kinds):
            here = drawn == place
            size = int(counts.sum())
            sums[here] += generator.multinomial(size, counts / size, int(here.sum())) @ texts
    return sums


def interval(values: np.ndarray) -> Interval:
    """The 95 % percentile interval of a figure of bootstrap samples.

    There is none where all samples give the same value: it would be of zero width, which says more than texts
    that agree by chance can.

    Args:
        values: `[RESAMPLES]`, NaN where a sample has no such figure.
    """
    known = values[~np.isnan(values)]
    if not len(known) or np.ptp(known) < 1e-12:
        return None, None
    low, high = np.quantile(known, ENDS)
    return float(low), float(high)


def with_areas(study: Study) -> pd.DataFrame:
    """The study's attacks with the interval over texts of their area, `area_low` and `area_high`."""
    intervals = {}
    known = study.attack_texts[study.attack_texts["result"] != ERROR]
    for place, texts in judged(known).groupby(ATTACK, sort=False):
        sums = resampled([texts[["area"]].assign(n=1.0).to_numpy(dtype=np.float64)])
        intervals[place] = interval(sums[:, 0] / sums[:, 1])
    places = study.attacks[ATTACK].itertuples(index=False, name=None)
    found = np.array([intervals.get(place, (None, None)) for place in places], dtype=np.float64).reshape(
        -1, 2
    )
    return study.attacks.assign(area_low=found[:, 0], area_high=found[:, 1])
