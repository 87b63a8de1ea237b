"""Sentences made from the figures: what was found, said plainly, and what a reader must know beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spiketext.attack.metrics import HEADLINE
from spiketext.config.stages import STAGES
from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Report
from spiketext.report.energy.readings import tabulated_ratio
from spiketext.report.energy.tables import RIVAL
from spiketext.report.estimates import mean_over_seeds, proportion, significant
from spiketext.report.names import Series, in_mode, recipe_title, sizes_in_words
from spiketext.report.phrases import distance, percent, sentence, with_interval
from spiketext.report.scores import guesses, score_of
from spiketext.report.study import Study, held
from spiketext.report.verdicts import MARGIN_TEXT, standing


def summary(study: Study) -> list[str]:
    """What was found on one data set: accuracy and energy of each spiking method, baselines, attacks."""
    spiking = study.headline()
    said = []
    for series in spiking:
        said += [_accuracy(study, series), _energy(study, series)]
    if not spiking:
        said.append("No spiking method was run.")
    return [*said, _baseline(study), *caveats(study), *_attacks(study)]


def _baseline(study: Study) -> str:
    """What does not spike, and the level of guessing where none of it is that guess itself."""
    plain = [series for series in study.series() if not series.spiking_method]
    levels = [f"{series.phrase} {percent(study.test_accuracy(series, None).value)}" for series in plain]
    if not any(guesses(study, series) for series in plain):
        levels.append(f"always guessing the most frequent class {percent(study.majority().value)}")
    texts = f"{sizes_in_words(study.test_sizes())} test texts ({study.seeds_in_words})"
    return f"Share of {texts} on which others are right: {', '.join(levels)}."


def _accuracy(study: Study, series: Series) -> str:
    """Accuracy of a spiking stage and its distance from its DNN."""
    steps = study.detailed_steps(series)
    dnn = study.dnn_of(series)
    own = study.test_accuracy(dnn, None)
    gap = study.gap(series, steps)
    reached = with_interval(study.test_accuracy(series, steps))
    texts = f"of {sizes_in_words(study.test_sizes())} test texts at T = {steps}"
    told = standing(gap)
    verdict = f"; {told} ({MARGIN_TEXT})" if told else ""
    return (
        f"{sentence(series.phrase)} is right on {reached} {texts}: {distance(gap)} "
        f"{dnn.phrase} ({percent(own.value)}){verdict}."
    )


def _energy(study: Study, series: Series) -> str:
    """Energy against the DNN, said plainly where it is more."""
    steps = study.detailed_steps(series)
    ratio = study.energy_ratio(series, steps)
    if ratio is None:
        return f"The energy of {series.title} was not estimated."
    found = study.energies(series, steps), study.energies(study.reference_of(series), None)
    own, dnn = (mean_over_seeds(energies).value for energies in found)
    figures = f"{significant(own)} µJ a text against {significant(dnn)} µJ; {STATEMENT}"
    names = study.names
    under = f"Under {names.cost_title(names.cost_table)} ({names.pricing(names.cost_table)}) it"
    if ratio.value < 1:
        said = f"{under} needs {significant(ratio.value)} times the energy of {RIVAL} ({figures})."
    else:
        said = (
            f"{under} costs more energy than {RIVAL}: {significant(ratio.value)} times as much ({figures}). "
            + _break_even(study, series)
        )
    rest = [*_cost_tables(study, series), *_tabulated(study, series), *_binary(study, series)]
    return " ".join([said, *rest])


def _tabulated(study: Study, series: Series) -> list[str]:
    """The same DNN, and the network itself, with a first layer that is read from a table."""
    steps = study.detailed_steps(series)
    ratio = tabulated_ratio(study, series, steps, series.accounting)
    if ratio is None:
        return []
    said = (
        "Against that DNN with its first layer read from a table of each word's products the spiking network "
        f"needs {significant(ratio.value)} times the energy"
    )
    alike = tabulated_ratio(study, series, steps, "tabulated")
    table_too = "" if alike is None else f"; with such a table of its own, {significant(alike.value)} times"
    return [f"{said}{table_too}."]


def _binary(study: Study, series: Series) -> list[str]:
    """At one step a network of spikes is a network of binary activations."""
    if study.detailed_steps(series) != 1 or "input" not in set(study.of("layers", series)["layer"]):
        return []
    return ["At T = 1 each activation is a spike or none, so that it is also a binary network."]


def _cost_tables(study: Study, series: Series) -> list[str]:
    """The same under the other cost tables, by what they price; of several that price alike the extremes."""
    steps, names = study.detailed_steps(series), study.names
    by_pricing: dict[str, list[float]] = {}
    for table in names.cost_tables:
        ratio = study.energy_ratio(series, steps, table)
        if table != names.cost_table and ratio is not None:
            by_pricing.setdefault(names.pricing(table), []).append(ratio.value)
    said = [f"{pricing}: {_extremes(ratios)}" for pricing, ratios in by_pricing.items()]
    return [f"Against the same DNN under other cost tables: {'; '.join(said)}."] if said else []


def _extremes(ratios: Sequence[float]) -> str:
    least, most = significant(min(ratios)), significant(max(ratios))
    return f"{least} times" if least == most else f"{least} to {most} times ({len(ratios)} tables)"


def _break_even(study: Study, series: Series) -> str:
    """The largest reported T at which the stage needs less energy than its DNN."""
    cheap: list[int] = []
    for steps in study.energy_steps(series):
        ratio = study.energy_ratio(series, steps)
        if steps is not None and ratio is not None and ratio.value < 1:
            cheap.append(steps)
    if not cheap:
        return "At no T reported here does it need less."
    best = max(cheap)
    accuracy = percent(study.test_accuracy(series, best).value)
    return f"The largest T reported at which it needs less is {best}, with an accuracy of {accuracy}."


def _attacks(study: Study) -> list[str]:
    if study.attacks.empty:
        return ["No attack was run."]
    sentences: dict[str, list[str]] = {}
    for recipe, series, mode, rows in study.hardest():
        before = proportion(list(rows["clean_accuracy"]), list(rows["n"])).value
        after = held(rows, overlap=study.overlap)
        falls = f"falls from {percent(before)} to" if after.value < before else "stays at"
        attack = f"If {recipe_title(recipe)} may change {HEADLINE} of the words ({rows['n'].iloc[0]} texts),"
        said = sentences.setdefault(attack, [])
        said.append(f"{in_mode(series.phrase, mode)} {falls} {with_interval(after)}")
    return [f"{attack} {', '.join(falls)}." for attack, falls in sentences.items()]


def reductions(study: Study) -> list[str]:
    """What the recipes found that leave out words; they look for no other class, so no accuracy falls."""
    known: Any = {(one.method, one.stage): one for one in study.series()}
    found = study.reductions.dropna(subset="share_left")
    sentences: dict[str, list[str]] = {}
    keys = ["recipe", "method", "stage", "mode"]
    for (recipe, method, stage, mode), rows in found.groupby(keys, sort=False):
        left = percent(mean_over_seeds(list(rows["share_left"])).value)
        said = f"{left} for {in_mode(known[method, stage].phrase, str(mode))}"
        sentences.setdefault(recipe_title(str(recipe)), []).append(said)
    return [
        f"{title} keeps the class and leaves out words, so it stands in no table of accuracies. Share of a "
        f"text's words that suffices: {', '.join(shares)}."
        for title, shares in sentences.items()
    ]


def caveats(study: Study) -> list[str]:
    """Sentences on the accuracies of a data set; none if nothing is amiss."""
    said = [
        f"{series.at(study.detailed_steps(series))}: {phrase}."
        for series in study.series()
        for phrase in _of_classifier(study, series)
    ]
    return _classes(study) + said


def _of_classifier(study: Study, series: Series) -> list[str]:
    found = *_majority(study, series), *_silent(study, series), *_not_tuned(study, series)
    return [*_on_test(study, series), *found]


def _on_test(study: Study, series: Series) -> list[str]:
    """A method of which an epoch was chosen on the test set."""
    if series.method not in study.names.chosen_on_test:
        return []
    return ["no figure to compare with any other, as the test set chose an epoch of its method"]


def _classes(study: Study) -> list[str]:
    """Classes that no test text is of."""
    confusion = study.of("confusion", study.series()[0])
    texts = confusion.groupby(["true", "seed"], sort=False)["texts"].sum()
    return [
        f"No test text is of class {name}{_with(seeds, study)}: no figure tells how well it is recognised."
        for name, seeds in _seeds(texts[texts == 0].reset_index(), "true")
    ]


def _majority(study: Study, series: Series) -> list[str]:
    """A score that always guessing the most frequent class reaches."""
    score = score_of(study)
    if not score.is_guess(study, (series, study.detailed_steps(series))):
        return []
    return [
        f"by {score.title} not shown to be better than always guessing the most frequent class, which its "
        "interval reaches"
    ]


def _silent(study: Study, series: Series) -> list[str]:
    """Layers in which no neuron fires on the whole test set."""
    layers = study.of("layers", series)
    silent = layers[(layers["rate"] == 0) | (layers["dead"] == 1)]
    return [
        f"nothing fires in its layer “{name}”{_with(seeds, study)}" for name, seeds in _seeds(silent, "layer")
    ]


def _not_tuned(study: Study, series: Series) -> list[str]:
    """Training of which epoch 0, the network that it began with, is kept."""
    source = STAGES[series.stage].source
    if source is None:
        return []
    trained = study.of("trainings", series)
    seeds = list(trained.loc[trained["best_epoch"] == 0, "seed"])
    kept = f"epoch 0 was kept{_with(seeds, study)}, so it is the {STAGES[source].title} network"
    return [kept] if seeds else []


def _seeds(rows: pd.DataFrame, column: str) -> list[tuple[str, list[int]]]:
    """Each value of a column with the seeds of its rows."""
    return [(str(value), list(own["seed"])) for value, own in rows.groupby(column, sort=False)]


def _with(seeds: Sequence[int], study: Study) -> str:
    """Which seeds it holds for, unless for all."""
    if len(seeds) == len(study.seeds()):
        return ""
    return f" with {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"


def caveats_of_data(texts: Report, vectors: Report, max_length: int) -> list[str]:
    """Sentences on the data behind the accuracies; none if nothing is amiss.

    Args:
        texts: report of the text stage.
        vectors: report of the embeddings stage.
        max_length: tokens of a text that a network reads.
    """
    said = []
    if vectors.get("warning"):
        said.append(str(vectors["warning"]))
    if left_out := texts.get("other_labels"):
        said.append(f"{left_out:,} rows were left out, as their labels mean none of the classes.")
    if equal := texts.get("equal_when_cut"):
        said.append(
            f"{equal:,} of {texts['kept']:,} texts are equal to another one in the {max_length} tokens "
            "that a network reads."
        )
    return said


def how_read(texts: Report) -> list[str]:
    """How each raw file was read: its form, and the separator where it has one."""
    files: Sequence[Mapping[str, Any]] = texts.get("files", ())
    return [
        f"{one['file']} was read as {one['format']}"
        f"{', separator ' + repr(one['separator']) if one['separator'] else ''}: {one['rows']:,} rows."
        for one in files
    ]
