"""Sentences made from the figures: what was found, said plainly."""

from __future__ import annotations

from spiketext.energy.prices import STATEMENT
from spiketext.report import caveats
from spiketext.report.energies import tabulated_ratio
from spiketext.report.energy_tables import RIVAL
from spiketext.report.estimates import Estimate, mean_over_seeds, number, proportion, significant
from spiketext.report.series import Series, recipe_title, sizes_in_words
from spiketext.report.study import Study
from spiketext.report.verdicts import MARGIN_TEXT, standing


def summary(study: Study) -> list[str]:
    """What was found on one data set: accuracy and energy of each spiking method, baselines, attacks."""
    spiking = study.headline()
    said = []
    for series in spiking:
        said += [_accuracy(study, series), _energy(study, series)]
    if not spiking:
        said.append("No spiking method was run.")
    return [*said, _baseline(study), *caveats.of_findings(study), *_attacks(study)]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _percent(value: float) -> str:
    return f"{number(100 * value, 1)} %"


def _with_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return _percent(estimate.value)
    low, high = (number(100 * end, 1) for end in (estimate.low, estimate.high))
    draws = f"; ± {number(100 * estimate.draw_sd, 1)} from draw to draw" if estimate.draw_sd else ""
    return f"{_percent(estimate.value)} (95 % interval {low} to {high}{draws})"


def _baseline(study: Study) -> str:
    """The plain DNNs and the majority class."""
    plain = [series for series in study.series() if not series.spiking_method]
    levels = [
        f"{series.phrase} is right on {_percent(study.test_accuracy(series, None).value)}" for series in plain
    ]
    levels.append(f"always guessing the most frequent class on {_percent(study.majority().value)}")
    texts = f"{sizes_in_words(study.test_sizes())} test texts ({study.seeds_in_words})"
    return f"Of {texts}, {', '.join(levels)}."


def _accuracy(study: Study, series: Series) -> str:
    """Accuracy of a spiking stage and its distance from its DNN."""
    steps = study.detailed_steps(series)
    dnn = study.dnn_of(series)
    own = study.test_accuracy(dnn, None)
    gap = study.gap(series, steps)
    reached = _with_interval(study.test_accuracy(series, steps))
    texts = f"of {sizes_in_words(study.test_sizes())} test texts at T = {steps}"
    told = standing(gap)
    verdict = f"; {told} ({MARGIN_TEXT})" if told else ""
    return (
        f"{_sentence(series.phrase)} is right on {reached} {texts}: {_distance(gap)} "
        f"{dnn.phrase} ({_percent(own.value)}){verdict}."
    )


def _distance(gap: Estimate) -> str:
    points = number(abs(100 * gap.value), 1)
    if points == "0.0":
        return "level with"
    ends = ""
    if gap.low is not None and gap.high is not None:
        # Said from the side that the sentence speaks of, so that the interval holds the figure.
        low, high = sorted((gap.low, gap.high) if gap.value > 0 else (-gap.low, -gap.high))
        ends = f" (95 % interval {number(100 * low, 1)} to {number(100 * high, 1)})"
    unit = "point" if points == "1.0" else "points"
    return f"{points} {unit}{ends} {'above' if gap.value > 0 else 'below'}"


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
    spikes_in = "input" in set(study.of("layers", series)["layer"])
    if study.detailed_steps(series) != 1 or not spikes_in:
        return []
    return ["At T = 1 each activation is a spike or none, so that it is also a binary network."]


def _cost_tables(study: Study, series: Series) -> list[str]:
    """The same under the other cost tables, by what they price."""
    steps, names = study.detailed_steps(series), study.names
    by_pricing: dict[str, list[str]] = {}
    for table in names.cost_tables:
        ratio = study.energy_ratio(series, steps, table)
        if table != names.cost_table and ratio is not None:
            said = f"{significant(ratio.value)} times under {names.cost_title(table)}"
            by_pricing.setdefault(names.pricing(table), []).append(said)
    return [f"Against {RIVAL}, {pricing}: {', '.join(ratios)}." for pricing, ratios in by_pricing.items()]


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
    accuracy = _percent(study.test_accuracy(series, best).value)
    return f"The largest T reported at which it needs less is {best}, with an accuracy of {accuracy}."


def _attacks(study: Study) -> list[str]:
    if study.attacks.empty:
        return ["No attack was run."]
    sentences: dict[str, list[str]] = {}
    for recipe, series, rows in study.attacked():
        sizes = list(rows["n"])
        before, after = (
            proportion(list(rows[key]), sizes) for key in ("clean_accuracy", "after_attack_accuracy")
        )
        falls = f"falls from {_percent(before.value)} to" if after.value < before.value else "stays at"
        sentences.setdefault(f"Under {recipe_title(recipe)} ({sizes[0]} texts)", []).append(
            f"{series.phrase} {falls} {_with_interval(after)}"
        )
    return [f"{attack} {', '.join(falls)}." for attack, falls in sentences.items()]
