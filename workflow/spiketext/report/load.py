"""From the files of earlier stages to what the report is built of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spiketext.arrays import read_arrays
from spiketext.files import read_json
from spiketext.report.frames import Report
from spiketext.report.page import DatasetFiles
from spiketext.report.settings import Names
from spiketext.report.study import Findings, Reports, findings
from spiketext.tables import read_table


def load_findings(files: Any, names: Names) -> list[Findings]:
    """Read the reports of the stages.

    Args:
        files: the rule's inputs, as far as it has them: `evaluations`, `predictions` (in the same order),
            `energies`, `attacks`, `trainings`.
        names: of the study.
    """
    evaluations, energies, attacks = (
        [read_json(path) for path in files.get(kind, [])] for kind in ("evaluations", "energies", "attacks")
    )
    trainings = [_training(Path(path)) for path in files.get("trainings", [])]
    predictions = files.get("predictions")
    pairs = _pairs(evaluations, predictions) if predictions else {}
    return findings(names, Reports(evaluations, energies, attacks, trainings, pairs))


def _training(path: Path) -> Report:
    """The report of a training, with what its place, DATASET/METHOD/seedN/STAGE.json, says about it."""
    seed = path.parent
    place = {"dataset": seed.parents[1].name, "method": seed.parent.name, "stage": path.stem}
    return {**place, "seed": int(seed.name.removeprefix("seed")), **read_json(path)}


def _pairs(
    evaluations: Sequence[Report], predictions: Iterable[str]
) -> dict[tuple[str, str, str, int], tuple[int, int, int]]:
    """Sentences that only the DNN, and that only the spiking stage, gets right, and all of them."""
    pairs = {}
    for report, path in zip(evaluations, predictions, strict=True):
        if report["stage"] == "dnn":
            continue
        table = read_table(path, ["label", "prediction", "dnn_prediction"])
        dnn = table["dnn_prediction"] == table["label"]
        own = table["prediction"] == table["label"]
        key = (report["dataset"], report["method"], report["stage"], report["seed"])
        pairs[key] = (int((dnn & ~own).sum()), int((own & ~dnn).sum()), len(table))
    return pairs


def load_dataset_files(files: Any, names: Names) -> dict[str, DatasetFiles]:
    """Read what the report shows of each data set besides findings.

    Args:
        files: `texts`, `statistics`, `vectors`, `splits`, `figures`, `sentences`; each file lies in
            a folder of its data set's folder.
        names: of the study.
    """

    def by_dataset(paths: Iterable[str]) -> dict[str, Path]:
        return {Path(path).parent.parent.name: Path(path) for path in paths}

    texts, statistics, vectors, splits = (
        by_dataset(paths) for paths in (files.texts, files.statistics, files.vectors, files.splits)
    )
    figures: dict[str, dict[str, Path]] = {}
    for path in map(Path, files.figures):
        figures.setdefault(path.parent.parent.name, {})[path.stem] = path
    rasters: dict[str, dict[str, tuple[Report, Path]]] = {}
    for path in map(Path, files.sentences):
        report = read_json(path)
        rasters.setdefault(report["dataset"], {})[report["method"]] = (report, path.with_name("raster.png"))
    return {
        name: DatasetFiles(
            read_json(texts[name]),
            {str(key): value for key, value in pd.read_csv(statistics[name]).iloc[0].items()},
            read_json(vectors[name]),
            {part: len(rows) for part, rows in sorted(read_arrays(splits[name]).items(), key=_order)},
            figures.get(name, {}),
            rasters.get(name, {}),
        )
        for name in names.datasets
    }


def _order(part: tuple[str, Any]) -> int:
    return ("train", "dev", "test").index(part[0])
