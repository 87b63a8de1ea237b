"""From raw files to the corpus: read, de-duplicate, cut into words, write.

The files are read twice: once for the fingerprints that say which rows to keep, once for the texts
themselves. So only hashes are ever held for a whole data set, and dropped rows are never cut.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from spiketext.config import TextFile
from spiketext.errors import SpikeTextError
from spiketext.tables import table_writer
from spiketext.text.duplicates import (
    CONFLICTING,
    DUPLICATE,
    EMPTY,
    KEPT,
    OVERLAPPING,
    RELABELLED,
    SPLITS,
    Fingerprints,
    Verdict,
)
from spiketext.text.parallel import ordered_map
from spiketext.text.readers import Row, read_rows
from spiketext.text.tokenisers import tokenise

log = logging.getLogger(__name__)

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("split", pa.string()),
        ("label", pa.int16()),
        ("text", pa.string()),
        ("tokens", pa.list_(pa.string())),
    ]
)
# A chunk, the work of one process at a time, ends at whichever comes first.
CHUNK_ROWS = 2048
CHUNK_CHARACTERS = 400_000
# Under so many characters, starting processes takes longer than the work itself.
WORTH_A_POOL = 3_000_000
EXAMPLES = 5
# A line in the log after so many texts, half a minute or less.
REPORT_EVERY = 100_000

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

RawFile = tuple[Path, TextFile]


class Corpus(NamedTuple):
    """What is known once a corpus is written.

    Attributes:
        words: how often each word occurs.
        report: counts of rows read, kept and dropped, for report.json.
    """

    words: Counter[str]
    report: dict[str, Any]


class _Chunk(NamedTuple):
    ids: list[int]
    texts: list[str]


def write_corpus(
    path: str | Path, files: list[RawFile], classes: list[str], language: str, workers: int
) -> Corpus:
    """Write corpus.parquet from the raw files.

    Args:
        path: the Parquet file to write, atomically.
        files: paths of the raw files with their descriptions, in order.
        classes: names of the classes.
        language: chooses the tokeniser.
        workers: processes to use; the result does not depend on it.

    Raises:
        SpikeTextError: a file cannot be read (see `read_rows`), nothing is left, or a class is empty.
    """
    fingerprints = Fingerprints()
    characters = 0
    for row, split in _rows(files, classes):
        fingerprints.add(row, split)
        characters += len(row.text)
    verdict = fingerprints.decide()
    where = ", ".join(str(file) for file, _ in files)
    _check_classes(verdict, classes, where)
    total = int((verdict.status == KEPT).sum())
    cut = partial(_cut, language)
    workers = workers if characters > WORTH_A_POOL else 1
    words: Counter[str] = Counter()
    done = 0
    with (
        table_writer(path, SCHEMA) as writer,
        tqdm(total=total, unit=" texts", desc="cutting", mininterval=5, disable=None) as progress,
    ):
        for chunk, tokens, counts in ordered_map(cut, _chunks(files, classes, verdict), workers):
            words.update(counts)
            writer.write_batch(_batch(chunk, tokens, verdict))
            progress.update(len(chunk.ids))
            done += len(chunk.ids)
            if done % REPORT_EVERY < len(chunk.ids):
                log.info("%d of %d texts cut", done, total)
        _check_classes(verdict, classes, where)
    report = _report(verdict, classes)
    _log(report)
    return Corpus(words, report)


def _rows(files: list[RawFile], classes: list[str]) -> Iterator[tuple[Row, str | None]]:
    for path, spec in files:
        for row in read_rows(path, spec, classes):
            yield row, spec.split


def _chunks(files: list[RawFile], classes: list[str], verdict: Verdict) -> Iterator[_Chunk]:
    """The kept texts, in portions."""
    chunk, size = _Chunk([], []), 0
    for number, (row, _) in enumerate(_rows(files, classes)):
        if verdict.status[number] != KEPT:
            continue
        chunk.ids.append(number)
        chunk.texts.append(row.text)
        size += len(row.text)
        if len(chunk.ids) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
            yield chunk
            chunk, size = _Chunk([], []), 0
    if chunk.ids:
        yield chunk


def _cut(language: str, chunk: _Chunk) -> tuple[_Chunk, pa.Array, Counter[str]]:
    """One process's work: the words of each text, and how often each occurs."""
    tokens = [tokenise(text, language) for text in chunk.texts]
    counts = Counter(word for words in tokens for word in words)
    return chunk, pa.array(tokens, type=SCHEMA.field("tokens").type), counts


def _batch(chunk: _Chunk, tokens: pa.Array, verdict: Verdict) -> pa.RecordBatch:
    """Rows of the corpus; texts without any word turn out to be empty and are dropped."""
    ids = np.array(chunk.ids, dtype=np.int64)
    filled = pa.compute.list_value_length(tokens).to_numpy() > 0
    verdict.status[ids[~filled]] = EMPTY
    columns = [
        pa.array(ids),
        pa.DictionaryArray.from_arrays(verdict.splits[ids], SPLITS).cast(pa.string()),
        pa.array(verdict.labels[ids]),
        pa.array(chunk.texts),
        tokens,
    ]
    batch = pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
    return batch if filled.all() else batch.filter(pa.array(filled))


def _check_classes(verdict: Verdict, classes: list[str], where: str) -> None:
    """Raises SpikeTextError where rows or classes are missing."""
    if not len(verdict.status):
        raise SpikeTextError(f"{where}: no rows; check the files, their format and `where`")
    counts = np.bincount(verdict.labels[verdict.status == KEPT], minlength=len(classes))
    if not counts.any():
        raise SpikeTextError(
            f"{where}: none of {len(verdict.status)} texts is left once empty, repeated and "
            "contradictory ones are dropped; check column `text` and the labels"
        )
    missing = [name for name, count in zip(classes, counts, strict=True) if not count]
    if missing:
        raise SpikeTextError(
            f"{where}: no text of class {', '.join(missing)}; at least two classes, and every one in "
            "`classes`, need texts: add some or correct `classes`"
        )


def _report(verdict: Verdict, classes: list[str]) -> dict[str, Any]:
    """Counts over the whole data set and by class, and the first few rows of each kind dropped."""

    def counts(mask: np.ndarray) -> dict[str, int]:
        status = np.bincount(verdict.status[mask], minlength=CONFLICTING + 1)
        found = {kind: int(status[codes].sum()) for kind, codes in COUNTED.items()}
        return {"read": int(status.sum()), **found}

    return {
        **counts(np.ones(len(verdict.status), dtype=bool)),
        "classes": {name: counts(verdict.labels == code) for code, name in enumerate(classes)},
        "examples": {
            kind: np.flatnonzero(np.isin(verdict.status, codes))[:EXAMPLES].tolist()
            for kind, codes in COUNTED.items()
            if kind != "kept"
        },
    }


def _log(report: dict[str, Any]) -> None:
    log.info("%d rows read, %d kept", report["read"], report["kept"])
    reasons = {
        "empty": "rows dropped: empty (no word in them)",
        "duplicates": "rows dropped: repeated (one copy is kept)",
        "overlapping": "of the repeated rows stand in a split that is nearer to test, which keeps its copy",
        "relabelled": "of those have another label there",
        "conflicting": "rows dropped: contradictory (same text, several labels: all dropped)",
    }
    for kind, reason in reasons.items():
        if report[kind]:
            log.info("%d %s; first ids %s", report[kind], reason, report["examples"][kind])
