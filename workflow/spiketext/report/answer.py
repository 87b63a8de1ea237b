"""The answer first: which classifier wins on a data set, and whether a spiking one pays."""

from __future__ import annotations

from spiketext.attack.metrics import HEADLINE
from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Table
from spiketext.report.energy.readings import ratio_of
from spiketext.report.estimates import mean_over_seeds, number, proportion, significant
from spiketext.report.names import in_mode, recipe_title, sizes_in_words
from spiketext.report.outcome import (
    SKIPPED,
    TIE,
    Outcome,
    best_on_dev,
    classifiers,
    compared,
    costs,
    is_better,
    least_energies,
    on_dev,
    phrase,
    recalls,
    spiking,
)
from spiketext.report.phrases import distance, sentence
from spiketext.report.scores import Classifier, score_of
from spiketext.report.study import Study, held
from spiketext.report.tables import NONE, interval_note
from spiketext.report.verdicts import MARGIN_TEXT

NAMED = 4  # classifiers that a sentence lists
HARDLY = 0.1  # a class of which no larger share of texts is found is said to be hardly ever found


def headline(study: Study) -> str:
    """Whether a spiking classifier pays, in one sentence."""
    outcome = Outcome.of(study)
    if outcome is None:
        return f"{study.title}: best on dev is {phrase(best_on_dev(study, classifiers(study)))}"
    if outcome.cheaper is not None:
        said = "no spiking network is shown to pay"
    elif outcome.pays:
        said = "a spiking network pays"
    elif outcome.inferior_to():
        said = f"a spiking network saves energy, but is {score_of(study).worse}"
    else:
        said = f"a spiking network saves energy; whether it is {score_of(study).worse} is undecided"
    return f"{study.title}: {said}"


def verdict(study: Study) -> list[str]:
    """Which classifier wins, whether the best spiking one pays, who only guesses, classes not found."""
    some = classifiers(study)
    best = best_on_dev(study, some)
    return [
        _winner(study, best, [one for one in some if one != best]),
        *_pays(study),
        *_guesses(study, some),
        *_missed(study),
    ]


def _winner(study: Study, best: Classifier, others: list[Classifier]) -> str:
    """The best on dev, and which of the others the test texts do not tell from it, or show to be better."""
    score = score_of(study)
    level = [one for one in others if on_dev(study, one) == on_dev(study, best)]
    tie = f" (level with {_listed(level)} at no less energy)" if level else ""
    said = f"Best on dev, which alone chooses, is {phrase(best)}{tie}: it {score.reached(study, best)}."
    gaps = {one: score.difference(study, one, best).for_all(len(others)) for one in others}
    better = [one for one, gap in gaps.items() if is_better(gap)]
    alike = [one for one, gap in gaps.items() if one not in better and (gap.high is None or gap.high >= 0)]
    together = f" (of {len(others)} comparisons together)" if len(others) > 1 else ""
    if better:
        ones = "better ones" if len(better) > 1 else "a better one"
        said += f" The test set shows {ones}{together}: {_listed(better)}."
    if alike:
        said += f" The test set does not tell it from {_listed(alike)}; more texts or seeds might."
    if others and not better and not alike:
        said += f" All others are {score.worse}."
    return said


def _listed(some: list[Classifier]) -> str:
    """Their names; of many the first ones, as the table beneath has all."""
    names = list(map(phrase, some))
    if len(names) > NAMED:
        names[NAMED - 1 :] = [f"{len(names) - NAMED + 1} more"]
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _needs(study: Study, one: Classifier, other: Classifier) -> str:
    """The energy of a classifier beside that of another."""
    own = least_energies(study, one)
    ratio = ratio_of(own, least_energies(study, other))
    if ratio is None:
        return "needs energy, where that one needs none" if own else "needs no energy"
    if abs(ratio.value - 1) < TIE:
        return "needs about as much energy"
    if ratio.value > 1:
        return f"needs {significant(ratio.value)} times its energy"
    return f"needs {significant(1 / ratio.value)} times less energy"


def _pays(study: Study) -> list[str]:
    """A spiking classifier against those that do not spike, first the best of them by dev."""
    outcome = Outcome.of(study)
    if outcome is None:
        return []
    own, rival = outcome.own, outcome.rival
    best = best_on_dev(study, spiking(study))
    of = "the spiking networks"
    if own != best:
        of += f" that nothing cheaper may match (of {len(spiking(study))} comparisons together)"
    return [
        f"Of {of} the best on dev is {phrase(own)}. On test it is {distance(outcome.gaps[rival])} "
        f"{phrase(rival)}, the best on dev without spikes, and {_needs(study, own, rival)} "
        f"({_priced(study)}, {SKIPPED}; {STATEMENT}). {_conclusion(study, outcome)}"
    ]


def _conclusion(study: Study, outcome: Outcome) -> str:
    """Whether it pays: nothing that needs less energy may match it, and it is inferior to none."""
    worse, cheaper = score_of(study).worse, outcome.cheaper
    if cheaper is not None:
        comparisons, gap = len(spiking(study)), outcome.gaps[cheaper]
        nor = " Others that spike fare alike." if comparisons > 1 else ""
        # Where one comparison alone would show it, the interval is that of all of them.
        together, shown = "", gap
        if is_better(gap):
            together, shown = f" in {comparisons} comparisons together", gap.for_all(comparisons)
        if cheaper == outcome.rival:
            return f"It is not shown to pay here: that one is not shown to be {worse}{together}.{nor}"
        return (
            f"It is not shown to pay here: {phrase(cheaper)} {_needs(study, cheaper, outcome.own)} and is "
            f"not shown to be {worse}{together} (the spiking network is {distance(shown)} it).{nor}"
        )
    if outcome.pays:
        return f"It pays: what needs less energy is {worse}, and it is inferior to none ({MARGIN_TEXT})."
    if inferior := outcome.inferior_to():
        return (
            f"What needs less energy is {worse}, but it is inferior to {_listed(inferior)} ({MARGIN_TEXT})."
        )
    return (
        f"What needs less energy is {worse}; whether it is inferior to {_listed(outcome.undecided())} is "
        f"undecided ({MARGIN_TEXT})."
    )


def _priced(study: Study) -> str:
    return f"{study.names.cost_title(study.cost_table)}, {study.names.pricing(study.cost_table)}"


def _guesses(study: Study, some: list[Classifier]) -> list[str]:
    """Who is not shown to be better than the most frequent class; that of the table is not told again."""
    score = score_of(study)
    reached = [phrase(one) for one in some if score.is_guess(study, one)]
    if not reached:
        return []
    return [
        f"Always guessing the most frequent class {score.guessing(study)}; not shown to be better than that: "
        f"{', '.join(reached)}."
    ]


def _missed(study: Study) -> list[str]:
    """Classes that the classifiers of `compared` hardly ever find."""
    said = []
    for one in compared(study):
        hardly = []
        for name, own in recalls(study, one).groupby("true", sort=False):
            texts, found = own["n"].sum(), float((own["n"] * own["found"]).sum())
            if texts and found <= HARDLY * texts:
                hardly.append(f"{name} ({number(100 * found / texts, 1)} % of its test texts)")
        if hardly:
            said.append(f"{phrase(one)} hardly ever finds {', '.join(hardly)}")
    if not said:
        return []
    return [f"{sentence('; '.join(said))}. {_advice(study)}"]


def _advice(study: Study) -> str:
    """What a study has not tried of what helps rare classes."""
    untried = [
        *(["class_weights: balanced (in the data set)"] if study.dataset not in study.names.weighted else []),
        *(["metric: macro-f1"] if study.names.metric != "macro-f1" else []),
    ]
    if untried:
        return f"For such data write {' and '.join(untried)} into the study's YAML file."
    return "Classes are weighted and macro-F1 chooses already: more texts of such a class may help."


def recall_table(study: Study) -> Table:
    """One row a class: how many of its texts the best classifier finds, and the best spiking one."""
    shown = compared(study)
    found = [recalls(study, one) for one in shown]
    rows = []
    for name in found[0].index.unique("true"):
        sizes = list(found[0].loc[name, "n"])
        cells = [
            proportion(list(one.loc[name, "found"]), sizes, overlap=study.overlap).text()
            if all(sizes)
            else NONE
            for one in found
        ]
        rows.append([str(name), sizes_in_words(sorted(set(sizes))), *cells])
    columns = ["class", "test texts", *(f"found by {phrase(one)}, %" for one in shown)]
    notes = [
        f"{interval_note(study)} Found (recall): the share of a class's texts that are said to be of it, by "
        "the best classifier on dev and the best spiking one there."
    ]
    if any(study.draws(one[0]) > 1 for one in shown):
        notes.append("Of a stochastic code: the first of its draws.")
    return Table(f"Which classes are found on {study.title}", columns, rows, 1, notes)


def brief_table(study: Study) -> Table:
    """One row a classifier: the last stage of each method."""
    some, score = classifiers(study), score_of(study)
    best, rows = best_on_dev(study, some), []
    attacked = _attacked(study)
    for one in some:
        series, steps = one
        dnn = study.dnn_of(series)
        gap = score.difference(study, one, (dnn, None)).text() if series != dnn else NONE
        to_best = NONE if one == best else score.difference(study, one, best).text()
        dense, ratio = study.energies(*one), study.energy_ratio(*one)
        cells = [
            study.test_accuracy(*one).text(),
            mean_over_seeds(study.curve(series, "macro_f1", steps), overlap=study.overlap).share.text(),
            gap,
            to_best,
            significant(mean_over_seeds(dense).value) if dense else NONE,
            significant(costs(study, one)) if dense else NONE,
            NONE if ratio is None else significant(1 / ratio.value),
            *([attacked.get((series.method, series.stage), NONE)] if attacked else []),
        ]
        rows.append([series.at(steps), *cells])
    sizes = sizes_in_words(study.test_sizes())
    columns = [
        "classifier", f"test accuracy, % of {sizes} texts", "macro-F1, %", f"minus its DNN, {score.points}",
        f"minus the best on dev, {score.points}", "energy a text, µJ", f"with {SKIPPED}, µJ",
        "times less than its DNN",
        *([f"{HEADLINE} of words changed by the worst attack, %"] if attacked else []),
    ]  # fmt: skip
    notes = [
        interval_note(study),
        f"The last stage of each method. Best on dev: by mean {score.title} there, so that the test set "
        "chooses nothing. The DNN of a spiking network is the one that it was made from, which has no row "
        "here (the tables of accuracy have it); a classifier that is fitted at once or trained directly is "
        "compared with the first DNN.",
        f"Energy: {_priced(study)}; {STATEMENT}. With {SKIPPED}: of what does not spike too, where testing "
        "each value saves more than it costs. The answer compares these energies, and a spiking network also "
        "with the DNN that it was made from.",
        *score.notes,
    ]
    if attacked:
        notes.append(
            "The worst attack is the recipe that leaves the least accuracy on the attacked texts if it may "
            f"change {HEADLINE} of a text's words, one at least."
        )
    return Table(f"The classifiers on {study.title}", columns, rows, 1, notes)


def _attacked(study: Study) -> dict[tuple[str, str], str]:
    """By method and stage, the accuracy that the worst recipe leaves under `HEADLINE`, and which it is."""
    found: dict[tuple[str, str], tuple[float, str]] = {}
    for recipe, series, mode, rows in study.hardest():
        after = held(rows, overlap=study.overlap)
        said = f"{after.text()} ({in_mode(recipe_title(recipe), mode)})"
        place = (series.method, series.stage)
        found[place] = min(found.get(place, (2.0, "")), (after.value, said))
    return {place: said for place, (_, said) in found.items()}
