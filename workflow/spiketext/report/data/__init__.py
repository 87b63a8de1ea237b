"""What the report says of a data set's files: each kind of data set is a module of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spiketext.report.data import sequences, text
from spiketext.report.document import Block
from spiketext.report.estimates import number
from spiketext.report.study import Study

if TYPE_CHECKING:
    from spiketext.report.page import DatasetFiles

KINDS = {"text": text, "sequences": sequences}
MANY = 0.1  # share of examples that are longer than what is read of them from which on the answer says so


def remarks(files: DatasetFiles, definition: Mapping[str, Any]) -> list[str]:
    """What the report means by a text, if that is none; and that many are read in part only, if they are."""
    kind = KINDS[definition["kind"]]
    said = [kind.WORDING] if kind.WORDING else []
    share = files.lengths["truncated_share"]
    if share <= MANY:
        return said
    return [
        *said,
        f"{number(100 * share, 1)} % of the {kind.EXAMPLES} are longer than the {definition['max_length']} "
        f"{kind.ELEMENTS} that are read, and lose the rest; a larger max_length of the data set may tell "
        "more.",
    ]


def data_blocks(study: Study, files: DatasetFiles, definition: Mapping[str, Any]) -> list[Block]:
    """Split, lengths, what the values are, and how the files were read."""
    return KINDS[definition["kind"]].blocks(study, files, definition)
