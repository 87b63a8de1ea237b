"""What a verdict compares: accuracy or macro-F1, of one classifier and of two on the same texts."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd

from spiketext.attack.metrics import Z95
from spiketext.metrics import ON_DEV
from spiketext.report.estimates import ENDS, RESAMPLES, Estimate, mean_over_seeds, number
from spiketext.report.names import Series, sizes_in_words
from spiketext.report.phrases import with_interval
from spiketext.report.study import Study

Classifier = tuple[Series, int | None]  # a stage, and T
ALIKE = 1e-12  # figures that are no further apart are the same


class Score(ABC):
    """A metric by which choices on dev were made.

    Attributes:
        title: within a sentence.
        dev: its column of a study's accuracies.
        worse: what the lesser of two classifiers is.
        points: unit of a difference.
        notes: what a reader of its intervals must know.
    """

    title: ClassVar[str]
    dev: ClassVar[str]
    worse: ClassVar[str]
    points: ClassVar[str]
    notes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def of(self, study: Study, one: Classifier) -> Estimate:
        """The metric on the test set, with its interval."""

    @abstractmethod
    def difference(self, study: Study, first: Classifier, second: Classifier) -> Estimate:
        """That of the first minus that of the second, with its interval."""

    @abstractmethod
    def reached(self, study: Study, one: Classifier) -> str:
        """The metric in words, as what follows on `which`."""

    @abstractmethod
    def guess(self, study: Study) -> float:
        """That of always guessing the most frequent class."""

    @abstractmethod
    def guessing(self, study: Study) -> str:
        """The same in words."""

    def is_guess(self, study: Study, one: Classifier) -> bool:
        """Whether a classifier is not shown to be better than that; of that guess itself nothing is said."""
        own = self.of(study, one)
        least = own.value if own.low is None else own.low
        return least <= self.guess(study) and not guesses(study, one[0])


class Accuracy(Score):
    """The share of right answers."""

    title, dev = "accuracy", ON_DEV["accuracy"]
    worse, points = "less accurate", "points"

    def of(self, study: Study, one: Classifier) -> Estimate:
        """See `Score`."""
        return study.test_accuracy(*one)

    def difference(self, study: Study, first: Classifier, second: Classifier) -> Estimate:
        """See `Score`."""
        return study.difference(first, second)

    def reached(self, study: Study, one: Classifier) -> str:
        """See `Score`."""
        return f"is right on {with_interval(self.of(study, one))} of {_texts(study)}"

    def guessing(self, study: Study) -> str:
        """See `Score`."""
        return f"is right on {number(100 * self.guess(study), 1)} %"

    def guess(self, study: Study) -> float:
        """See `Score`."""
        return study.majority().value


class MacroF1(Score):
    """The mean of the classes' F1."""

    title, dev = "macro-F1", ON_DEV["macro-f1"]
    worse, points = "worse by macro-F1", "points of macro-F1"
    notes = (
        "Intervals of macro-F1: 95 %, over seeds by the t-distribution, with one seed between percentiles of "
        f"{RESAMPLES:,} bootstrap samples of the test texts, the same for two classifiers that are compared.",
    )

    def of(self, study: Study, one: Classifier) -> Estimate:
        """See `Score`."""
        values = study.curve(one[0], "macro_f1", one[1])
        found = mean_over_seeds(values, self._draw_sd(study, one), study.overlap)
        return self._with_texts(study, found, one).share

    def difference(self, study: Study, first: Classifier, second: Classifier) -> Estimate:
        """See `Score`."""
        own, other = (np.array(study.curve(one[0], "macro_f1", one[1])) for one in (first, second))
        draw_sd = float(np.hypot(self._draw_sd(study, first), self._draw_sd(study, second)))
        found = mean_over_seeds(list(own - other), draw_sd, study.overlap)
        return self._with_texts(study, found, first, second)

    def reached(self, study: Study, one: Classifier) -> str:
        """See `Score`."""
        return f"has a macro-F1 of {with_interval(self.of(study, one))} on {_texts(study)}"

    def guessing(self, study: Study) -> str:
        """See `Score`."""
        return f"has a macro-F1 of {number(100 * self.guess(study), 1)} %"

    def guess(self, study: Study) -> float:
        """See `Score`: a class of a share p of the test texts has a precision of p and a recall of 1."""
        share = study.majority().value
        return 2 * share / (1 + share) / _classes(study)

    def _draw_sd(self, study: Study, one: Classifier) -> float:
        return study.draw_sd(*one, of="macro_f1_draw_sd")

    def _with_texts(self, study: Study, found: Estimate, *some: Classifier) -> Estimate:
        """With one seed, the interval is over texts; of a stochastic code as wide as that of one draw.

        There is none where all samples agree, as those of texts that are all right do.
        """
        texts = [decided(study, one) for one in some]
        known = [one for one in texts if one is not None]
        if len(known) < len(some):
            return found
        label, classes = known[0]["label"].to_numpy(dtype=np.int64), _classes(study)
        f1 = resampled_f1(label, [one["prediction"].to_numpy(dtype=np.int64) for one in known], classes)
        values = f1[:, 0] - f1[:, 1] if len(some) > 1 else f1[:, 0]
        if np.ptp(values[1:]) < ALIKE:
            return found
        below, above = (
            math.hypot(end - values[0], Z95 * found.draw_sd) for end in np.quantile(values[1:], ENDS)
        )
        return replace(found, low=found.value - below, high=found.value + above)


SCORES: Mapping[str, Score] = {"accuracy": Accuracy(), "macro-f1": MacroF1()}


def decided(study: Study, one: Classifier) -> pd.DataFrame | None:
    """What a stage said of each text with the one seed; None with several or at another T."""
    series, steps = one
    known = study.of("correct", series)
    told = len(known) and len(study.seeds()) == 1 and steps == study.detailed_steps(series)
    return known if told else None


def score_of(study: Study) -> Score:
    """That of the study's `metric`."""
    return SCORES[study.names.metric]


def guesses(study: Study, series: Series) -> bool:
    """Whether a stage does nothing, as it always guesses the most frequent class."""
    return len(study.energy) > 0 and study.of("energy", series).empty


def resampled_f1(label: np.ndarray, predictions: Sequence[np.ndarray], classes: int) -> np.ndarray:
    """Macro-F1 on the texts, and on bootstrap samples of them.

    Args:
        label: `[N]`.
        predictions: `[N]` of each classifier, on the same texts.
        classes: number of classes.

    Returns:
        `[1 + RESAMPLES, classifiers]`, that of the texts themselves first.
    """
    # Texts that are alike to all classifiers are drawn together, so that a sample is as large as their kinds.
    kinds, counts = np.unique(np.stack([label, *predictions], 1), axis=0, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(label), counts / len(label), RESAMPLES)
    samples = np.concatenate([counts[None], drawn])
    own, *chosen = (column[:, None] == np.arange(classes) for column in kinds.T)
    found = [2 * (samples @ (own & one)) / np.maximum(samples @ (own + 1 * one), 1) for one in chosen]
    return np.stack([f1.mean(1) for f1 in found], 1)


def _classes(study: Study) -> int:
    return int(study.confusion["true"].nunique())


def _texts(study: Study) -> str:
    return f"{sizes_in_words(study.test_sizes())} test texts"
