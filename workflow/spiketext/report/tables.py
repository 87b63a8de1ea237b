"""The tables of one data set, as they stand in the report."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from spiketext.attack.metrics import HEADLINE
from spiketext.networks.titles import title as layer_title
from spiketext.report.attacks.attacked import similarity, with_areas
from spiketext.report.document import Report, Table
from spiketext.report.estimates import (
    AGREE,
    DRAWS,
    ONE_TEST_SET,
    OVER_SEEDS,
    OVER_TEXTS,
    RESAMPLED,
    Estimate,
    mean_over_seeds,
    number,
    proportion,
)
from spiketext.report.names import Series, in_mode, recipe_title, sizes_in_words, steps_cell
from spiketext.report.prose import caveats
from spiketext.report.scores import score_of
from spiketext.report.study import Study, held
from spiketext.report.verdicts import MARGIN_TEXT, STANDINGS, standing

NONE = "–"


def interval_note(study: Study) -> str:
    """What the intervals of a table of accuracies are."""
    seeds = len(study.seeds())
    if seeds > 1:
        return f"± is half the 95 % {OVER_SEEDS} ({seeds}). {RESAMPLED if study.overlap else ONE_TEST_SET}"
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


def accuracy_table(study: Study) -> Table:
    """Accuracy of every stage at every T."""
    several, sizes = len(study.seeds()) > 1, sizes_in_words(study.test_sizes())
    score = score_of(study)
    drawn = any(study.draws(series) > 1 for series in study.series())
    agree = False
    rows = []
    for series in study.series():
        for steps in study.steps(series):
            dev, f1 = (
                mean_over_seeds(study.curve(series, figure, steps), overlap=study.overlap).share.text()
                for figure in (score.dev, "macro_f1")
            )
            test = study.test_accuracy(series, steps)
            agree |= several and test.low is None
            spread = [] if test.deviation is None else [number(100 * test.deviation, 2)]
            spread += [_draws_cell(study, series, steps)] if drawn else []
            gap = [NONE, NONE]
            if series.spiking:
                away = study.gap(series, steps)
                gap = [away.text(), standing(away) or NONE]
            cells = [steps_cell(steps), dev, test.text(), *spread, f1, *gap]
            rows.append([series.title, series.stage_title, *cells])
    spread = [NONE] * (several + drawn)
    rows.append(["majority class", NONE, NONE, NONE, study.majority().text(), *spread, NONE, NONE, NONE])
    columns = [
        "method", "stage", "T", f"dev {score.title}, %", f"test accuracy, % of {sizes} texts",
        *(["its deviation"] if several else []), *(["from draw to draw"] if drawn else []),
        "macro-F1, %", "minus its DNN, points", MARGIN_TEXT,
    ]  # fmt: skip
    notes = [
        interval_note(study),
        "Majority class: always the most frequent class of the test set.",
        "Minus its DNN: accuracy of the stage minus that of the DNN it was made from or is compared with; "
        "negative where the "
        "spiking network is worse.",
        STANDINGS,
    ]
    if several:
        notes.append("Its deviation: standard deviation over seeds, points. Differences are paired by seed.")
        notes += [AGREE] * agree
    elif len(study.correct):
        notes.append(
            "The interval of a difference is for pairs of predictions on the same texts (Agresti and Min "
            "2005); it exists at the T of the detailed figures."
        )
    notes += caveats(study)
    if drawn:
        notes.append(f"{DRAWS} From draw to draw: that deviation, points.")
    return Table(f"Accuracy on {study.title}", columns, rows, 2, notes)


def _draws_cell(study: Study, series: Series, steps: int | None) -> str:
    """How much the test accuracy differs from draw to draw, points."""
    if study.draws(series) == 1:
        return NONE
    return number(100 * study.draw_sd(series, steps), 2)


CHOSEN_ON_TEST_NOTE = (
    "(test): the epoch was chosen on the test set, and that is the accuracy there, with the draw of the code "
    "that chose it: what one would print who chooses so. It is no estimate of anything, and neither are the "
    "other figures of that classifier; they are for measuring what such a choice adds."
)


def training_table(study: Study) -> Table:
    """Epochs of the stages that were trained, and which of them was kept."""
    rows = []
    for series in study.series():
        trained = study.of("trainings", series)
        if trained.empty:
            continue
        epochs = " / ".join(map(str, sorted(trained["epochs"].unique())))
        kept = ", ".join(map(str, trained["best_epoch"]))
        dev = mean_over_seeds(list(trained["dev_accuracy"]), overlap=study.overlap).share.text()
        on_test = (trained["chosen_on"] == "test").any()
        rows.append([series.label, epochs, kept, f"{dev} (test)" if on_test else dev])
    columns = ["classifier", "epochs", "kept epoch", "dev accuracy there, %"]
    notes = [
        f"Kept: the first of the epochs that are best on dev by {score_of(study).title}, one a seed; 0: "
        "the network as converted, before fine-tuning."
    ]
    if (study.trainings["chosen_on"] == "test").any():
        notes.append(CHOSEN_ON_TEST_NOTE)
    return Table(f"Training on {study.title}", columns, rows, 1, notes)


def confusion_table(study: Study) -> Table:
    """Confusion matrices, summed over seeds, one under the other."""
    rows: list[list[str]] = []
    classes = list(study.confusion["true"].unique())
    for series in study.series():
        texts = study.of("confusion", series).groupby(["true", "predicted"])["texts"].sum()
        for name in classes:
            counts = texts[name].reindex(classes)
            recall = number(100 * counts[name] / counts.sum(), 1) if counts.sum() else NONE
            rows.append([_at(study, series), name, *(f"{count:,}" for count in counts), recall])
    columns = ["classifier", "true class", *(f"predicted {name}" for name in classes), "right, %"]
    notes = [] if len(study.seeds()) == 1 else [f"Summed over {len(study.seeds())} seeds."]
    if any(study.draws(series) > 1 for series in study.series()):
        notes.append("Of a stochastic code: the first of its draws.")
    return Table(f"Confusion of classes on the test set of {study.title}", columns, rows, 2, notes)


def _at(study: Study, series: Series) -> str:
    return series.at(study.detailed_steps(series))


def firing_table(study: Study) -> Table:
    """Firing rates, dead and saturated neurons."""
    rows = []
    for series in study.series():
        for name, layer in study.of("layers", series).groupby("layer", sort=False):
            rate, dead, saturated = (
                mean_over_seeds(list(layer[key])).share for key in ("rate", "dead", "saturated")
            )
            neurons = f"{int(layer['neurons'].iloc[0]):,}"
            cells = [rate.text(1, 4), dead.text(), saturated.text()]
            rows.append([_at(study, series), layer_title(str(name)), neurons, *cells])
    columns = [
        "classifier", "layer", "neurons", "rate, spikes per neuron and step", "dead, %", "saturated, %",
    ]  # fmt: skip
    notes = [
        "Dead: never fires on the test set. Saturated: fires at every step. A neuron that stands at every "
        "place of a text, such as a channel of a convolution, counts as one.",
    ]
    return Table(f"Firing of the layers on {study.title}", columns, rows, 2, notes)


def attack_table(study: Study) -> Table:
    """Accuracy before and after each attack, with what stands in for what."""
    rows = []
    for recipe, series, mode, found in replace(study, attacks=with_areas(study)).attacked():
        sizes = list(found["n"])
        clean = proportion(list(found["clean_accuracy"]), sizes, overlap=study.overlap).text()
        within, after = (held(found, one, study.overlap).text() for one in (HEADLINE, "unlimited"))
        rows.append([
            recipe_title(recipe), in_mode(series.label, mode),
            " / ".join(str(size) for size in sorted(set(sizes))), clean, within, after,
            _area(found, study.overlap), _success(found, study.overlap), _queries(found), _similarity(found),
        ])  # fmt: skip
    columns = [
        "attack", "classifier", "texts", "before, %", f"{HEADLINE} of words changed, %", "any number, %",
        "area, %", "success, %", "queries a text", "similarity, %",
    ]  # fmt: skip
    similar = any(row[-1] != NONE for row in rows)
    if not similar:  # it was not asked for
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    notes = [
        interval_note(study).replace("test texts", "attacked texts"),
        *_modes(study.attacks),
        f"Accuracy before the attack, if it may change {HEADLINE} of a text's words (one at least), and if "
        "it may change any number. Area: mean accuracy over all shares of words up to 20 %; with one seed "
        "its interval is a bootstrap one over the texts. Success: share of the texts that were right before "
        "and are wrong after. Queries: over the same texts.",
        *([SIMILARITY] if similar else []),
        CONFOUND,
        *_errors(study.attacks),
        *_temperatures(study.attacks),
        *_substitutions(study.attacks),
    ]
    return Table(f"Accuracy under attack on {study.title}", columns, rows, 2, notes)


SIMILARITY = (
    f"Similarity: mean cosine of the texts that fell within {HEADLINE} and their originals, by the "
    "multilingual Universal Sentence Encoder; not how a reader would see it."
)
CONFOUND = (
    "All classifiers are attacked on the same texts, less those on which a search failed. Where their "
    "networks differ in more than spikes, as an ordinary TextCNN does (max pooling, biases, signed word "
    "vectors), a difference under attack is not due to the spikes alone."
)


def _modes(attacks: pd.DataFrame) -> list[str]:
    """How a stochastic classifier was scored, where it was attacked in several modes."""
    if attacks["mode"].nunique() < 2:
        return []
    return [
        "With fixed spikes a network is scored by the draw that was searched; in its other modes it draws "
        "anew: accuracies are means over draws that no search has seen, and hold the merit of chance too."
    ]


def _errors(attacks: pd.DataFrame) -> list[str]:
    """How many texts are missing, because the search failed on them."""
    missing = int(attacks["errors"].sum())
    if not missing:
        return []
    return [
        f"{missing} texts are left out, because the search failed on them; the logs of the attacks say how."
    ]


def _temperatures(attacks: pd.DataFrame) -> list[str]:
    """Which scores were scaled before the softmax, so that attacks could see differences at all."""
    scaled = sorted(set(attacks.loc[attacks["temperature"] > 1, "temperature"].round(2)))
    if not scaled:
        return []
    factors = ", ".join(map(str, scaled))
    return [f"Scores too far apart for a softmax were divided by {factors}; decisions stay as they are."]


def _area(attacks: pd.DataFrame, overlap: float) -> str:
    """Over seeds with the t-interval, of one seed with that over texts."""
    if len(attacks) > 1:
        return mean_over_seeds(list(attacks["area"]), overlap=overlap).share.text()
    columns = attacks[["area", "area_low", "area_high"]].astype(object)
    ((value, low, high),) = columns.where(columns.notna(), None).itertuples(index=False, name=None)
    return NONE if value is None else Estimate(value, low, high).text()


def _success(attacks: pd.DataFrame, overlap: float) -> str:
    known = attacks.dropna(subset="success_rate")
    if known.empty:
        return NONE
    attacked = list((known["n"] * known["clean_accuracy"]).round())
    return proportion(list(known["success_rate"]), attacked, overlap=overlap).text()


def _queries(attacks: pd.DataFrame) -> str:
    known = list(attacks["mean_queries"].dropna())
    return Estimate(mean_over_seeds(known).value).text(1, 0) if known else NONE


def _similarity(attacks: pd.DataFrame) -> str:
    """Mean over the seeds in which a text fell."""
    found = [similarity(attack, HEADLINE) for attack in attacks.to_dict("records")]
    known = [one for one in found if one is not None]
    return Estimate(mean_over_seeds(known).value).text() if known else NONE


def _substitutions(attacks: pd.DataFrame) -> list[str]:
    """Each sentence once, with the attacks that it is about."""
    said = attacks[["recipe", "substitutions"]].explode("substitutions").dropna().drop_duplicates()
    return [
        f"{' and '.join(map(recipe_title, recipes))}: {sentence}"
        for sentence, recipes in said.groupby("substitutions", sort=False)["recipe"]
    ]
