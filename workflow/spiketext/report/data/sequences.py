"""Data sets of sequences of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spiketext.report import prose
from spiketext.report.document import Block, Bullets, Table, Text
from spiketext.report.estimates import number, significant
from spiketext.report.study import Study

if TYPE_CHECKING:
    from spiketext.report.page import DatasetFiles

EXAMPLES, ELEMENTS = "sequences", "elements"  # what the data set consists of
WORDING = (
    "This data set holds sequences of numbers. Where this report says text or sentence of it, that is a "
    "sequence; a word or token is an element of one."
)


def blocks(study: Study, files: DatasetFiles, definition: Mapping[str, Any]) -> list[Block]:
    """Split, lengths, the elements' values, and how the files were read."""
    split = ", ".join(f"{size:,} {name}" for name, size in files.split.items())
    counts, lengths, vectors = files.texts, files.lengths, files.vectors
    width = "one value" if vectors["width"] == 1 else f"{vectors['width']:,} values"
    sentences = [
        f"Split with seed {study.seeds()[0]}: {split}.",
        f"Length in elements: mean {number(lengths['length_mean'], 1)}, median "
        f"{number(lengths['length_median'], 0)}, longest {int(lengths['length_max']):,}. "
        f"{number(100 * lengths['truncated_share'], 1)} % of sequences are longer than the "
        f"{definition['max_length']:,} elements that are read and lose the rest.",
        f"An element has {width}. The values of the {vectors['words']:,} distinct elements have the mean "
        f"{number(vectors['mean'], 3)} and the standard deviation {number(vectors['std'], 3)}.",
    ]
    if target := counts.get("target"):
        low, high, mean, std = (significant(target[key]) for key in ("low", "high", "mean", "std"))
        sentences.append(
            f"Targets are numbers from {low} to {high}, with the mean {mean} and the deviation {std}."
        )
    if counts["permutation"] is not None:
        sentences.append(
            f"The places of all sequences are permuted in one way, with seed {counts['permutation']}."
        )
    if counts["repeated"]:
        sentences.append(
            f"{counts['repeated']:,} sequences are equal to another one; {counts['overlapping']:,} of these "
            f"stand in several parts of the standard split, {counts['conflicting']:,} have several labels. "
            f"{counts['read'] - counts['kept']:,} were left out: all of them where parts of the split are "
            "drawn, none of a standard split."
        )
    rows = [[name, f"{count:,}"] for name, count in [*counts["classes"].items(), ("all", counts["read"])]]
    table = Table("Sequences read", ["class", "sequences"], rows, 1, [])
    note: list[Block] = [Text(definition["note"])] if definition.get("note") else []
    return [*note, table, Bullets([*prose.how_read(counts), *sentences])]
