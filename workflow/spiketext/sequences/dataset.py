"""From files of arrays to what later stages read of a data set: numbers of elements, their table, reports."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spiketext.config.sequences import SequenceSet
from spiketext.errors import SpikeTextError
from spiketext.sequences.elements import Elements
from spiketext.sequences.forms import read_file
from spiketext.tasks import make_task
from spiketext.tasks.base import Task
from spiketext.text.duplicates import KEPT, SPLITS, Fingerprints, Hashes

BATCH = 2048  # sequences worked on together


@dataclass(frozen=True)
class Sequences:
    """A data set of sequences, as `tokens.safetensors` and the table hold it.

    Attributes:
        ids: int32 `[elements]`, rows of `vectors`, sequence after sequence.
        offsets: int64 `[N + 1]`, where each sequence begins.
        labels: `[N]`, as `Task.labels` says.
        split: int8 `[N]`, place of the standard split in `SPLITS`.
        vectors: float32 `[V, D]`, the distinct elements; row 0 is the padding.
        places: int64 `[L]`: element i of a sequence stood at `places[i]` in the file; empty if not permuted.
        files: what was read, for report.json.
        status: int8 `[read]`, what would become of each sequence that was read if it were a text
            (`text.duplicates`).
    """

    ids: np.ndarray
    offsets: np.ndarray
    labels: np.ndarray
    split: np.ndarray
    vectors: np.ndarray
    places: np.ndarray
    files: list[dict[str, Any]]
    status: np.ndarray


def task_of(spec: SequenceSet) -> Task:
    """What is to be told of its sequences."""
    return make_task(spec.target, len(spec.classes))


def read_sequences(spec: SequenceSet, paths: Sequence[Path]) -> Sequences:
    """Read the files of a data set, at `paths` in the order of `spec.files`.

    Raises:
        SpikeTextError: a file is not what it must be (`forms.read_file`), a label means nothing, a class or
            a standard split is empty, or sequences that are to be permuted differ in length.
    """
    task = task_of(spec)
    raws = [read_file(path, file, task) for path, file in zip(paths, spec.files, strict=True)]
    labels = [task.coded(path, raw.labels, spec.classes) for path, raw in zip(paths, raws, strict=True)]
    elements = Elements((raw.values for raw in raws), spec.scale)
    lengths = np.concatenate([raw.lengths for raw in raws])
    ids = np.empty(lengths.sum(), np.int32)  # by far the largest, so there is one of it
    ends = np.cumsum([len(raw.values) for raw in raws])
    for raw, end in zip(raws, ends, strict=True):
        ids[end - len(raw.values) : end] = elements.numbers(raw.values)
    places = _places(spec, lengths)
    if len(places):
        permute(ids.reshape(-1, len(places)), places)
    found = Sequences(
        ids,
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate(labels),
        np.repeat(
            np.array([SPLITS.index(file.split or "") for file in spec.files], np.int8),
            [len(raw.lengths) for raw in raws],
        ),
        elements.vectors,
        places,
        [
            {"file": path.name, "format": file.form, "separator": "", "rows": len(raw.lengths)}
            for path, file, raw in zip(paths, spec.files, raws, strict=True)
        ],
        np.empty(0, np.int8),
    )
    found = _without_copies(found, spec)
    _check_strata(*task.strata(found.labels, spec.classes), paths)
    return found


def _without_copies(found: Sequences, spec: SequenceSet) -> Sequences:
    """Of equal sequences one, where parts of the split are drawn: none may stand in two of them."""
    status = _statuses(found)
    keep = np.ones(len(status), dtype=bool)
    if {"dev", "test"} - {file.split for file in spec.files}:
        keep = (status == KEPT) | (found.split >= SPLITS.index("dev"))
    lengths = np.diff(found.offsets)
    return replace(
        found,
        ids=found.ids[np.repeat(keep, lengths)],
        offsets=np.concatenate([[0], np.cumsum(lengths[keep])]),
        labels=found.labels[keep],
        split=found.split[keep],
        status=status,
    )


def _statuses(found: Sequences) -> np.ndarray:
    """What would become of each sequence if it were a text: `Verdict.status`."""
    digests = np.array(
        [
            int.from_bytes(hashlib.blake2b(found.ids[begin:end].data, digest_size=8).digest(), "little")
            for begin, end in zip(found.offsets, found.offsets[1:], strict=False)
        ],
        dtype=np.uint64,
    )
    fingerprints = Fingerprints()
    none_empty = np.zeros(len(digests), dtype=bool)
    fingerprints.add(Hashes(digests, digests, none_empty), found.labels, found.split)
    return fingerprints.decide().status


def permute(sequences: np.ndarray, places: np.ndarray) -> None:
    """Move the elements of sequences `[N, L]`, in their place: the i-th becomes the one at `places[i]`."""
    for begin in range(0, len(sequences), BATCH):
        some = slice(begin, begin + BATCH)
        sequences[some] = sequences[some, places]


def _places(spec: SequenceSet, lengths: np.ndarray) -> np.ndarray:
    """Where each element comes from, `[L]`; empty without `permutation`."""
    if spec.permutation is None:
        return np.empty(0, np.int64)
    shortest, longest = int(lengths.min()), int(lengths.max())
    if shortest != longest:
        raise SpikeTextError(
            f"`permutation` needs sequences of one length, and these have {shortest:,} to {longest:,} "
            "elements; leave it out, or cut or fill them up to one length"
        )
    return np.random.default_rng(spec.permutation).permutation(longest)


def _check_strata(strata: np.ndarray, names: list[str], paths: Sequence[Path]) -> None:
    where = ", ".join(map(str, dict.fromkeys(paths)))
    counts = np.bincount(strata, minlength=len(names))
    if missing := [name for name, count in zip(names, counts, strict=True) if not count]:
        raise SpikeTextError(
            f"{where}: no sequence of class {', '.join(missing)}; add some or correct `classes`"
        )
