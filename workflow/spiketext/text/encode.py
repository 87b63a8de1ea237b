"""Word numbers and statistics of a corpus, in one pass over its row groups."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spiketext.files import atomic_path, csv_safe
from spiketext.seal import NAME, ROOM, seal
from spiketext.tables import open_table
from spiketext.text.duplicates import SPLITS

PADDING = ""
# Rows looked up at once: enough to be worth a look-up table of the vocabulary, few enough for memory.
BATCH_ROWS = 2048
COLUMNS = ["tokens", "label", "split"]  # read from the corpus
STATISTICS = (
    "n",
    "length_mean",
    "length_median",
    "length_p95",
    "length_max",
    "truncated_share",
    "vocabulary",
)


class Lengths(NamedTuple):
    """What the statistics are made of.

    Attributes:
        lengths: int32 [n], words of each text.
        labels: int16 [n].
        used: bool [classes, V], which words occur in a class.
    """

    lengths: np.ndarray
    labels: np.ndarray
    used: np.ndarray


def vocabulary(counts: Counter[str]) -> list[str]:
    """Words by falling frequency, ties in alphabetical order; the first is the padding "".

    It covers the whole corpus: word vectors are frozen, so that nothing is learnt from a test word.
    """
    return [PADDING, *sorted(counts, key=lambda word: (-counts[word], word))]


def write_tokens(
    path: str | Path, corpus: str | Path, words: list[str], n_tokens: int, classes: int
) -> Lengths:
    """Write tokens.safetensors: the corpus as numbers of words.

    Arrays "ids" int32 [n_tokens] (texts one after the other, not truncated), "offsets" int64 [n + 1],
    "labels" int64 [n] and "split" int8 [n] (place in `SPLITS`). The ids, by far the largest, go to the
    file as they come and are never held together.
    """
    table = open_table(corpus, COLUMNS)
    n = table.metadata.num_rows
    lengths, labels = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int16)
    split = np.zeros(n, dtype=np.int8)
    used = np.zeros((classes, len(words)), dtype=bool)
    with atomic_path(path) as partial:
        with partial.open("wb") as file:
            begin = _write_header(file, n, n_tokens)
            file.seek(begin["ids"])
            for rows, batch, ids in _numbered(table, words):
                file.write(ids.data)
                lengths[rows] = pc.list_value_length(batch["tokens"]).to_numpy()
                labels[rows] = batch["label"].to_numpy()
                split[rows] = pc.index_in(batch["split"], pa.array(SPLITS)).to_numpy()
                used[np.repeat(labels[rows], lengths[rows]), ids] = True
            offsets = np.zeros(n + 1, dtype=np.int64)
            np.cumsum(lengths, out=offsets[1:])
            for name, array in (("offsets", offsets), ("labels", labels.astype(np.int64)), ("split", split)):
                file.seek(begin[name])
                file.write(array.data)
        seal(partial, in_front=True)
    return Lengths(lengths, labels, used)


def _numbered(table: pq.ParquetFile, words: list[str]) -> Iterator[tuple[slice, pa.RecordBatch, np.ndarray]]:
    """Batches of rows, their places in the corpus and the numbers of all their words."""
    known = pa.array(words)
    begin = 0
    for batch in table.iter_batches(BATCH_ROWS, columns=COLUMNS):
        ids = pc.index_in(batch["tokens"].flatten(), known).to_numpy(zero_copy_only=False)
        yield slice(begin, begin + len(batch)), batch, ids.astype(np.int32)
        begin += len(batch)


def _write_header(file: IO[bytes], n: int, n_tokens: int) -> dict[str, int]:
    """Write the head of a safetensors file; returns where in the file each array begins.

    The format (github.com/huggingface/safetensors, "Format"): the length of the header as 8 bytes,
    little-endian; the header as JSON, padded with spaces; then the arrays without gaps.
    """
    shapes = {
        "offsets": ("I64", n + 1, 8),
        "labels": ("I64", n, 8),
        "ids": ("I32", n_tokens, 4),
        "split": ("I8", n, 1),
    }
    entries: dict[str, Any] = {"__metadata__": {NAME: ROOM}}
    begins, end = {}, 0
    for name, (dtype, count, width) in shapes.items():
        begins[name], end = end, end + count * width
        entries[name] = {"dtype": dtype, "shape": [count], "data_offsets": [begins[name], end]}
    header = json.dumps(entries).encode()
    header += b" " * (-len(header) % 8)
    file.write(len(header).to_bytes(8, "little") + header)
    return {name: 8 + len(header) + begin for name, begin in begins.items()}


def length_statistics(found: Lengths, max_length: int, code: int | None = None) -> dict[str, int | float]:
    """Lengths in tokens, share of texts cut at `max_length`, and vocabulary, of all texts or of one class."""
    mask = np.ones(len(found.labels), dtype=bool) if code is None else found.labels == code
    used = np.logical_or.reduce(found.used, axis=0) if code is None else found.used[code]
    lengths = found.lengths[mask]
    values = (
        len(lengths),
        round(float(lengths.mean()), 2),
        float(np.median(lengths)),
        float(np.percentile(lengths, 95)),
        int(lengths.max()),
        round(float((lengths > max_length).mean()), 4),
        int(used[1:].sum()),  # the padding is no word
    )
    return dict(zip(STATISTICS, values, strict=True))


def write_statistics(path: str | Path, found: Lengths, classes: list[str], max_length: int) -> None:
    """Write statistics.csv: one row for the whole corpus ("all"), then one for each class."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["scope", *STATISTICS])
        for scope, code in (("all", None), *((name, code) for code, name in enumerate(classes))):
            table.writerow([csv_safe(scope), *length_statistics(found, max_length, code).values()])
