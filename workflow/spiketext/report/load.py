"""From the files of earlier stages to what the report is built of."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spiketext.arrays import read_arrays
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.report.attacks import white_box
from spiketext.report.attacks.attacked import ATTACK
from spiketext.report.document import Report
from spiketext.report.frames import COLUMNS, STAGE, frame_of
from spiketext.report.names import FIXED, Names
from spiketext.report.page import DatasetFiles
from spiketext.report.study import Study
from spiketext.tables import read_table

EXAMPLES = 10  # texts of each attack whose words the report shows


def load_study(files: Any, names: Names) -> Study:
    """Read the reports of the stages.

    Args:
        files: the rule's inputs, as far as it has them: `evaluations`, `predictions` (in the same order),
            `energies`, `attacks`, `attack_texts` (in the order of the attacks), `similarities`, `transfers`,
            `trainings`.
        names: of the study.

    Raises:
        SpikeTextError: predictions or attacks of two stages are of different texts, or a table is damaged.
    """
    found: dict[str, list[pd.DataFrame]] = {kind: [] for kind in COLUMNS}

    def add(kind: str, report: Report, rows: Iterable[Report]) -> None:
        """Rows of a report, each of whose keys stand beside the report's own names."""
        place = {key: report[key] for key in STAGE if key in report}
        found[kind].append(frame_of(kind, [{**place, **row} for row in rows]))

    evaluations = [read_json(path) for path in files.get("evaluations", [])]
    for report in evaluations:
        shared = {"n_test": report["n_test"]}
        add("accuracy", report, ({**shared, **row, **_spread(report, row)} for row in report["curve"]))
        add("settling", report, _settling(report))
        add("layers", report, ({**layer, "layer": layer["name"]} for layer in report["layers"]))
        add("confusion", report, _confusion(report))
    for path in files.get("energies", []):
        report = read_json(path)
        # Guessing the most frequent class takes no operation: there is no energy to compare.
        add("energy", report, (row for row in report["rows"] if row["energy_uj"] > 0))
        add("terms", report, ({**row, **term} for row in report["rows"] for term in row["terms"]))
    attacks = [{"mode": FIXED, **read_json(path)} for path in files.get("attacks", [])]
    similar = _similarities(files.get("similarities", []))
    for report in attacks:
        own = {**report, "similarity": similar.get(tuple(report[key] for key in ATTACK))}
        add("reductions" if "share_left" in report else "attacks", report, [own])
    for path in files.get("transfers", []):
        report = read_json(path)
        for row in report["rows"]:
            source, target = row["source"], row["target"]
            low, high = row["transfer_interval"] or (None, None)
            own = {"source_method": source["name"], "source_stage": source["stage"], "low": low, "high": high}
            place = {**report, "method": target["name"], "stage": target["stage"]}
            add("transfers", place, [{**row, **own}])
    if files.get("attack_texts"):
        for kind, rows in _attacked(attacks, files.attack_texts):
            found[kind].append(rows)
    for path in map(Path, files.get("trainings", [])):
        report = read_json(path)
        add("trainings", _place(path), [{**report, "epochs": int(report["history"][-1]["epoch"])}])
    if files.get("predictions"):
        found["correct"] = list(_correct(evaluations, files.predictions))
    together: Any = {kind: _together(kind, frames) for kind, frames in found.items()}
    return Study(names, **together)


def _similarities(paths: Iterable[str]) -> dict[tuple[Any, ...], Report]:
    """Of each attack, by what it is known by, the mean similarity under each budget."""
    places = ({**report, **row} for report in map(read_json, paths) for row in report["rows"])
    return {tuple(row[key] for key in ATTACK): row["similarity"] for row in places}


def _together(kind: str, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    known = [frame for frame in frames if len(frame)]
    return pd.concat(known, ignore_index=True) if known else frame_of(kind)


def _spread(report: Report, row: Report) -> dict[str, Any]:
    """How much the metrics depend on the draw, and whether the row is that of the detailed figures."""
    draws = row["test_accuracy_draws"]
    return {
        "draws": len(draws),
        "draw_sd": _deviation(draws),
        "macro_f1_draw_sd": _deviation(row.get("macro_f1_draws", [])),
        "detailed": row["T"] == report["T"],
    }


def _settling(report: Report) -> Iterator[Report]:
    settling = report.get("settling", {"spiked": [], "decided": []})
    for step, (spiked, decided) in enumerate(zip(settling["spiked"], settling["decided"], strict=True)):
        yield {"step": step, "spiked": spiked, "decided": decided}


def _deviation(draws: Sequence[float]) -> float:
    return statistics.stdev(draws) if len(draws) > 1 else math.nan


def _confusion(report: Report) -> Iterator[Report]:
    for true, counts in zip(report["classes"], report["confusion"], strict=True):
        for predicted, texts in zip(report["classes"], counts, strict=True):
            yield {"true": true, "predicted": predicted, "texts": texts}


def _place(path: Path) -> Report:
    """What the place of a training's report, DATASET/METHOD/seedN/STAGE.json, says about it."""
    seed = path.parent
    place = {"dataset": seed.parents[1].name, "method": seed.parent.name, "stage": path.stem}
    return {**place, "seed": int(seed.name.removeprefix("seed"))}


def _correct(evaluations: Sequence[Report], predictions: Iterable[str]) -> Iterator[pd.DataFrame]:
    """For each stage what it says of each test text, and in what share of draws that is right."""
    rows: dict[tuple[str, int], np.ndarray] = {}
    for report, path in zip(evaluations, predictions, strict=True):
        table = read_table(path, ["row", "correct", "label", "prediction"])
        own = table["row"].to_numpy()
        if not np.array_equal(rows.setdefault((report["dataset"], report["seed"]), own), own):
            raise SpikeTextError(
                f"{path}: predictions of other texts than those of the first stage; delete it"
            )
        yield frame_of("correct", table.assign(**{key: report[key] for key in STAGE}))


def _attacked(attacks: Sequence[Report], paths: Iterable[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """What each attack did to each text; and some of the texts, the first of each class by their numbers."""
    columns = set(COLUMNS["attack_texts"]) | set(COLUMNS["attack_examples"])
    known: dict[tuple[Any, ...], set[int]] = {}
    for report, path in zip(attacks, paths, strict=True):
        if "share_left" in report:
            continue
        place = {key: report[key] for key in [*STAGE, "recipe", "mode"]}
        # A victim that draws nothing has no steps.
        own = columns - set(place) - ({"steps"} if report["mode"] == FIXED else set())
        table = read_table(path, sorted(own)).sort_values("id")
        ids = set(table["id"])
        if known.setdefault((report["dataset"], report["seed"], report["recipe"]), ids) != ids:
            raise SpikeTextError(f"{path}: attacks on other texts than those of the first stage; delete it")
        some = max(1, EXAMPLES // max(1, table["label"].nunique()))
        for kind, rows in (("attack_texts", table), ("attack_examples", table.groupby("label").head(some))):
            yield kind, frame_of(kind, rows.assign(**place))


def load_dataset_files(files: Any, names: Names, drawn: Iterable[str] = ()) -> dict[str, DatasetFiles]:
    """Read what the report shows of each data set besides the study.

    Args:
        files: `texts`, `statistics`, `vectors`, `splits`; each file lies in a folder of its data set's
            folder. If there are some, `figures` and `sentences` likewise, and `white_box`: the table of all
            data sets.
        names: of the study.
        drawn: further figures.
    """

    def by_dataset(paths: Iterable[str]) -> dict[str, Path]:
        return {Path(path).parent.parent.name: Path(path) for path in paths}

    texts, statistics, vectors, splits = (
        by_dataset(paths) for paths in (files.texts, files.statistics, files.vectors, files.splits)
    )
    figures: dict[str, dict[str, Path]] = {}
    for path in map(Path, [*files.get("figures", []), *drawn]):
        figures.setdefault(path.parent.parent.name, {})[path.stem] = path
    rasters: dict[str, dict[str, tuple[Report, Path]]] = {}
    for path in map(Path, files.get("sentences", [])):
        report = read_json(path)
        rasters.setdefault(report["dataset"], {})[report["method"]] = (report, path.with_name("raster.svg"))
    attacks = pd.concat([white_box.frame([], {}), *map(pd.read_csv, files.get("white_box", []))])
    return {
        name: DatasetFiles(
            read_json(texts[name]),
            {str(key): value for key, value in pd.read_csv(statistics[name]).iloc[0].items()},
            read_json(vectors[name]),
            {part: len(rows) for part, rows in sorted(read_arrays(splits[name]).items(), key=_order)},
            figures.get(name, {}),
            rasters.get(name, {}),
            attacks,
        )
        for name in names.datasets
    }


def _order(part: tuple[str, Any]) -> int:
    return ("train", "dev", "test").index(part[0])
