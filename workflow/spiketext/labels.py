"""Labels as they stand in files, and which class each means."""

import re
from collections.abc import Iterable, Mapping, Sequence

from spiketext.invisible import INVISIBLE, JOINERS

# Around a value: white space, and what nobody sees.
_UNSEEN = INVISIBLE + JOINERS + "".join(filter(str.isspace, map(chr, range(0x3001))))
YAML_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")  # are no texts in YAML
_NUMBER = re.compile(r"([+-]?)(?=\.?\d)0*(\d*)(?:\.(\d*?)0*)?", re.ASCII)


def bare(value: str) -> str:
    """A value without white space and invisible characters around it."""
    return value.strip(_UNSEEN)


def comparable(value: str) -> str:
    """A bare value; a number in its shortest form: 2.0, +2 and 02 are 2."""
    value = bare(value)
    number = _NUMBER.fullmatch(value)
    if number is None:
        return value
    sign, whole, fraction = number.groups()
    shortest = (whole or "0") + (f".{fraction}" if fraction else "")
    return f"-{shortest}" if sign == "-" and shortest != "0" else shortest


def is_number(value: str) -> bool:
    """Whether a value is a number that `comparable` puts into its shortest form."""
    return _NUMBER.fullmatch(bare(value)) is not None


class Coding:
    """From what stands in a file to the place of a class.

    With a mapping, its keys alone count. Without one, a label is the name of a class or, where no name is
    a number, its place 0 … n−1. Numbers are compared as numbers.

    Args:
        classes: names of the classes.
        labels: class name by what stands in the file; may be empty.
        drop_others: leave rows with any other label out, instead of refusing them.

    Raises:
        ValueError: two names or two labels are one and the same number, or a label means no class.
    """

    def __init__(
        self, classes: Sequence[str], labels: Mapping[str, str] | None = None, *, drop_others: bool = False
    ) -> None:
        self.classes = list(classes)
        self.drop_others = drop_others
        names = {comparable(name): place for place, name in enumerate(classes)}
        if len(names) < len(classes):
            raise ValueError("`classes` names a class twice")
        if not labels:
            if not any(is_number(name) for name in classes):
                names = {str(place): place for place in range(len(classes))} | names
            self.places = names
            return
        self.places = {}
        for label, name in labels.items():
            if name not in self.classes:
                raise ValueError(
                    f"`labels` gives {label!r} the class `{name}`, which `classes` does not name"
                )
            if self.places.setdefault(comparable(label), self.classes.index(name)) != names[comparable(name)]:
                raise ValueError(f"`labels` gives {label!r} two classes")
        if unnamed := [name for name in classes if name not in labels.values()]:
            raise ValueError(f"`labels` has no label for class `{unnamed[0]}`")

    def __call__(self, label: str) -> int | None:
        """Place of the class that a label means; None if it means none."""
        return self.places.get(comparable(label))

    def line(self, found: Iterable[str]) -> str:
        """The line to put into the configuration, as far as labels that a file holds tell it.

        As many numbers as classes are taken in rising order, words by the class that they begin or that
        begins with them, capitals aside; else a name to fill in stands for the label.
        """
        labels = in_order({comparable(label) for label in found})
        if len(labels) != len(self.classes):
            pairs = [("LABEL", name) for name in self.classes]
        elif all(map(is_number, labels)):
            pairs = list(zip(labels, self.classes, strict=True))
        else:
            pairs = [(_like(name, labels) or "LABEL", name) for name in self.classes]
        return "labels: {" + ", ".join(f"{_yaml(label)}: {_yaml(name)}" for label, name in pairs) + "}"


def in_order(labels: Iterable[str]) -> list[str]:
    """Labels in order: numbers first, by size, then words by alphabet."""
    return sorted(labels, key=lambda label: (0, float(label), label) if is_number(label) else (1, 0.0, label))


def _like(name: str, labels: Sequence[str]) -> str | None:
    """The one label that a class name begins with, or that begins with the class name."""
    low = name.casefold()
    alike = [label for label in labels if label and _begins(low, label.casefold())]
    return alike[0] if len(alike) == 1 else None


def _begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _yaml(value: str) -> str:
    """A value as it may stand in a flow mapping: plain where YAML reads that as the same text or number."""
    plain = re.fullmatch(r"-?\d+(\.\d+)?|[^\W\d_][\w -]*\w|[^\W\d_]", value)
    if plain and value.lower() not in YAML_WORDS:
        return value
    return "'" + value.replace("'", "''") + "'"
