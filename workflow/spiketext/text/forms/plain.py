"""Files of one text a line."""

from collections.abc import Iterable, Iterator

from spiketext.text.forms.columns import Raw


def read_label_text(lines: Iterable[str]) -> Iterator[Raw]:
    """Lines of a label, a space or a tab, and the text."""
    for place, line in enumerate(lines, start=1):
        label, *rest = line.split(maxsplit=1) or [""]
        yield Raw(place, rest[0] if rest else "", label)


def read_lines(lines: Iterable[str], label: str) -> Iterator[Raw]:
    """Lines of text, all with the label of the file."""
    for place, line in enumerate(lines, start=1):
        yield Raw(place, line, label)
