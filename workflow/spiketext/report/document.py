"""The parts that a report is made of; rendered to HTML and Markdown elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

Report = Mapping[str, Any]  # one stage's JSON


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar = "text"
    text: str


@dataclass(frozen=True)
class Bullets:
    """A list."""

    kind: ClassVar = "bullets"
    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A table; the first `labels` columns hold names and stand left, the others numbers."""

    kind: ClassVar = "table"
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: int = 1
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Figure:
    """A picture; `alt` says what it shows to those who do not see it."""

    kind: ClassVar = "figure"
    path: Path
    alt: str
    caption: str
    words: Sequence[str] = ()  # of the raster's sentence, numbered as in the picture
    lang: str = ""


@dataclass(frozen=True)
class Details:
    """Lines of preformatted text that open on a click."""

    kind: ClassVar = "details"
    summary: str
    text: str


Block = Text | Bullets | Table | Figure | Details


@dataclass(frozen=True)
class Part:
    """A heading with what stands under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Section:
    """A chapter: blocks, then parts. `anchor` is its place in links."""

    title: str
    anchor: str
    blocks: Sequence[Block] = ()
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Document:
    """The whole report."""

    title: str
    sections: Sequence[Section]
