"""The report as a document: which block stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from spiketext.energy.prices import STATEMENT
from spiketext.report import answer, overview, prose, systems, tables
from spiketext.report.attacks import robustness, white_box
from spiketext.report.attacks.pairs import attack_pairs_frame, records
from spiketext.report.attacks.texts import attacked_texts
from spiketext.report.attacks.transfer import transfer_table
from spiketext.report.data import data_blocks, remarks
from spiketext.report.document import Block, Bullets, Document, Part, Report, Section, Table, Text
from spiketext.report.energy import early, rivals
from spiketext.report.energy import tables as energy_tables
from spiketext.report.figures import captions
from spiketext.report.figures.captions import how_to_read
from spiketext.report.published import comparison, conditions
from spiketext.report.settling import settling_table
from spiketext.report.sources import provenance_section, resources_section
from spiketext.report.study import Study
from spiketext.report.summary import MEAN, comparison_frame, energy_table_frame, pairs_frame


@dataclass(frozen=True)
class DatasetFiles:
    """What the report shows of a data set besides its study.

    Attributes:
        texts: report of the text stage.
        lengths: the first row of its statistics, of all texts.
        vectors: report of the embeddings stage.
        split: number of texts of train, dev and test, with the first seed.
        figures: pictures by kind, one of `captions.SHOWS`.
        rasters: by method, the sentence's report and its picture.
        white_box: rows of `white_box.frame`, of all data sets.
    """

    texts: Report
    lengths: Mapping[str, Any]
    vectors: Report
    split: Mapping[str, int]
    figures: Mapping[str, Path] = field(default_factory=dict)
    rasters: Mapping[str, tuple[Report, Path]] = field(default_factory=dict)
    white_box: pd.DataFrame = field(default_factory=lambda: white_box.frame([], {}))


def build(
    settings: Mapping[str, Any],
    studies: Sequence[Study],
    files: Mapping[str, DatasetFiles],
    manifests: Sequence[Report],
    provenance: Sequence[str],
    compared: pd.DataFrame,
    overviews: Mapping[str, Path],
) -> Document:
    """Put the report together.

    Args:
        settings: from `names.used_settings`.
        studies: one for each data set.
        files: by data set.
        manifests: of the resources.
        provenance: sentences on where the results come from.
        compared: from `systems.systems_frame`.
        overviews: pictures of all data sets by kind (`brief`, `overview`, `attack-curves`, …).
    """
    define = settings["define"]
    attacked = records(attack_pairs_frame(studies))
    sections = [
        _answer(settings, studies, files, overviews),
        _findings(settings, studies, files),
        _all_data_sets(settings, studies, overviews, attacked),
        systems.section(settings, studies[0].names, compared, overviews),
        *(_dataset(settings, one, files[one.dataset], attacked) for one in studies),
        *_all_energies(settings, studies, overviews),
        how_to_read(),
        resources_section(manifests, define),
        provenance_section(settings, provenance),
    ]
    return Document("SpikeText report", [one for one in sections if one.blocks or one.parts])


def _answer(
    settings: Mapping[str, Any],
    studies: Sequence[Study],
    files: Mapping[str, DatasetFiles],
    pictures: Mapping[str, Path],
) -> Section:
    """What a reader came for: the verdict, a row for each classifier, one picture."""
    define = settings["define"]["datasets"]
    blocks: list[Block] = [
        Bullets(answer.verdict(one) + remarks(files[one.dataset], define[one.dataset]), answer.headline(one))
        for one in studies
    ]
    blocks += _told_once([answer.brief_table(one) for one in studies])
    if len(studies) > 1:
        blocks += _of_all("brief", settings, studies, pictures)
    else:
        blocks += _figure("brief", settings, studies[0], files[studies[0].dataset])
    blocks += _told_once([answer.recall_table(one) for one in studies])
    return Section("The answer", "answer", blocks, folds=False)


def _told_once(some: Sequence[Table]) -> list[Table]:
    """Tables, with notes that a later one repeats left to it."""
    later = [{note for table in some[place + 1 :] for note in table.notes} for place in range(len(some))]
    return [
        replace(table, notes=[note for note in table.notes if note not in told])
        for table, told in zip(some, later, strict=True)
    ]


def _findings(
    settings: Mapping[str, Any], studies: Sequence[Study], files: Mapping[str, DatasetFiles]
) -> Section:
    """What was found on each data set; the picture of a single one stands with the answer."""
    parts = []
    for one in studies:
        picture = _figure("brief", settings, one, files[one.dataset]) if len(studies) > 1 else []
        said = Bullets(prose.summary(one) + _data_caveats(settings, one, files))
        parts.append(Part(one.title, one.dataset, [*picture, said]))
    return Section("Findings", "findings", (), parts)


def _all_data_sets(
    settings: Mapping[str, Any],
    studies: Sequence[Study],
    pictures: Mapping[str, Path],
    compared: Sequence[robustness.Row],
) -> Section:
    """The data sets side by side; nothing where there is one."""
    blocks: list[Block] = []
    if len(studies) > 1:
        first, *others = overview.tables(comparison_frame(studies), studies[0].names)
        said = [f"{one.title}: {caveat}" for one in studies for caveat in prose.caveats(one)]
        blocks += _of_all("overview", settings, studies, pictures)
        blocks += [replace(first, notes=[*first.notes, *said]), *others]
        blocks += [*conditions(settings, studies), settling_table(studies), *_pairs(studies)]
        blocks += [*map(Text, robustness.overall(studies, compared))]
        blocks += _of_all("attack-curves", settings, studies, pictures)
        blocks += [robustness.overall_table(studies, compared)]
    return Section("All data sets", "all", blocks)


def _of_all(
    kind: str, settings: Mapping[str, Any], studies: Sequence[Study], pictures: Mapping[str, Path]
) -> list[Block]:
    """The figure of a kind that shows all data sets."""
    return captions.figure(kind, settings, studies[0].names, [one.dataset for one in studies], pictures)


def _figure(kind: str, settings: Mapping[str, Any], study: Study, files: DatasetFiles) -> list[Block]:
    """The figure of a kind of a data set."""
    return captions.figure(kind, settings, study.names, [study.dataset], files.figures)


def _data_caveats(settings: Mapping[str, Any], study: Study, files: Mapping[str, DatasetFiles]) -> list[str]:
    own, definition = files[study.dataset], settings["define"]["datasets"][study.dataset]
    return prose.caveats_of_data(own.texts, own.vectors, definition["max_length"])


def _pairs(studies: Sequence[Study]) -> list[Table]:
    """Each classifier against each: on one data set, or on the mean of several."""
    where = studies[0].dataset if len(studies) == 1 else MEAN
    return list(filter(None, [overview.pairs_table(pairs_frame(studies), studies[0].names, where)]))


def _all_energies(
    settings: Mapping[str, Any], studies: Sequence[Study], pictures: Mapping[str, Path]
) -> list[Section]:
    """What holds for the energies of all data sets: their mean, sensitivity, cost tables, what is counted."""
    if not all(len(one.energy) for one in studies):
        return []
    blocks: list[Block] = []
    if len(studies) > 1:
        blocks.append(energy_tables.accuracy_energy_table(energy_table_frame(studies), studies[0].names))
        blocks += _of_all("energy-tables", settings, studies, pictures)
        for kind in ("pareto", "fronts"):
            blocks += _of_all(kind, settings, studies, pictures)
        blocks += [overview.energy_table(studies), rivals.rivals_table(studies)]
        blocks.append(early.early_table(settings, studies))
    said = Bullets([energy_tables.SCOPE, energy_tables.NOT_COUNTED])
    blocks += [*energy_tables.sensitivity_tables(studies), energy_tables.cost_tables(studies[0]), said]
    return [Section(f"Energy, its cost tables and sensitivity: {STATEMENT}", "energy", blocks)]


def _dataset(
    settings: Mapping[str, Any], study: Study, files: DatasetFiles, compared: Sequence[robustness.Row]
) -> Section:
    definition = settings["define"]["datasets"][study.dataset]
    parts = [
        Part("Data", "texts", data_blocks(study, files, definition)),
        Part("Training", "training", [tables.training_table(study)]),
        Part("Accuracy", "accuracy", _accuracy(settings, study, files)),
        Part("Classes", "classes", [tables.confusion_table(study)]),
        Part("Firing rates", "firing-rates", _firing(settings, study, files)),
        Part(f"Energy: {STATEMENT}", "energy", _energy(settings, study, files)),
        Part("Attacks", "attacks", _attacks(settings, study, files, compared)),
        Part("White-box attacks", "white-box", white_box.tables(study, files.white_box)),
        Part("Attacked texts", "attacked-texts", attacked_texts(study, definition.get("language") == "zh")),
        Part("Published figures", "published", _published(settings, study, files)),
        Part("Spikes of one sentence", "spikes", _rasters(study, files)),
    ]
    return Section(study.title, f"data-{study.dataset}", (), parts)


def _accuracy(settings: Mapping[str, Any], study: Study, files: DatasetFiles) -> list[Block]:
    figure = _figure("accuracy", settings, study, files)
    return [*figure, tables.accuracy_table(study), settling_table([study]), *_pairs([study])]


def _firing(settings: Mapping[str, Any], study: Study, files: DatasetFiles) -> list[Block]:
    if not study.headline():
        return [Text("No spiking method was run, so there are no firing rates.")]
    return [*_figure("firing-rates", settings, study, files), tables.firing_table(study)]


def _energy(settings: Mapping[str, Any], study: Study, files: DatasetFiles) -> list[Block]:
    if study.energy.empty:
        return [Text("The energy was not estimated.")]
    frame = energy_table_frame([study])
    return [
        *_figure("pareto", settings, study, files),
        *_figure("fronts", settings, study, files),
        *_figure("break-even", settings, study, files),
        energy_tables.energy_table(study),
        *_figure("energy-tables", settings, study, files),
        energy_tables.accuracy_energy_table(frame, study.names, study.dataset),
        rivals.rivals_table([study]),
        early.early_table(settings, [study]),
        *_figure("energy", settings, study, files),
        energy_tables.terms_table(study),
    ]


def _attacks(
    settings: Mapping[str, Any], study: Study, files: DatasetFiles, compared: Sequence[robustness.Row]
) -> list[Block]:
    reductions = list(map(Text, prose.reductions(study)))
    if study.attacks.empty:
        return [Text("No attack was run on this data set, so its robustness is not known."), *reductions]
    said = robustness.answer(study, compared)
    return [
        *([Bullets(said)] if said else []),
        *_figure("robustness", settings, study, files),
        robustness.robustness_table(study, compared),
        *_figure("attack", settings, study, files),
        *_figure("attack-queries", settings, study, files),
        tables.attack_table(study),
        *_figure("systems", settings, study, files),
        *transfer_table(study),
        *reductions,
    ]


def _published(settings: Mapping[str, Any], study: Study, files: DatasetFiles) -> list[Block]:
    vectors = [source["kind"] for source in files.vectors["sources"]]
    return [*comparison(study, files.texts["kept"], vectors), *conditions(settings, [study])]


def _rasters(study: Study, files: DatasetFiles) -> list[Block]:
    if not files.rasters:
        return [Text("No spiking method was run, so there are no spikes to show.")]
    return [
        captions.raster(study.names.methods[method], report, path)
        for method, (report, path) in files.rasters.items()
    ]
