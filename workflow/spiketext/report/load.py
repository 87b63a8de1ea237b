"""From the files of earlier stages to what the report is built of."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spiketext.arrays import read_arrays
from spiketext.errors import SpikeTextError
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
    evaluations = [evaluation(path) for path in files.get("evaluations", [])]
    energies, attacks = (
        [read_json(path) for path in files.get(kind, [])] for kind in ("energies", "attacks")
    )
    trainings = [_training(Path(path)) for path in files.get("trainings", [])]
    predictions = files.get("predictions")
    correct = _correct(evaluations, predictions) if predictions else {}
    return findings(names, Reports(evaluations, energies, attacks, trainings, correct))


def evaluation(path: str | Path) -> Report:
    """The report of an evaluation; each row of its curve says how much it depends on the draw.

    `draws` is the number of draws of the code, `draw_sd` the standard deviation of their accuracies (that of
    a sample); None for a single one.
    """
    report = read_json(path)
    curve = [{**row, **_spread(row["test_accuracy_draws"])} for row in report["curve"]]
    return {**report, "curve": curve}


def _spread(draws: list[float]) -> dict[str, Any]:
    return {"draws": len(draws), "draw_sd": statistics.stdev(draws) if len(draws) > 1 else None}


def _training(path: Path) -> Report:
    """The report of a training, with what its place, DATASET/METHOD/seedN/STAGE.json, says about it."""
    seed = path.parent
    place = {"dataset": seed.parents[1].name, "method": seed.parent.name, "stage": path.stem}
    return {**place, "seed": int(seed.name.removeprefix("seed")), **read_json(path)}


def _correct(
    evaluations: Sequence[Report], predictions: Iterable[str]
) -> dict[tuple[str, str, str, int], np.ndarray]:
    """For each stage the share of draws in which each test text is classified rightly.

    Raises:
        SpikeTextError: the predictions of two stages are of different texts.
    """
    rows: dict[tuple[str, int], np.ndarray] = {}
    correct = {}
    for report, path in zip(evaluations, predictions, strict=True):
        table = read_table(path, ["row", "correct"])
        own = table["row"].to_numpy()
        if not np.array_equal(rows.setdefault((report["dataset"], report["seed"]), own), own):
            raise SpikeTextError(
                f"{path}: predictions of other texts than those of the first stage; delete it"
            )
        key = (report["dataset"], report["method"], report["stage"], report["seed"])
        correct[key] = table["correct"].to_numpy(dtype=np.float64)
    return correct


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
