"""The answer first: which classifier wins on a data set, and whether a spiking one pays."""

from __future__ import annotations

from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Table
from spiketext.report.energies import ratio_of
from spiketext.report.estimates import (
    Estimate,
    mean_over_seeds,
    number,
    proportion,
    significant,
)
from spiketext.report.names import Series, recipe_title, sizes_in_words
from spiketext.report.prose import distance, majority_reached, with_interval
from spiketext.report.study import Study
from spiketext.report.tables import NONE, interval_note
from spiketext.report.verdicts import MARGIN, MARGIN_TEXT

Classifier = tuple[Series, int | None]  # a stage, and T


def classifiers(study: Study) -> list[Classifier]:
    """The last stage of each method, at the T of its detailed figures."""
    last = {series.method: series for series in study.series()}
    return [(series, study.detailed_steps(series)) for series in last.values()]


def best_on_dev(study: Study, some: list[Classifier]) -> Classifier:
    """The one with the best mean accuracy on dev; of equals the one that needs the least energy."""

    def merit(one: Classifier) -> tuple[float, float]:
        accuracy = mean_over_seeds(study.curve(one[0], "dev_accuracy", one[1])).value
        return accuracy, -_costs(study, one)

    return max(some, key=merit)


def verdict(study: Study) -> list[str]:
    """Which classifier wins, whether the best spiking one pays, and what guessing reaches."""
    some = classifiers(study)
    best = best_on_dev(study, some)
    return [
        _winner(study, best, [one for one in some if one != best]),
        *_pays(study, some),
        _guess(study, some),
    ]


def _winner(study: Study, best: Classifier, others: list[Classifier]) -> str:
    reached = with_interval(study.test_accuracy(*best))
    texts = f"{sizes_in_words(study.test_sizes())} test texts"
    said = f"Best on dev is {_phrase(best)}, which is right on {reached} of {texts}"
    if not others:
        return f"{said}."
    second = best_on_dev(study, others)
    return f"{said}: {distance(study.difference(best, second))} the next best there, {_phrase(second)}."


def _pays(study: Study, some: list[Classifier]) -> list[str]:
    """The best spiking classifier against those that do not spike, first the best of them by dev."""
    spiking = [one for one in some if one[0].spiking]
    rivals = [one for one in some if not one[0].spiking]
    if not spiking or not rivals:
        return []
    own, rival = best_on_dev(study, spiking), best_on_dev(study, rivals)
    gap, ratio = study.difference(own, rival), ratio_of(study.energies(*own), study.energies(*rival))
    said = (
        f"Of the spiking networks the best on dev is {_phrase(own)}: {distance(gap)} {_phrase(rival)}, the "
        "best there of those that do not spike"
    )
    if ratio is None:
        return [f"{said}; the energies were not estimated."]
    spent = f"with {significant(ratio.value)} times its energy ({_priced(study)}; {STATEMENT})"
    return [f"{said}, {spent}. {_conclusion(study, own, rivals, gap)}"]


def _conclusion(study: Study, own: Classifier, rivals: list[Classifier], gap: Estimate) -> str:
    """Whether it pays: whoever needs less energy is less accurate, and it is not inferior to the best."""
    cheaper = [one for one in rivals if _costs(study, one) < _costs(study, own)]
    as_good = [one for one in cheaper if not _better(study.difference(own, one))]
    if as_good:
        one = best_on_dev(study, as_good)
        ratio = ratio_of(study.energies(*one), study.energies(*own))
        needs = "no energy" if ratio is None else f"{significant(ratio.value)} times its energy"
        return (
            f"It does not pay on these data: {_phrase(one)} needs {needs} and is not shown to be less "
            f"accurate (the spiking network is {distance(study.difference(own, one))} it)."
        )
    if gap.low is not None and gap.low > -MARGIN:
        return f"It pays: what needs less energy is less accurate, and it is not inferior ({MARGIN_TEXT})."
    if gap.high is not None and gap.high < -MARGIN:
        return f"What needs less energy is less accurate, but it is inferior to the best ({MARGIN_TEXT})."
    return f"What needs less energy is less accurate; whether it is inferior is undecided ({MARGIN_TEXT})."


def _costs(study: Study, one: Classifier) -> float:
    """Energy of a text, µJ; 0 of a classifier that does nothing."""
    spent = study.energies(*one)
    return mean_over_seeds(spent).value if spent else 0.0


def _better(gap: Estimate) -> bool:
    """Whether a difference is shown to be above 0; with no interval, whether it is."""
    return (gap.value if gap.low is None else gap.low) > 0


def _guess(study: Study, some: list[Classifier]) -> str:
    level = f"Always guessing the most frequent class is right on {number(100 * study.majority().value, 1)} %"
    reached = [_phrase(one) for one in some if majority_reached(study, one[0])]
    if not reached:
        return f"{level}; every other classifier is better than that."
    return f"{level}; not shown to be better than guessing: {', '.join(reached)}."


def _priced(study: Study) -> str:
    return f"{study.names.cost_title(study.cost_table)}, {study.names.pricing(study.cost_table)}"


def _phrase(one: Classifier) -> str:
    series, steps = one
    return series.phrase if steps is None else f"{series.phrase} at T = {steps}"


def brief_table(study: Study) -> Table:
    """One row a classifier: the last stage of each method."""
    some = classifiers(study)
    best, rows = best_on_dev(study, some), []
    attacked = _attacked(study)
    for one in some:
        series, steps = one
        gap = study.gap(*one).text() if series != study.dnn_of(series) else NONE
        to_best = NONE if one == best else study.difference(one, best).text()
        spent, ratio = study.energies(*one), study.energy_ratio(*one)
        cells = [
            study.test_accuracy(*one).text(),
            mean_over_seeds(study.curve(series, "macro_f1", steps)).share.text(),
            gap,
            to_best,
            significant(mean_over_seeds(spent).value) if spent else NONE,
            NONE if ratio is None else significant(1 / ratio.value),
            *([attacked.get((series.method, series.stage), NONE)] if attacked else []),
        ]
        rows.append([series.at(steps), *cells])
    sizes = sizes_in_words(study.test_sizes())
    columns = [
        "classifier", f"test accuracy, % of {sizes} texts", "macro-F1, %", "minus its DNN, points",
        "minus the best on dev, points", "energy a text, µJ", "times less than its DNN",
        *(["after the worst attack, %"] if attacked else []),
    ]  # fmt: skip
    notes = [
        interval_note(study),
        "The last stage of each method. Best on dev: by mean accuracy there, so that the test set chooses "
        "nothing. A classifier that is fitted at once or trained directly is compared with the first DNN.",
        f"Energy: {_priced(study)}; {STATEMENT}.",
    ]
    if attacked:
        notes.append("The worst attack is the recipe that leaves the least accuracy on the attacked texts.")
    return Table(f"The classifiers on {study.title}", columns, rows, 1, notes)


def _attacked(study: Study) -> dict[tuple[str, str], str]:
    """By method and stage, the accuracy that the worst recipe leaves, and which it is."""
    found: dict[tuple[str, str], tuple[float, str]] = {}
    for recipe, series, rows in study.attacked():
        after = proportion(list(rows["after_attack_accuracy"]), list(rows["n"]))
        said = f"{after.text()} ({recipe_title(recipe)})"
        place = (series.method, series.stage)
        found[place] = min(found.get(place, (2.0, "")), (after.value, said))
    return {place: said for place, (_, said) in found.items()}
