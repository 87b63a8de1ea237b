"""Which columns of an unknown data file hold texts and labels, whether it has a header row, the language."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from shlex import quote

from spiketext.errors import SpikeTextError
from spiketext.labels import bare, comparable, in_order, is_number
from spiketext.text.forms.columns import LONG_NAME
from spiketext.text.script import language_of, script

LOOKED_AT = 2000  # texts of a column by which its words and its script are judged
REMEMBERED = 1000  # different values of a column
MOST_CLASSES = 20  # different values that are taken for classes unasked
FEWEST_WORDS = 3  # words of a text, on average
LISTED = 8
# What programs write where there is no value.
NO_VALUE = {"", "nan", "NaN", "<NA>", r"\N"}
# Names by which a column is known to be the label where others could be it too.
LABEL_NAMES = {
    *("label", "labels", "class", "sentiment", "category", "target", "polarity", "verdict"),
    *("标签", "类别", "分类", "情感"),
}


@dataclass
class Column:
    """What the values of one column are like.

    Attributes:
        filled: values that are not empty.
        values: how often each value occurs, of the first `REMEMBERED` different; numbers in shortest form.
        words: number of words of the first `LOOKED_AT` values, a Chinese character counting for half a word.
        han, latin, others: letters of these by script.
    """

    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    words: float = 0
    looked_at: int = 0
    han: int = 0
    latin: int = 0
    others: int = 0

    def add(self, value: str) -> None:
        """Note one value."""
        if (value := comparable(value)) in NO_VALUE:
            return
        self.filled += 1
        if value in self.values or len(self.values) < REMEMBERED:
            self.values[value] += 1
        if self.looked_at < LOOKED_AT:
            self._look_at(value)

    def _look_at(self, value: str) -> None:
        self.looked_at += 1
        scripts = Counter(script(char) for char in value if char.isalpha())
        self.han += scripts["han"]
        self.latin += scripts["latin"]
        self.others += scripts["other"]
        self.words += scripts["han"] / 2
        self.words += sum(
            any(char.isalpha() and script(char) != "han" for char in word) for word in value.split()
        )

    @property
    def is_text(self) -> bool:
        """Whether the values are texts: several words, and most values not seen before."""
        most = min(self.filled, REMEMBERED)
        return (
            self.looked_at > 0 and self.words >= FEWEST_WORDS * self.looked_at and len(self.values) > most / 4
        )

    def why_no_label(self, rows: int) -> str:
        """Why the column is not taken for the label; empty where it may be."""
        count = len(self.values)
        if self.filled < 0.9 * rows:
            return "is empty in many rows"
        if count < 2:
            return "has the same value everywhere"
        if any(is_number(value) and "." in value for value in self.values):
            return f"holds ratings or measures such as {next(value for value in self.values if '.' in value)}"
        if count > MOST_CLASSES:
            many = f"{count}" if count < REMEMBERED else f"{REMEMBERED} or more"
            return f"holds {many} different values, more than {MOST_CLASSES}"
        return "" if count <= max(2, rows / 3) else "hardly repeats a value"


@dataclass(frozen=True)
class Guess:
    """What a file was taken for.

    Attributes:
        header: whether the first row names the columns; None where they always have names.
        text: name or number of the text's column.
        label: of the label's.
        labels: how often each label occurs, in order.
        unlabelled: rows without a label.
        language: `en` or `zh`.
        examples: two rows of different labels, the label first.
        passed_over: columns that have the name of a label and are not taken, each with the reason.
    """

    header: bool | None
    text: str
    label: str
    labels: dict[str, int]
    unlabelled: int
    language: str
    examples: list[tuple[str, str]]
    passed_over: list[str]


def guess(
    path: str | Path,
    rows: Iterable[dict[str, str]],
    *,
    named: bool,
    text: str | None = None,
    label: str | None = None,
    language: str | None = None,
) -> Guess:
    """Guess what is not said.

    Args:
        path: the file, for messages.
        rows: of `preview.cells`.
        named: whether columns always have names, so that no row is a header.
        text: name or number of the column, if it is known.
        label: likewise.
        language: likewise.

    Raises:
        SpikeTextError: a guess is not certain; the line names the option that settles it.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        raise SpikeTextError(f"{path}: no rows; check the file")
    table = _Table(first, chain([first], rows) if named else rows)
    if not table.count:
        raise SpikeTextError(f"{path}: only one row; a study needs labelled texts")
    if len(table.columns) < 2:
        raise SpikeTextError(f"{path}: there is one column only; a study needs texts and their labels")
    header = None if named else table.has_header()
    if header is False:
        table.add(first)
    names = {place: bare(first[place]) or place for place in first} if header else {}
    chosen = _Choice(path, table, names)
    text_column = chosen.text(text, label)
    label_column = chosen.label(label, text_column)
    column = table.columns[label_column]
    return Guess(
        header,
        names.get(text_column, text_column),
        names.get(label_column, label_column),
        {value: column.values[value] for value in in_order(column.values)},
        table.count - column.filled,
        language or _language(path, table.columns[text_column]),
        table.examples(text_column, label_column),
        [] if label is not None else chosen.passed_over(label_column),
    )


class _Table:
    """The columns of a file, and its first rows."""

    def __init__(self, first: dict[str, str], rows: Iterator[dict[str, str]]) -> None:
        self.first, self.count = first, 0
        self.columns: dict[str, Column] = {}
        self.shown: list[dict[str, str]] = []
        for row in rows:
            self.add(row)

    def add(self, row: dict[str, str]) -> None:
        self.count += 1
        if len(self.shown) < LOOKED_AT:
            self.shown.append(row)
        for name, value in row.items():
            self.columns.setdefault(name, Column()).add(value)

    def has_header(self) -> bool:
        """Whether the first row names the columns: short, different, no numbers, none comes again."""
        cells = [cell.strip() for cell in self.first.values() if cell.strip()]
        return len(set(cells)) == len(cells) and not any(
            len(cell) > LONG_NAME
            or is_number(cell)
            or (place in self.columns and comparable(cell) in self.columns[place].values)
            for place, cell in self.first.items()
        )

    def examples(self, text: str, label: str) -> list[tuple[str, str]]:
        pairs = [(row.get(label, ""), row.get(text, "")) for row in self.shown]
        pairs = [pair for pair in pairs if not NO_VALUE.intersection(map(comparable, pair))]
        other = next((pair for pair in pairs if pair[0] != pairs[0][0]), None)
        return [*pairs[:1], *([other] if other else pairs[1:2])]


class _Choice:
    """The choice of columns; messages name the option that settles what is not certain."""

    def __init__(self, path: str | Path, table: _Table, names: dict[str, str]) -> None:
        self.path, self.table, self.names = path, table, names

    def _name(self, column: str) -> str:
        return self.names.get(column, column)

    def _listed(self, columns: Iterable[str]) -> str:
        found = [repr(self._name(column)[:LONG_NAME]) for column in columns]
        return ", ".join(found[:LISTED]) + ", …" * (len(found) > LISTED)

    def _given(self, name: str, option: str) -> str:
        found = [column for column in self.table.columns if name in (self._name(column), column)]
        if found:
            return next((column for column in found if self._name(column) == name), found[0])
        raise SpikeTextError(
            f"{self.path}: no column {name!r}, but {self._listed(self.table.columns)}; correct {option}"
        )

    def text(self, given: str | None, label: str | None) -> str:
        """The text's column."""
        taken = self._given(label, "--label") if label is not None else None
        if given is not None:
            found_text = self._given(given, "--text")
            if found_text == taken:
                raise SpikeTextError(f"{self.path}: --text and --label name the same column, {given!r}")
            return found_text
        found = [name for name, column in self.table.columns.items() if column.is_text and name != taken]
        if len(found) == 1:
            return found[0]
        if found:
            longest = max(found, key=lambda name: self.table.columns[name].words)
            raise SpikeTextError(
                f"{self.path}: {len(found)} columns could be the text, {self._listed(found)}; say which, "
                f"such as --text {quote(self._name(longest))}"
            )
        if taken is not None and self.table.columns[taken].is_text:
            raise SpikeTextError(
                f"{self.path}: {self._name(taken)!r} looks like the text, and no other column does; name the "
                "column of the classes, --label COLUMN"
            )
        raise SpikeTextError(
            f"{self.path}: no column looks like texts of several words; the columns are "
            f"{self._listed(self.table.columns)}: name one, --text COLUMN"
        )

    def label(self, given: str | None, text: str) -> str:
        """The label's column."""
        if given is not None:
            column = self._given(given, "--label")
            self._check_given(column)
            return column
        others = {name: column for name, column in self.table.columns.items() if name != text}
        reasons = {name: column.why_no_label(self.table.count) for name, column in others.items()}
        found = [name for name, reason in reasons.items() if not reason]
        known = [name for name in found if self._name(name).casefold() in LABEL_NAMES]
        if len(found) == 1 or len(known) == 1:
            return (known or found)[0]
        if found:
            raise SpikeTextError(
                f"{self.path}: {len(found)} columns could be the label, {self._listed(found)}; say which, "
                f"such as --label {quote(self._name(found[0]))}"
            )
        why = "; ".join(f"{self._name(name)!r} {reason}" for name, reason in list(reasons.items())[:3])
        raise SpikeTextError(
            f"{self.path}: no column looks like a label (2 to {MOST_CLASSES} values that come again)"
            f"{': ' if why else ''}{why}; name the column, --label COLUMN"
        )

    def passed_over(self, label: str) -> list[str]:
        """Columns that have the name of a label and are not it, each with the reason."""
        return [
            f"{self._name(name)!r} {reason}"
            for name, column in self.table.columns.items()
            if name != label and self._name(name).casefold() in LABEL_NAMES
            if (reason := column.why_no_label(self.table.count))
        ]

    def _check_given(self, name: str) -> None:
        count = len(self.table.columns[name].values)
        if not 2 <= count < REMEMBERED:
            held = f"holds {count} different values" if count > 1 else "has the same value everywhere"
            raise SpikeTextError(
                f"{self.path}: column {self._name(name)!r} {held if count else 'is empty'}, which makes no "
                "classes; name another column, --label COLUMN"
            )


def _language(path: str | Path, column: Column) -> str:
    if found := language_of(column.han, column.latin, column.others):
        return found
    raise SpikeTextError(
        f"{path}: the texts are mostly in neither Chinese nor Latin script; say how to cut them into words, "
        "--language en or --language zh"
    )
