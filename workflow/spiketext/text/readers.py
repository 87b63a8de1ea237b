"""Readers of raw labelled text: one stream of rows for every form of file, in bounded memory."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from spiketext.config.data import PlainFile, TextFile
from spiketext.errors import SpikeTextError
from spiketext.labels import Coding, comparable, in_order
from spiketext.text.entities import decoded, plain
from spiketext.text.forms.columns import Raw
from spiketext.text.forms.delimited import read_table, sampled, separator_of
from spiketext.text.forms.lines import lines
from spiketext.text.forms.opening import HEAD, check_text, kind_of, opened, whole
from spiketext.text.forms.plain import read_label_text, read_lines
from spiketext.text.forms.records import read_json_lines, read_parquet
from spiketext.text.forms.workbook import read_workbook

WHOLE = {"parquet": read_parquet, "xlsx": read_workbook}
# Labels that a message lists, and that are remembered for it, of each kind.
SHOWN, LISTED, REMEMBERED = 3, 12, 1000


class Row(NamedTuple):
    """One labelled text, white space normalised; `label` is None where the text is empty."""

    text: str
    label: int | None


@dataclass
class Reading:
    """What turned out while a file was read, for report.json.

    Attributes:
        separator: what stands between the cells of a CSV or TSV file, else "".
        rows: rows read, those left out by `where` and `other_labels` aside.
        other_labels: rows left out because their labels mean no class.
    """

    separator: str = ""
    rows: int = 0
    other_labels: int = 0


def read_rows(
    path: str | Path, spec: TextFile, coding: Coding, reading: Reading | None = None
) -> Iterator[Row]:
    """Yield the rows of one file that `spec.where` keeps, in order.

    Args:
        path: the raw file.
        spec: its format, encoding, columns and filter.
        coding: which class a label means.
        reading: filled in while the file is read.

    Raises:
        SpikeTextError: unreadable or undecodable file, another form than said, missing column, malformed
            row, a label outside the classes, or no row at all; with file and line.
    """
    reading = reading or Reading()
    others = _Others(path, spec, coding)
    with opened(path) as file:
        for raw in _raw(file, path, spec, reading):
            _refuse_rows_within(raw, path, coding)
            text = plain(raw.text)
            label = coding(raw.label) if text else None
            if text and not others.are_fine(raw, label):
                reading.other_labels += 1
            elif not others.refused:
                reading.rows += 1
                yield Row(text, label)
    others.refuse()
    if not reading.rows + reading.other_labels:
        raise SpikeTextError(f"{path}: no rows; check the file, its format and `where`")


def _refuse_rows_within(raw: Raw, path: str | Path, coding: Coding) -> None:
    """Raises SpikeTextError where a quote that is not closed has made one row of several."""
    if raw.within and all(coding(label) is not None for label in raw.within):
        end = raw.place + len(raw.within) - 1
        raise SpikeTextError(
            f"{path}, line {raw.place}: a quote opens there and ends in line {end}, and each of these lines "
            "looks like a row of its own; mend the quotes, or join the lines of that text"
        )


def read_texts(path: str | Path, spec: PlainFile) -> Iterator[str]:
    """Yield the texts of one file that `spec.where` keeps, in order, as they stand; labels are not looked at.

    Raises:
        SpikeTextError: as `read_rows` does, labels aside.
    """
    # Where a reader looks for a label, it finds the text once more.
    own = TextFile.model_validate({**spec.model_dump(), "label": spec.text})
    rows = 0
    with opened(path) as file:
        for raw in _raw(file, path, own, Reading()):
            rows += 1
            yield decoded(raw.text)
    if not rows:
        raise SpikeTextError(f"{path}: no rows; check the file, its format and `where`")


def check_form(file: BinaryIO, path: str | Path, spec: TextFile) -> None:
    """Raises SpikeTextError where the open file is of another form than `spec` says."""
    kind = kind_of(file)
    if kind is not None and kind.form != spec.form:
        raise SpikeTextError(f"{path}: is {kind.name}, not {spec.form}; {kind.advice}")
    if kind is None and spec.form in WHOLE:
        raise SpikeTextError(
            f"{path}: is no {spec.form} file; give it the ending of what it is, such as .csv, or set "
            "`format` in the study's YAML file"
        )


def text_lines(file: BinaryIO, path: str | Path, spec: TextFile) -> Iterator[str]:
    """The lines of an open text file, see `lines`; what is no text in the encoding is refused."""
    check_text(file.read(HEAD), path, spec.encoding)
    file.seek(0)
    yield from lines(file, path, spec.encoding)


def _raw(file: BinaryIO, path: str | Path, spec: TextFile, reading: Reading) -> Iterator[Raw]:
    check_form(file, path, spec)
    if spec.form in WHOLE:
        with whole(file, path) as seekable:
            yield from WHOLE[spec.form](seekable, path, spec)
        return
    all_lines = text_lines(file, path, spec)
    if spec.form == "lines":
        yield from read_lines(all_lines, spec.label)
    elif spec.form == "label-text":
        yield from read_label_text(all_lines)
    elif spec.form == "jsonl":
        yield from read_json_lines(all_lines, path, spec)
    else:
        sample, all_lines = sampled(all_lines)
        reading.separator = separator_of(spec, sample)
        yield from read_table(all_lines, path, spec, reading.separator)


class _Others:
    """The labels of a file that mean no class: dropped, or gathered to be refused all at once."""

    def __init__(self, path: str | Path, spec: TextFile, coding: Coding) -> None:
        self._path, self._coding = path, coding
        self._unit = "row" if spec.form in WHOLE else "line"
        self._first: list[Raw] = []
        self._count = 0
        self._held: Counter[str] = Counter()

    def are_fine(self, raw: Raw, label: int | None) -> bool:
        """Note the label of a text; False where it means no class."""
        held = comparable(raw.label)
        if held in self._held or len(self._held) < REMEMBERED:
            self._held[held] += 1
        if label is not None:
            return True
        self._count += 1
        if len(self._first) < SHOWN:
            self._first.append(raw)
        return False

    @property
    def refused(self) -> bool:
        """Whether the file is read on only to tell what is wrong with it."""
        return self._count > 0 and not self._coding.drop_others

    def refuse(self) -> None:
        """Raises SpikeTextError where labels are refused."""
        if not self.refused:
            return
        known = list(self._coding.places)
        classes = ", ".join(known[:LISTED]) + ", …" * (len(known) > LISTED)
        shown = ", ".join(f"{_short(raw.label)} in {self._unit} {raw.place}" for raw in self._first)
        held = in_order(self._held)
        listed = ", ".join(_short(label) for label in held[:LISTED]) + ", …" * (len(held) > LISTED)
        raise SpikeTextError(
            f"{self._path}: labels that are none of {classes}: {shown}; {self._count:,} in all. The file "
            f"holds {listed}. Say what they mean, `{self._coding.line(held)}`, or set `other_labels: drop`"
        )


def _short(label: str) -> str:
    return repr(label.strip()[:40])
