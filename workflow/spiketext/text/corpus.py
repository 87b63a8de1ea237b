"""From raw files to the corpus: read, cut into tokens, drop copies, write.

The files are read once. Every text is cut and goes to a temporary file, with only hashes held in memory; once
these have said which rows to keep, those are copied to the corpus.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

from spiketext.config.data import TextFile
from spiketext.files import storage_errors
from spiketext.labels import Coding
from spiketext.tables import table_writer
from spiketext.text.counts import check_rows, counts, log_counts
from spiketext.text.duplicates import KEPT, SPLITS, Fingerprints, Hashes, Verdict, hashes
from spiketext.text.parallel import ordered_map
from spiketext.text.readers import Reading, read_rows
from spiketext.text.script import misfit
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
# A line in the log after so many texts, half a minute or less.
REPORT_EVERY = 100_000

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
    """Texts in portions, with their labels (-1: no text) and the places of their splits in `SPLITS`."""

    begin: int
    texts: list[str]
    labels: list[int]
    splits: list[int]


def write_corpus(
    path: str | Path, files: list[RawFile], coding: Coding, language: str, max_length: int, workers: int
) -> Corpus:
    """Write corpus.parquet from the raw files.

    Args:
        path: the Parquet file to write, atomically.
        files: paths of the raw files with their descriptions, in order.
        coding: which class a label means.
        language: chooses the tokeniser.
        max_length: tokens that a network reads of each text; only what is equal so far is counted by it.
        workers: processes to use; the result does not depend on it.

    Raises:
        SpikeTextError: a file cannot be read (see `read_rows`), nothing is left, or a class is empty.
    """
    path = Path(path)
    readings = [Reading() for _ in files]
    with _scratch(path) as everything, table_writer(path, SCHEMA) as writer:
        chunks = _chunks(files, readings, coding)
        verdict = _cut_all(everything, chunks, language, max_length, workers)
        check_rows(verdict, coding.classes, files)
        words = _keep(everything, writer, verdict)
    report = counts(verdict, coding.classes, files, readings)
    log_counts(report)
    if said := misfit(words, language):
        log.warning(said)
    return Corpus(words, report)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """A file beside `path` for all texts; the next run of a killed job takes over what that has left."""
    everything = path.with_name(f".{path.name}.everything")
    try:
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield everything
    finally:
        everything.unlink(missing_ok=True)


def _chunks(files: list[RawFile], readings: list[Reading], coding: Coding) -> Iterator[_Chunk]:
    """All texts, in portions."""
    chunk, size = _Chunk(0, [], [], []), 0
    for (path, spec), reading in zip(files, readings, strict=True):
        split = SPLITS.index(spec.split or "")
        for row in read_rows(path, spec, coding, reading):
            chunk.texts.append(row.text)
            chunk.labels.append(-1 if row.label is None else row.label)
            chunk.splits.append(split)
            size += len(row.text)
            if len(chunk.texts) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
                yield chunk
                chunk, size = _Chunk(chunk.begin + len(chunk.texts), [], [], []), 0
    if chunk.texts:
        yield chunk


def _cut_all(path: Path, chunks: Iterator[_Chunk], language: str, max_length: int, workers: int) -> Verdict:
    """Write every text with its tokens; returns which of them to keep."""
    fingerprints = Fingerprints()
    first = _worth_a_pool(chunks)
    workers = workers if sum(len(text) for chunk in first for text in chunk.texts) > WORTH_A_POOL else 1
    cut = partial(_cut, language, max_length)
    done = 0
    with (
        pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer,
        tqdm(unit=" texts", desc="cutting", mininterval=5, disable=None) as progress,
    ):
        for chunk, tokens, found in ordered_map(cut, chain(first, chunks), workers):
            labels, splits = np.array(chunk.labels, dtype=np.int16), np.array(chunk.splits, dtype=np.int8)
            fingerprints.add(found, labels, splits)
            writer.write_batch(_batch(chunk, tokens, labels, splits))
            progress.update(len(labels))
            done += len(labels)
            if done % REPORT_EVERY < len(labels):
                log.info("%d texts cut", done)
    return fingerprints.decide()


def _worth_a_pool(chunks: Iterator[_Chunk]) -> list[_Chunk]:
    """The first chunks: enough of them to be worth a pool, or all there are."""
    first: list[_Chunk] = []
    characters = 0
    for chunk in chunks:
        first.append(chunk)
        characters += sum(map(len, chunk.texts))
        if characters > WORTH_A_POOL:
            break
    return first


def _cut(language: str, max_length: int, chunk: _Chunk) -> tuple[_Chunk, pa.Array, Hashes]:
    """One process's work: the tokens of each text, and their hashes."""
    tokens = [tokenise(text, language) for text in chunk.texts]
    return chunk, pa.array(tokens, type=SCHEMA.field("tokens").type), hashes(tokens, max_length)


def _batch(chunk: _Chunk, tokens: pa.Array, labels: np.ndarray, splits: np.ndarray) -> pa.RecordBatch:
    columns = [
        pa.array(np.arange(chunk.begin, chunk.begin + len(labels))),
        pa.DictionaryArray.from_arrays(splits, SPLITS).cast(pa.string()),
        pa.array(labels),
        pa.array(chunk.texts),
        tokens,
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _keep(everything: Path, writer: pq.ParquetWriter, verdict: Verdict) -> Counter[str]:
    """Copy the rows that are kept, a row group at a time; returns how often each word occurs in them."""
    words: Counter[str] = Counter()
    with pq.ParquetFile(everything) as source:
        for group in range(source.num_row_groups):
            rows = source.read_row_group(group)
            kept = rows.filter(pa.array(verdict.status[rows["id"].to_numpy()] == KEPT))
            if len(kept):
                writer.write_table(kept)
                words.update(_frequencies(kept["tokens"]))
    return words


def _frequencies(tokens: pa.ChunkedArray) -> dict[str, int]:
    found = pc.value_counts(pc.list_flatten(tokens))
    return dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))
