"""What became of the rows of a data set, for report.json and the log."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.text.duplicates import (
    CONFLICTING,
    DUPLICATE,
    EMPTY,
    KEPT,
    OVERLAPPING,
    RELABELLED,
    SPLITS,
    Verdict,
)
from spiketext.text.readers import Reading

log = logging.getLogger(__name__)

EXAMPLES = 5
# What report.json counts, beside all rows read. The kinds from `kept` to `conflicting` are disjoint; of the
# duplicates, some overlap with a more protected split, and of those, some have another label there.
COUNTED = {
    "kept": [KEPT],
    "empty": [EMPTY],
    "duplicates": [DUPLICATE, OVERLAPPING, RELABELLED],
    "conflicting": [CONFLICTING],
    "overlapping": [OVERLAPPING, RELABELLED],
    "relabelled": [RELABELLED],
}

Files = Sequence[tuple[Path, TextFile]]


def check_rows(verdict: Verdict, classes: list[str], files: Files) -> None:
    """Raises SpikeTextError where a class or a standard split has no text left."""
    where = ", ".join(str(file) for file, _ in files)
    kept = verdict.status == KEPT
    if not kept.any():
        raise SpikeTextError(
            f"{where}: none of {len(kept)} texts is left once empty, repeated and "
            "contradictory ones are dropped; check column `text` and the labels"
        )
    found = np.bincount(verdict.labels[kept], minlength=len(classes))
    missing = [name for name, count in zip(classes, found, strict=True) if not count]
    if missing:
        raise SpikeTextError(
            f"{where}: no text of class {', '.join(missing)}; at least two classes, and every one in "
            "`classes`, need texts: add some or correct `classes`"
        )
    for split in dict.fromkeys(spec.split for _, spec in files if spec.split):
        if not kept[verdict.splits == SPLITS.index(split)].any():
            raise SpikeTextError(
                f"{where}: no text of `split: {split}` is left once copies of those in other splits are "
                "dropped; check the files"
            )


def counts(verdict: Verdict, classes: list[str], files: Files, readings: Sequence[Reading]) -> dict[str, Any]:
    """Counts over the whole data set, by class and by file, and the first few rows of each kind dropped."""

    def count(mask: np.ndarray) -> dict[str, int]:
        status = np.bincount(verdict.status[mask], minlength=CONFLICTING + 1)
        found = {kind: int(status[codes].sum()) for kind, codes in COUNTED.items()}
        return {"read": int(status.sum()), **found}

    masks = {kind: np.isin(verdict.status, codes) for kind, codes in COUNTED.items() if kind != "kept"}
    masks["equal_when_cut"] = verdict.equal_when_cut
    return {
        **count(np.ones(len(verdict.status), dtype=bool)),
        "other_labels": sum(reading.other_labels for reading in readings),
        "equal_when_cut": int(verdict.equal_when_cut.sum()),
        "classes": {name: count(verdict.labels == code) for code, name in enumerate(classes)},
        "missing_classes": _missing(verdict, classes, files),
        "examples": {kind: np.flatnonzero(mask)[:EXAMPLES].tolist() for kind, mask in masks.items()},
        "files": [
            {"file": path.name, "format": spec.form, **vars(reading)}
            for (path, spec), reading in zip(files, readings, strict=True)
        ],
    }


def _missing(verdict: Verdict, classes: list[str], files: Files) -> dict[str, list[str]]:
    """Classes without a text, by standard split; splits drawn by seed have one of every class."""
    kept = verdict.status == KEPT
    missing: dict[str, list[str]] = {}
    for split in dict.fromkeys(spec.split for _, spec in files if spec.split):
        held = set(verdict.labels[kept & (verdict.splits == SPLITS.index(split))].tolist())
        if absent := [name for code, name in enumerate(classes) if code not in held]:
            missing[split] = absent
    return missing


def log_counts(report: dict[str, Any]) -> None:
    """Say in the log what the report counts."""
    for file in report["files"]:
        separator = f", separator {file['separator']!r}" if file["separator"] else ""
        log.info("%s: read as %s%s, %d rows", file["file"], file["format"], separator, file["rows"])
    log.info("%d rows read, %d kept", report["read"], report["kept"])
    if report["other_labels"]:
        log.info("%d further rows left out: their labels mean no class", report["other_labels"])
    reasons = {
        "empty": "rows dropped: empty (no word in them)",
        "duplicates": "rows dropped: repeated (one copy is kept)",
        "overlapping": "of the repeated rows stand in a split that is nearer to test, which keeps its copy",
        "relabelled": "of those have another label there",
        "conflicting": "rows dropped: contradictory (same text, several labels: all dropped)",
        "equal_when_cut": "rows kept that are the same as another one as far as a network reads",
    }
    for kind, reason in reasons.items():
        if report[kind]:
            log.info("%d %s; first ids %s", report[kind], reason, report["examples"][kind])
    for split, names in report["missing_classes"].items():
        log.warning(
            "no %s text of class %s: no figure tells how well it is recognised", split, ", ".join(names)
        )
