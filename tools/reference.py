"""The rows behind the README's tables: those of the newest run, and older ones of cells that it did not run.

A folder of reference keeps `accuracy.csv` and `energy.csv` with the `run` (short commit) of each row,
`provenance.json` of these runs, and `changes.yaml`: what has changed since a run, so that figures which still
hold its rows are marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spiketext.config.files import read_yaml
from spiketext.config.stages import STAGES
from spiketext.errors import SpikeTextError
from spiketext.files import read_json, write_json
from spiketext.report.frames import frame_of
from spiketext.report.names import names_of
from spiketext.report.study import Study, plain_steps
from spiketext.report.summary import MEAN, write_csv

CELL = ["dataset", "method", "stage", "seed"]  # what a run replaces as a whole
Record = Mapping[str, Any]  # of `spiketext.report.machine.record`; `earlier` holds those of older runs


@dataclass(frozen=True)
class Change:
    """What changed after some runs.

    Attributes:
        mark: stands behind a figure that holds rows from before.
        what: a phrase: from before the change of …
        runs: the runs before it.
        datasets: those it concerns; None: all.
        methods: likewise.
        stages: likewise.
    """

    mark: str
    what: str
    runs: Sequence[str]
    datasets: Sequence[str] | None = None
    methods: Sequence[str] | None = None
    stages: Sequence[str] | None = None

    def concerns(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of accuracy.csv is from before it."""
        limits = {"dataset": self.datasets, "method": self.methods, "stage": self.stages}
        return row["run"] in self.runs and all(
            limit is None or row[key] in limit for key, limit in limits.items()
        )

    @property
    def note(self) -> str:
        """What the mark means."""
        return f"{self.mark} from before the change of {self.what}: run {', '.join(self.runs)}."


@dataclass(frozen=True)
class Reference:
    """The rows of one run or of several.

    Attributes:
        accuracy: rows as of `spiketext.report.summary.accuracy_frame`, with `run`.
        energy: rows as of `spiketext.report.summary.energy_frame`, with `run`.
        record: provenance of the newest run; `settings` and `resources` are of all runs together, `earlier`
            are the records, without these, of older runs whose rows are left.
    """

    accuracy: pd.DataFrame
    energy: pd.DataFrame
    record: Record

    @classmethod
    def read(cls, folder: Path) -> Reference:
        """Read the tables of a folder; rows without a `run` are those of its provenance.json."""
        record = read_json(folder / "provenance.json", sealed=False)
        run = short(record)
        kinds: Any = {"T": "Int64", "run": str}
        accuracy, energy = (
            pd.read_csv(folder / f"{name}.csv", dtype=kinds) for name in ("accuracy", "energy")
        )
        if "draws" not in accuracy:  # from before a stochastic code was evaluated over several
            accuracy = accuracy.assign(draws=1, draw_sd=float("nan"))
        accuracy, energy = (
            frame if "run" in frame else frame.assign(run=run) for frame in (accuracy, energy)
        )
        return cls(accuracy, energy, record)

    def updated(self, newer: Reference) -> Reference:
        """Every row of a newer run, and those of this one in whose cells it has none."""
        settings = _settings(self.record["settings"], newer.record["settings"])
        accuracy, energy = (
            _sorted(_merged(old, new), settings)
            for old, new in ((self.accuracy, newer.accuracy), (self.energy, newer.energy))
        )
        left = set(accuracy["run"])
        known = [_bare(self.record), *self.record.get("earlier", [])]
        earlier = [one for one in known if short(one) in left - {short(newer.record)}]
        resources = {**self.record["resources"], **newer.record["resources"]}
        record = {**newer.record, "resources": resources, "settings": settings, "earlier": earlier}
        return Reference(accuracy, energy, record)

    def without(self, methods: Sequence[str]) -> Reference:
        """The rows and definitions of all other methods."""
        accuracy, energy = (
            frame[~frame["method"].isin(methods)].reset_index(drop=True)
            for frame in (self.accuracy, self.energy)
        )
        settings = self.record["settings"]
        left = {name: one for name, one in settings["define"]["methods"].items() if name not in methods}
        define = {**settings["define"], "methods": left}
        listed = {
            key: [name for name in settings.get(key, []) if name not in methods]  # old runs had no baselines
            for key in ("methods", "baselines")
        }
        record = {**self.record, "settings": {**settings, **listed, "define": define}}
        return Reference(accuracy, energy, record)

    def write(self, folder: Path) -> None:
        """Write the tables and their provenance."""
        write_csv(folder / "accuracy.csv", self.accuracy)
        write_csv(folder / "energy.csv", self.energy)
        write_json(folder / "provenance.json", dict(self.record))

    def study(self) -> Study:
        """What the tables over all data sets are made of; no terms, confusion matrices or predictions.

        Raises:
            SpikeTextError: a classifier has not been run on every data set with every seed.
        """
        self._check()
        shown = [
            plain_steps(steps) == self._detailed_steps(method, stage)
            for method, stage, steps in self.accuracy[["method", "stage", "T"]].to_numpy()
        ]
        return Study(
            names_of(self.record["settings"]),
            frame_of("accuracy", self.accuracy.assign(detailed=shown)),
            frame_of("energy", self.energy),
        )

    def _check(self) -> None:
        """Every classifier of the study has a value for each data set and seed."""
        settings, known = self.record["settings"], set(map(tuple, self.accuracy[CELL].to_numpy()))
        stages = dict.fromkeys((method, stage) for _, method, stage, _ in known)
        for dataset in settings["datasets"]:
            for method, stage in stages:
                for seed in settings["seeds"]:
                    if (dataset, method, stage, seed) not in known:
                        raise SpikeTextError(
                            f"accuracy.csv: no row of {method} ({stage}) on {dataset} with seed {seed}; run "
                            "that too, as the tables compare all classifiers on all data sets"
                        )

    def _detailed_steps(self, method: str, stage: str) -> int | None:
        """The T of a stage that the tables show."""
        definition = self.record["settings"]["define"]["methods"][method]
        if not STAGES[stage].spiking:
            return None
        trained = definition.get("direct") or definition["finetuning"] or {}
        return int(trained.get("steps") or definition["conversion"]["steps"][-1])

    def marks(self, changes: Sequence[Change]) -> dict[tuple[str, str, str], str]:
        """The marks behind the figures of a data set, or the mean, method and stage; none: left out."""
        found: dict[tuple[str, str, str], str] = {}
        rows: Any = self.accuracy.to_dict("records")
        for change in changes:
            concerned = [row for row in rows if change.concerns(row)]
            for key in {
                (d, row["method"], row["stage"]) for row in concerned for d in (row["dataset"], MEAN)
            }:
                found[key] = found.get(key, "") + change.mark
        return found


def short(record: Record) -> str:
    """The short commit of a run."""
    return str(record["commit"] or "unknown")[:7]


def changes(folder: Path) -> list[Change]:
    """What changed since runs whose rows may still be in the folder's tables."""
    path = folder / "changes.yaml"
    return [Change(**one) for one in read_yaml(path)["changes"]] if path.exists() else []


def _bare(record: Record) -> dict[str, Any]:
    """A run's record without what several runs have together."""
    return {key: value for key, value in record.items() if key not in ("earlier", "resources", "settings")}


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of two runs together; where both have a definition, the newer one holds."""
    listed = {
        key: list(dict.fromkeys([*old.get(key, []), *new.get(key, [])]))  # old runs had no baselines
        for key in ("datasets", "methods", "baselines")
    }
    define = {kind: {**old["define"].get(kind, {}), **entries} for kind, entries in new["define"].items()}
    methods = define["methods"]  # tables show classifiers in this order
    shown = [name for name in (*listed["methods"], *listed["baselines"]) if name in methods]
    define["methods"] = {name: methods[name] for name in dict.fromkeys([*shown, *methods])}
    return {**new, **listed, "seeds": sorted({*old["seeds"], *new["seeds"]}), "define": define}


def _merged(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    anew = set(map(tuple, new[CELL].to_numpy()))
    stays = [tuple(cell) not in anew for cell in old[CELL].to_numpy()]
    kept = old[stays]
    return new if kept.empty else pd.concat([kept, new[list(old.columns)]], ignore_index=True)


def _sorted(frame: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """In the order of the study; rows of one cell stay as they are."""
    classifiers = [*settings["methods"], *settings["baselines"]]
    places = pd.DataFrame(
        {
            "dataset": frame["dataset"].map(settings["datasets"].index),
            "method": frame["method"].map(classifiers.index),
            "seed": frame["seed"],
            "stage": frame["stage"].map(list(STAGES).index),
        }
    )
    return frame.loc[places.sort_values(places.columns.tolist(), kind="stable").index].reset_index(drop=True)
