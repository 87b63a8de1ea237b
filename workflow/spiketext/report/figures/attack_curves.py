"""The figure of attacks on all data sets: accuracy against the share of a text's words that may change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spiketext.attack.metrics import ERROR, WIDEST, steps_of
from spiketext.report.attacks.attacked import interval, resampled
from spiketext.report.estimates import RESAMPLES
from spiketext.report.figures import style
from spiketext.report.names import Series, recipe_title
from spiketext.report.study import Study
from spiketext.report.summary import contenders

SHARES = np.linspace(0, WIDEST, 41)


def attack_curves(*studies: Study) -> Figure:
    """A panel for each recipe, of means over the data sets that it was run on; at most six classifiers.

    Spiking networks at their last stage come first, then what is no network, then DNNs; of several modes of
    one the hardest.
    """
    attacks = {(*one[:2], study.dataset): one[2] for study in studies for one in study.hardest()}
    recipes = list(dict.fromkeys(recipe for recipe, _, _ in attacks))
    chosen = _chosen(studies[0], {series for _, series, _ in attacks})
    figure, panels = style.grid(len(recipes), 2, 3.4, sharey=True)
    for axes, recipe in zip(panels, recipes, strict=True):
        for series in chosen:
            texts = [
                _texts(study, recipe, series, attacks[recipe, series, study.dataset])
                for study in studies
                if (recipe, series, study.dataset) in attacks
            ]
            if not texts:
                continue
            mean, low, high = 100 * averaged(texts)
            look = style.look(studies[0].names, series)
            line: dict[str, Any] = {
                "linestyle": "-" if series.spiking else "--",
                "markevery": 8,
                "markersize": 4.5,
            }
            axes.plot(100 * SHARES, mean[:-1], label=series.label, **line, **look)
            axes.fill_between(100 * SHARES, low[:-1], high[:-1], color=look["color"], alpha=0.12, linewidth=0)
            bars = np.maximum([[mean[-1] - low[-1]], [high[-1] - mean[-1]]], 0)  # rounding may turn them
            axes.errorbar(100 * (WIDEST + 0.02), mean[-1], yerr=bars, markersize=4.5, capsize=2, **look)
        ticks = [0, 5, 10, 15, 20]
        axes.set_xticks([*ticks, 100 * (WIDEST + 0.02)], [*map(str, ticks), "any"], fontsize=8.5)
        axes.set_ylim(0, 100)
        axes.set_xlabel(f"{recipe_title(recipe)}: words that may change, %")
        style.legend(axes)
    panels[0].set_ylabel("accuracy on the attacked texts, %")
    note = (
        "mean over the data sets of a panel; any: no limit; bands and whiskers: 95 % interval of "
        f"{RESAMPLES:,} bootstrap samples of the texts, and of the seeds where there are several; where a "
        "network was attacked in several modes, the one that leaves the least at 10 %"
    )
    style.frame(figure, "Accuracy under attack on all data sets", note)
    return figure


def _chosen(study: Study, attacked: set[Series]) -> list[Series]:
    """What is drawn: no more than a panel holds."""
    last = study.headline()
    fitted = [one for one in contenders(study) if not one.spiking and not one.is_dnn]
    found = [*last, *fitted, *map(study.dnn_of, last), *contenders(study)]
    return [one for one in dict.fromkeys(found) if one in attacked][: style.MOST_SERIES]


def _texts(study: Study, recipe: str, series: Series, mode: str) -> pd.DataFrame:
    texts = study.attack_texts
    own = (texts["recipe"] == recipe) & (texts["method"] == series.method) & (texts["stage"] == series.stage)
    return texts[own & (texts["mode"] == mode) & (texts["result"] != ERROR)]


def curve(texts: pd.DataFrame) -> np.ndarray:
    """Of each text whether it is right if `SHARES` of its words may change, or all: `[n, S + 1]`."""
    words = texts[["words"]].to_numpy()
    left = np.repeat(texts[["right"]].to_numpy(dtype=np.float64), len(SHARES) + 1, axis=1)
    # As the budgets of `attack.metrics`: a share is rounded down, but one word always may change.
    limits = np.where(np.array(SHARES) > 0, np.maximum(1, np.floor(words * np.array(SHARES) + 1e-9)), 0)
    limits = np.concatenate([limits, np.full((len(words), 1), np.inf)], axis=1)
    for own, limit, row in zip(left, limits, texts.to_dict("records"), strict=True):
        for step in steps_of(row):
            own[step["changed"] <= limit] = step["held"]
    return left


def averaged(texts: Sequence[pd.DataFrame]) -> np.ndarray:
    """The mean over data sets of `curve`, and both ends of its interval: `[3, S + 1]`."""
    means, samples = [], []
    for own in texts:
        values = curve(own)
        counted = np.concatenate([values, np.ones((len(values), 1))], axis=1)
        sums = resampled([counted[(own["seed"] == seed).to_numpy()] for seed in own["seed"].unique()])
        means.append(values.mean(0))
        samples.append(sums[:, :-1] / sums[:, -1:])
    mean = np.mean(means, 0)
    ends = [interval(values) for values in np.mean(samples, 0).T]
    low, high = (
        [value if end[side] is None else end[side] for value, end in zip(mean, ends, strict=True)]
        for side in (0, 1)
    )
    return np.array([mean, low, high], dtype=np.float64)
