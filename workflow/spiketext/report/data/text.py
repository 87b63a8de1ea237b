"""Data sets of texts: their words, and the vectors of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spiketext.report import prose, tables
from spiketext.report.document import Block, Bullets, Text
from spiketext.report.estimates import number
from spiketext.report.study import Study

if TYPE_CHECKING:
    from spiketext.report.page import DatasetFiles

EXAMPLES, ELEMENTS = "texts", "words"  # what the data set consists of
WORDING = ""  # the report says what it means


def blocks(study: Study, files: DatasetFiles, definition: Mapping[str, Any]) -> list[Block]:
    """Split, lengths, word vectors, and how the files were read."""
    split = ", ".join(f"{size:,} {name}" for name, size in files.split.items())
    kept, lengths, vectors = definition["max_length"], files.lengths, files.vectors
    kinds = " and ".join(source["kind"] for source in vectors["sources"])
    sentences = [
        f"Split with seed {study.seeds()[0]}: {split}.",
        f"Length in words: mean {number(lengths['length_mean'], 1)}, median "
        f"{number(lengths['length_median'], 0)}, 95 % of texts up to {number(lengths['length_p95'], 0)}, "
        f"longest {int(lengths['length_max']):,}. {number(100 * lengths['truncated_share'], 1)} % of texts "
        f"are longer than the {kept} words that are read and lose the rest.",
        f"Word vectors ({kinds}, {vectors['width']} dimensions) cover "
        f"{number(100 * vectors['coverage']['types'], 1)} % of the {vectors['words']:,} distinct words and "
        f"{number(100 * vectors['coverage']['tokens'], 1)} % of all words; the others are zero.",
    ]
    missing = [word for word in vectors.get("uncovered_examples", []) if word.strip() and word.isprintable()]
    if missing:
        sentences.append(f"The most frequent words without a vector: {' '.join(missing[:10])}")
    sentences += prose.caveats_of_data(files.texts, vectors, kept)
    note: list[Block] = [Text(definition["note"])] if definition.get("note") else []
    return [*note, tables.texts_table(files.texts), Bullets([*prose.how_read(files.texts), *sentences])]
