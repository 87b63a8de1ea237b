"""The best spiking classifier of a study, and those that it has to be better or cheaper than."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spiketext.report.energies import ratio_of
from spiketext.report.estimates import Estimate, mean_over_seeds
from spiketext.report.scores import Classifier, score_of
from spiketext.report.study import Study


def classifiers(study: Study) -> list[Classifier]:
    """The last stage of each method, at the T of its detailed figures."""
    last = {series.method: series for series in study.series()}
    return [(series, study.detailed_steps(series)) for series in last.values()]


def best_on_dev(study: Study, some: list[Classifier]) -> Classifier:
    """The one with the best mean on dev of the study's metric; of equals the one of the least energy."""

    def merit(one: Classifier) -> tuple[float, float]:
        reached = mean_over_seeds(study.curve(one[0], score_of(study).dev, one[1])).value
        return reached, -costs(study, one)

    return max(some, key=merit)


@dataclass(frozen=True)
class Outcome:
    """How the best spiking classifier stands to those that do not spike.

    Attributes:
        own: the best on dev of those that spike.
        rival: the best on dev of those that do not.
        gap: score of `own` minus that of `rival`, on the test texts.
        ratio: energy of `own` in those of `rival`; None: not estimated.
        cheaper: the best on dev of those that need less energy than `own` and are not shown to be worse.
    """

    own: Classifier
    rival: Classifier
    gap: Estimate
    ratio: Estimate | None
    cheaper: Classifier | None

    @classmethod
    def of(cls, study: Study) -> Outcome | None:
        """That of a study; None where only one of the two kinds is in it."""
        some, score = classifiers(study), score_of(study)
        spiking = [one for one in some if one[0].spiking]
        rivals = [one for one in some if not one[0].spiking]
        if not spiking or not rivals:
            return None
        own, rival = best_on_dev(study, spiking), best_on_dev(study, rivals)
        less = [one for one in rivals if costs(study, one) < costs(study, own)]
        as_good = [one for one in less if not is_better(score.difference(study, own, one))]
        return cls(
            own,
            rival,
            score.difference(study, own, rival),
            ratio_of(study.energies(*own), study.energies(*rival)),
            best_on_dev(study, as_good) if as_good else None,
        )


def costs(study: Study, one: Classifier) -> float:
    """Energy of a text, µJ; 0 of a classifier that does nothing."""
    spent = study.energies(*one)
    return mean_over_seeds(spent).value if spent else 0.0


def is_better(gap: Estimate) -> bool:
    """Whether a difference is shown to be above 0; with no interval, whether it is."""
    return (gap.value if gap.low is None else gap.low) > 0


def compared(study: Study) -> list[Classifier]:
    """The best on dev, and the best spiking one if it is another."""
    some = classifiers(study)
    spiking = [one for one in some if one[0].spiking]
    best = [best_on_dev(study, group) for group in (some, spiking) if group]
    return list(dict.fromkeys(best))


def recalls(study: Study, one: Classifier) -> pd.DataFrame:
    """By class and seed: test texts (`n`), and the share of them that is `found`; missing of no texts."""
    confusion = study.of("confusion", one[0])
    sizes = confusion.groupby(["true", "seed"], sort=False)["texts"].sum()
    right = confusion[confusion["true"] == confusion["predicted"]].set_index(["true", "seed"])["texts"]
    return pd.DataFrame({"n": sizes, "found": right / sizes.where(sizes > 0)})


def phrase(one: Classifier) -> str:
    """Within a sentence."""
    series, steps = one
    return series.phrase if steps is None else f"{series.phrase} at T = {steps}"
