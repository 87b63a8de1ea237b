"""The report on values as a document: which block stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spiketext.energy.prices import STATEMENT
from spiketext.report import tables
from spiketext.report.data import data_blocks, remarks
from spiketext.report.document import Block, Bullets, Document, Figure, Part, Report, Section, Table
from spiketext.report.energy import tables as energy_tables
from spiketext.report.estimates import AGREE, OVER_SEEDS, mean_over_seeds
from spiketext.report.names import Series, sizes_in_words, steps_cell
from spiketext.report.page import DatasetFiles
from spiketext.report.sources import provenance_section, resources_section
from spiketext.report.values.losses import Losses, in_text

NONE = "–"


def build(
    settings: Mapping[str, Any],
    studies: Sequence[Losses],
    files: Mapping[str, DatasetFiles],
    manifests: Sequence[Report],
    provenance: Sequence[str],
) -> Document:
    """Put the report together; arguments as of `report.page.build`, the figure of each data set is `loss`."""
    define = settings["define"]
    answer: list[Block] = []
    for one in studies:
        name = one.study.dataset
        answer += [
            Bullets(said(one) + remarks(files[name], define["datasets"][name])),
            brief_table(one),
            *_figure(one, files[name]),
        ]
    sections = [
        Section("The answer", "answer", answer, folds=False),
        *(_dataset(one, files[one.study.dataset], define["datasets"][one.study.dataset]) for one in studies),
        _energies(studies),
        _how_to_read(),
        resources_section(manifests, define),
        provenance_section(settings, provenance),
    ]
    return Document("SpikeText report", [one for one in sections if one.blocks or one.parts])


def said(losses: Losses) -> list[str]:
    """The answer: each network that spikes, beside the DNN that it was made of and the one in full."""
    study = losses.study
    found = [
        f"{study.title}: a value is told of each of {sizes_in_words(study.test_sizes())} test sequences. "
        "Always telling the mean of the training targets has a mean squared error of "
        f"{in_text(losses.constant())}."
    ]
    for one in study.headline():
        steps, own = study.detailed_steps(one), study.dnn_of(one)
        found.append(
            f"{one.at(steps)}: a loss of {in_text(losses.loss(one, steps))}. {_unlike(losses, one)} "
            f"{_against(losses, one, steps, own)}"
        )
        reference = study.reference_of(one)
        if reference != own:
            found.append(_against(losses, one, steps, reference))
    return found


def _unlike(losses: Losses, one: Series) -> str:
    other, every = losses.unlike(one)
    dnn = losses.study.dnn_of(one).phrase
    if not other:
        return f"On each of {every:,} sequences, all seeds together, it tells the very value of {dnn}."
    return f"On {other:,} of {every:,} sequences, all seeds together, it tells another value than {dnn}."


def _against(losses: Losses, one: Series, steps: int | None, other: Series) -> str:
    away, study = losses.difference((one, steps), (other, None)), losses.study
    ratio = study.energy_ratio(one, steps)
    loss = f"Its loss minus that of {other.phrase}, on the same sequences: {in_text(away)}"
    if ratio is None or other != study.reference_of(one):
        return f"{loss}."
    return f"{loss}; its energy over that DNN's: {ratio.brackets(1, 2)} ({STATEMENT})."


def brief_table(losses: Losses) -> Table:
    """A row for each stage, at the T of its detailed figures."""
    rows = [_cells(losses, one, losses.study.detailed_steps(one)) for one in losses.study.series()]
    return _table(losses, f"Losses on {losses.study.title}, in brief", rows)


def loss_table(losses: Losses) -> Table:
    """A row for each stage and T."""
    study = losses.study
    rows = [_cells(losses, one, steps) for one in study.series() for steps in study.steps(one)]
    rows.append(
        ["mean of the training targets", NONE, NONE, in_text(losses.constant()), NONE, NONE, NONE, NONE]
    )
    return _table(losses, f"Losses on {study.title}", rows)


def _cells(losses: Losses, one: Series, steps: int | None) -> list[str]:
    study = losses.study
    own, reference = study.dnn_of(one), study.reference_of(one)
    away = [
        NONE if other == one else in_text(losses.difference((one, steps), (other, None)))
        for other in (own, reference)
    ]
    spent, ratio = study.energies(one, steps), study.energy_ratio(one, steps)
    energies = [
        NONE if not spent else mean_over_seeds(spent).text(1, 3),
        NONE if ratio is None else ratio.brackets(1, 2),
    ]
    tested = [in_text(losses.dev(one, steps)), in_text(losses.loss(one, steps))]
    return [one.label, steps_cell(steps), *tested, *away, *energies]


def _table(losses: Losses, caption: str, rows: list[list[str]]) -> Table:
    seeds = len(losses.study.seeds())
    columns = [
        "network", "T", "loss on dev", f"loss on {sizes_in_words(losses.study.test_sizes())} test sequences",
        "minus its DNN", "minus the DNN in full precision", "energy, µJ", "over the DNN in full precision",
    ]  # fmt: skip
    interval = (
        f"± is half the 95 % {OVER_SEEDS} ({seeds}). {AGREE}"
        if seeds > 1
        else "In brackets: 95 % t-interval over the test sequences of the one seed; how much another seed "
        "would change is not in it."
    )
    notes = [
        "Loss: mean squared error, in squared units of the target. Differences are those on the same "
        f"sequences, positive where the network is worse. {interval}",
        energy_tables.cost_note(losses.study.names),
    ]
    return Table(caption, columns, rows, 1, notes)


def training_table(losses: Losses) -> Table:
    """Epochs of the networks that were trained, and which of them was kept."""
    rows = []
    for one in losses.study.series():
        trained = losses.study.of("trainings", one)
        if len(trained):
            epochs = " / ".join(map(str, sorted(trained["epochs"].unique())))
            kept = ", ".join(map(str, trained["best_epoch"]))
            rows.append([one.label, epochs, kept, in_text(mean_over_seeds(list(trained["dev_loss"])))])
    notes = ["Kept: the first of the epochs with the least loss on dev, one a seed."]
    columns = ["network", "epochs", "kept epoch", "loss on dev there"]
    return Table(f"Training on {losses.study.title}", columns, rows, 1, notes)


def _figure(losses: Losses, files: DatasetFiles) -> list[Block]:
    title = losses.study.title
    return [
        Figure(
            path,
            f"Lines of loss against T and against energy on {title}; the tables have the values.",
            f"Mean squared error on the test set of {title}, against the number of time steps and against "
            f"the energy of one sequence, {STATEMENT}.",
        )
        for kind, path in files.figures.items()
        if kind == "loss"
    ]


def _dataset(losses: Losses, files: DatasetFiles, definition: Mapping[str, Any]) -> Section:
    study = losses.study
    parts = [
        Part("Data", "texts", data_blocks(study, files, definition)),
        Part("Training", "training", [training_table(losses)]),
        Part("Loss", "loss", [loss_table(losses)]),
        Part("Firing rates", "firing-rates", [tables.firing_table(study)]),
        Part(
            f"Energy: {STATEMENT}",
            "energy",
            [energy_tables.energy_table(study), energy_tables.terms_table(study)],
        ),
    ]
    return Section(study.title, f"data-{study.dataset}", (), parts)


def _energies(studies: Sequence[Losses]) -> Section:
    blocks: list[Block] = [
        *energy_tables.sensitivity_tables([one.study for one in studies]),
        energy_tables.cost_tables(studies[0].study),
        Bullets([energy_tables.SCOPE, energy_tables.NOT_COUNTED]),
    ]
    return Section(f"Energy, its cost tables and sensitivity: {STATEMENT}", "energy", blocks)


def _how_to_read() -> Section:
    items = [
        "The epoch with the least loss on the dev set is kept; the test set is read once, in the evaluation.",
        "T is the number of time steps that a spiking network runs for each element of a sequence.",
        "What is about classes has no meaning here and is left out: accuracy, confusion, the most frequent "
        "class, attacks, and the use of networks by `predict`.",
        f"Energies are an {STATEMENT}: counted operations times the cost of one operation. Compare them "
        "with each other, not with the power draw of a device or with another estimator.",
    ]
    return Section("How to read the figures", "how-to-read", [Bullets(items)])
