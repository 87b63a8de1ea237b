"""The best spiking classifier of a study, and those that it has to be better or cheaper than."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from spiketext.report.energy.readings import SKIPPING
from spiketext.report.estimates import Estimate, mean_over_seeds
from spiketext.report.names import Series
from spiketext.report.scores import Classifier, score_of
from spiketext.report.study import Study
from spiketext.report.verdicts import INFERIOR, UNDECIDED, standing

SKIPPED = "zeros skipped"  # as `costs` has them, within a sentence
TIE = 0.005  # energies that are no further apart, as a share, are equal in three digits


def classifiers(study: Study) -> list[Classifier]:
    """The last stage of each method, at the T of its detailed figures."""
    last = {series.method: series for series in _fair(study)}
    return [(series, study.detailed_steps(series)) for series in last.values()]


def _fair(study: Study) -> list[Series]:
    """All stages; where there are others, none of a method of which an epoch was chosen on test."""
    every = study.series()
    fair = [series for series in every if series.method not in study.names.chosen_on_test]
    return fair or every


def spiking(study: Study) -> list[Classifier]:
    """Those of `classifiers` that spike."""
    return [one for one in classifiers(study) if one[0].spiking]


def not_spiking(study: Study) -> list[Classifier]:
    """Those of `classifiers` that do not spike, then the DNNs that spiking networks were made from.

    A conversion without loss has its quantised DNN for a rival: it answers alike.
    """
    last = [one for one in classifiers(study) if not one[0].spiking]
    dnns: list[Classifier] = [(one, None) for one in _fair(study) if one.is_dnn]
    return list(dict.fromkeys([*last, *dnns]))


def best_on_dev(study: Study, some: list[Classifier]) -> Classifier:
    """The one with the best mean on dev of the study's metric; of equals the one of the least energy."""

    return max(some, key=lambda one: (on_dev(study, one), -costs(study, one)))


def on_dev(study: Study, one: Classifier) -> float:
    """The mean over seeds of the study's metric on dev, so rounded that equal means are equal."""
    return round(mean_over_seeds(study.curve(one[0], score_of(study).dev, one[1])).value, 9)


@dataclass(frozen=True)
class Outcome:
    """How a spiking classifier stands to those that do not spike.

    Attributes:
        own: of those that spike and that nothing cheaper may match, the best on dev; where there is none, the
            best on dev of all that spike. As the test set says which these are, what is cheaper must be
            shown to be worse for all spiking networks together (Bonferroni).
        rival: the best on dev of those that do not; the DNN of a spiking network where there are no others.
        cheaper: the best on dev of those of `not_spiking` that need no more energy than `own` and are not
            shown to be worse.
        gaps: score of `own` minus that of each of `not_spiking`, on the test texts.
    """

    own: Classifier
    rival: Classifier
    cheaper: Classifier | None
    gaps: Mapping[Classifier, Estimate]

    @classmethod
    def of(cls, study: Study) -> Outcome | None:
        """That of a study; None where only one of the two kinds is in it, or no energy was estimated."""
        some, rivals = spiking(study), not_spiking(study)
        if not some or not rivals or study.energy.empty:
            return None
        found = {own: _outcome(study, own, rivals, len(some)) for own in some}
        unmatched = [own for own, outcome in found.items() if outcome.cheaper is None]
        return found[best_on_dev(study, unmatched or some)]

    @property
    def pays(self) -> bool:
        """Whether nothing cheaper may match it, and it is inferior to none by the margin."""
        return self.cheaper is None and not self.inferior_to() and not self.undecided()

    def inferior_to(self) -> list[Classifier]:
        """Those to which it is inferior; see `verdicts.STANDINGS`."""
        return [one for one, gap in self.gaps.items() if standing(gap) == INFERIOR]

    def undecided(self) -> list[Classifier]:
        """Those to which it may be inferior, or not."""
        return [one for one, gap in self.gaps.items() if standing(gap) in (UNDECIDED, None)]


def _outcome(study: Study, own: Classifier, rivals: list[Classifier], comparisons: int) -> Outcome:
    gaps = {one: score_of(study).difference(study, own, one) for one in rivals}
    as_good = [
        one
        for one, gap in gaps.items()
        if costs(study, one) <= (1 + TIE) * costs(study, own) and not is_better(gap.for_all(comparisons))
    ]
    cheaper = best_on_dev(study, as_good) if as_good else None
    last = [one for one in classifiers(study) if not one[0].spiking]
    return Outcome(own, best_on_dev(study, last or rivals), cheaper, gaps)


def costs(study: Study, one: Classifier) -> float:
    """Energy of a text, µJ; 0 of a classifier that does nothing."""
    found = least_energies(study, one)
    return mean_over_seeds(found).value if found else 0.0


def least_energies(study: Study, one: Classifier) -> list[float]:
    """Energy of a text, µJ, seed by seed, with products with zero left out where that saves any.

    Where no event is, a spiking network does nothing; what does not spike may leave zeros out as well.
    """
    found = [study.energies(*one), study.energies(*one, accounting=SKIPPING)]
    return min((one for one in found if one), key=lambda one: mean_over_seeds(one).value, default=[])


def is_better(gap: Estimate) -> bool:
    """Whether a difference is shown to be above 0; without an interval nothing is shown."""
    return gap.low is not None and gap.low > 0


def compared(study: Study) -> list[Classifier]:
    """The best on dev, and the best spiking one if it is another."""
    groups = classifiers(study), spiking(study)
    best = [best_on_dev(study, group) for group in groups if group]
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
