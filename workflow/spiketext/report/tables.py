"""The tables of one data set, as they stand in the report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spiketext.report import caveats
from spiketext.report.document import Table
from spiketext.report.estimates import (
    AGREE,
    DRAWS,
    OVER_SEEDS,
    OVER_TEXTS,
    Estimate,
    mean_over_seeds,
    number,
    proportion,
)
from spiketext.report.frames import Report
from spiketext.report.series import Series, layer_title, recipe_title, sizes_in_words, steps_cell
from spiketext.report.study import Findings
from spiketext.report.verdicts import MARGIN_TEXT, STANDINGS, standing

NONE = "–"


def interval_note(findings: Findings) -> str:
    """What the intervals of a table of accuracies are."""
    seeds = len(findings.seeds())
    if seeds > 1:
        return f"± is half the 95 % {OVER_SEEDS} ({seeds})."
    return f"In brackets: 95 % {OVER_TEXTS}; how much another seed would change is not in it."


def texts_table(report: Report) -> Table:
    """Rows read, dropped and kept, by class."""
    keys = ("read", "empty", "duplicates", "conflicting", "kept")
    rows = [[name, *(f"{counts[key]:,}" for key in keys)] for name, counts in report["classes"].items()]
    rows.append(["all", *(f"{report[key]:,}" for key in keys)])
    notes = [
        "Conflicting: the same text with different labels; all its copies are dropped. Of copies in several "
        "parts of a standard split, those in test, else those in dev, stay."
    ]
    classes = report["classes"].values()
    if any(sum(counts[key] for counts in classes) != report[key] for key in keys):
        notes.append("“All” also holds rows whose class could not be told, such as empty ones.")
    return Table("Texts read and kept", ["class", *keys], rows, 1, notes)


def accuracy_table(findings: Findings) -> Table:
    """Accuracy of every stage at every T."""
    several, sizes = len(findings.seeds()) > 1, sizes_in_words(findings.test_sizes())
    drawn = any(findings.draws(series) > 1 for series in findings.series())
    agree = False
    rows = []
    for series in findings.series():
        for steps in findings.steps(series):
            dev, f1 = (
                mean_over_seeds(findings.curve(series, figure, steps)).share.text()
                for figure in ("dev_accuracy", "macro_f1")
            )
            test = findings.test_accuracy(series, steps)
            agree |= several and test.low is None
            spread = [] if test.deviation is None else [number(100 * test.deviation, 2)]
            spread += [_draws_cell(findings, series, steps)] if drawn else []
            gap = [NONE, NONE]
            if series.spiking:
                away = findings.gap(series, steps)
                gap = [away.text(), standing(away) or NONE]
            cells = [steps_cell(steps), dev, test.text(), *spread, f1, *gap]
            rows.append([series.title, series.stage_title, *cells])
    spread = [NONE] * (several + drawn)
    rows.append(["majority class", NONE, NONE, NONE, findings.majority().text(), *spread, NONE, NONE, NONE])
    columns = [
        "method", "stage", "T", "dev accuracy, %", f"test accuracy, % of {sizes} texts",
        *(["its deviation"] if several else []), *(["from draw to draw"] if drawn else []),
        "macro-F1, %", "minus its DNN, points", MARGIN_TEXT,
    ]  # fmt: skip
    notes = [
        interval_note(findings),
        "Majority class: always the most frequent class of the test set.",
        "Minus its DNN: accuracy of the stage minus that of the DNN it was made from or is compared with; "
        "negative where the "
        "spiking network is worse.",
        STANDINGS,
    ]
    if several:
        notes.append("Its deviation: standard deviation over seeds, points. Differences are paired by seed.")
        notes += [AGREE] * agree
    elif findings.reports.correct:
        notes.append(
            "The interval of a difference is for pairs of predictions on the same texts (Agresti and Min "
            "2005); it exists at the T of the detailed figures."
        )
    notes += caveats.of_findings(findings)
    if drawn:
        notes.append(f"{DRAWS} From draw to draw: that deviation, points.")
    return Table(f"Accuracy on {findings.title}", columns, rows, 2, notes)


def _draws_cell(findings: Findings, series: Series, steps: int | None) -> str:
    """How much the test accuracy differs from draw to draw, points."""
    if findings.draws(series) == 1:
        return NONE
    return number(100 * findings.draw_sd(series, steps), 2)


def training_table(findings: Findings) -> Table:
    """Epochs of the stages that were trained, and which of them was kept."""
    rows = []
    for series in findings.series():
        trained = findings.trainings(series)
        if not trained:
            continue
        epochs = sorted({int(report["history"][-1]["epoch"]) for report in trained})
        kept = ", ".join(str(report["best_epoch"]) for report in trained)
        dev = mean_over_seeds([report["dev_accuracy"] for report in trained]).share.text()
        rows.append([series.label, " / ".join(map(str, epochs)), kept, dev])
    columns = ["classifier", "epochs", "kept epoch", "dev accuracy there, %"]
    notes = [
        "Kept: the first of the epochs that are best on dev, one number a seed; 0: the network as converted, "
        "before fine-tuning."
    ]
    return Table(f"Training on {findings.title}", columns, rows, 1, notes)


def confusion_table(findings: Findings) -> Table:
    """Confusion matrices, summed over seeds, one under the other."""
    rows: list[list[str]] = []
    classes = findings.reports.evaluations[0]["classes"]
    for series in findings.series():
        counts = np.sum([report["confusion"] for report in findings.evaluations(series)], axis=0)
        for i, name in enumerate(classes):
            total = counts[i].sum()
            recall = number(100 * counts[i, i] / total, 1) if total else NONE
            label = _at(findings, series)
            rows.append([label, name, *(f"{count:,}" for count in counts[i]), recall])
    columns = ["classifier", "true class", *(f"predicted {name}" for name in classes), "right, %"]
    notes = [] if len(findings.seeds()) == 1 else [f"Summed over {len(findings.seeds())} seeds."]
    if any(findings.draws(series) > 1 for series in findings.series()):
        notes.append("Of a stochastic code: the first of its draws.")
    return Table(f"Confusion of classes on the test set of {findings.title}", columns, rows, 2, notes)


def _at(findings: Findings, series: Series) -> str:
    return series.at(findings.detailed_steps(series))


def firing_table(findings: Findings) -> Table:
    """Firing rates, dead and saturated neurons."""
    rows = []
    for series in findings.series():
        reports = findings.evaluations(series)
        for i, layer in enumerate(reports[0]["layers"]):
            rate, dead, saturated = (
                mean_over_seeds([report["layers"][i][key] for report in reports])
                for key in ("rate", "dead", "saturated")
            )
            cells = [rate.share.text(1, 4), dead.share.text(), saturated.share.text()]
            rows.append([_at(findings, series), layer_title(layer["name"]), f"{layer['neurons']:,}", *cells])
    columns = [
        "classifier", "layer", "neurons", "rate, spikes per neuron and step", "dead, %", "saturated, %",
    ]  # fmt: skip
    notes = [
        "Dead: never fires on the test set. Saturated: fires at every step. A neuron of the convolution is a "
        "channel of one width, wherever its window lies.",
    ]
    return Table(f"Firing of the layers on {findings.title}", columns, rows, 2, notes)


def attack_table(findings: Findings) -> Table:
    """Accuracy before and after each attack, with what stands in for what."""
    rows = []
    for recipe, _, reports in findings.attacked():
        sizes = [report["n"] for report in reports]
        clean, after = (
            proportion([report[key] for report in reports], sizes).text()
            for key in ("clean_accuracy", "after_attack_accuracy")
        )
        rows.append([
            recipe_title(recipe), findings.attacked_series(reports[0]).label,
            " / ".join(str(size) for size in sorted(set(sizes))), clean, after,
            _success(reports), _queries(reports),
        ])  # fmt: skip
    columns = [
        "attack", "classifier", "texts", "before, %", "after, %", "success, %", "queries a text",
    ]  # fmt: skip
    notes = [
        interval_note(findings).replace("test texts", "attacked texts"),
        "Success: share of the texts that were right before and are wrong after. Queries: over the same "
        "texts.",
        CONFOUND,
        *_temperatures(findings.reports.attacks),
        *_substitutions(findings.reports.attacks),
    ]
    return Table(f"Accuracy under attack on {findings.title}", columns, rows, 2, notes)


CONFOUND = (
    "All classifiers are attacked on the same texts. Where their networks differ in more than spikes, as "
    "the TextCNN of the default study does (max pooling, biases, signed word vectors), a difference under "
    "attack is not due to the spikes alone."
)


def _temperatures(attacks: Sequence[Report]) -> list[str]:
    """Which scores were scaled before the softmax, so that attacks could see differences at all."""
    scaled = sorted({round(report["temperature"], 2) for report in attacks if report["temperature"] > 1})
    if not scaled:
        return []
    factors = ", ".join(str(factor) for factor in scaled)
    return [f"Scores too far apart for a softmax were divided by {factors}; decisions stay as they are."]


def _success(reports: Sequence[Report]) -> str:
    known = [report for report in reports if report["success_rate"] is not None]
    if not known:
        return NONE
    attacked = [round(report["n"] * report["clean_accuracy"]) for report in known]
    return proportion([report["success_rate"] for report in known], attacked).text()


def _queries(reports: Sequence[Report]) -> str:
    known = [report["mean_queries"] for report in reports if report["mean_queries"] is not None]
    return Estimate(mean_over_seeds(known).value).text(1, 0) if known else NONE


def _substitutions(attacks: Sequence[Report]) -> list[str]:
    """Each sentence once, with the attacks that it is about."""
    about: dict[str, list[str]] = {}
    for report in attacks:
        for sentence in report["substitutions"]:
            recipes = about.setdefault(sentence, [])
            if recipe_title(report["recipe"]) not in recipes:
                recipes.append(recipe_title(report["recipe"]))
    return [f"{' and '.join(recipes)}: {sentence}" for sentence, recipes in about.items()]
