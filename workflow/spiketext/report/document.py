"""The parts that a report is made of, as one self-contained HTML page or as Markdown."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spiketext.files import atomic_path

Report = Mapping[str, Any]  # one stage's JSON


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar = "text"
    text: str


@dataclass(frozen=True)
class Bullets:
    """A list, under a sentence that stands out where there is one."""

    kind: ClassVar = "bullets"
    items: Sequence[str]
    lead: str = ""


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
class Piece:
    """A piece of a text: `kind` is `ins` where it was inserted, `del` where it was deleted, else empty."""

    kind: Literal["", "ins", "del"]
    text: str


@dataclass(frozen=True)
class Changes:
    """A table of texts with what was changed in them marked.

    Each row has a label, then for each further column what became of the text, and its pieces.
    """

    kind: ClassVar = "changes"
    caption: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[str, Sequence[Piece]]]]]


@dataclass(frozen=True)
class Figure:
    """A picture; `alt` says what it shows to those who do not see it."""

    kind: ClassVar = "figure"
    path: Path
    alt: str
    caption: str


@dataclass(frozen=True)
class Details:
    """Lines of preformatted text that open on a click."""

    kind: ClassVar = "details"
    summary: str
    text: str


Block = Text | Bullets | Table | Changes | Figure | Details


@dataclass(frozen=True)
class Part:
    """A heading with what stands under it; tables without rows are left out.

    `anchor` is its place in links, after that of its section.
    """

    title: str
    anchor: str
    blocks: Sequence[Block]

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", _filled(self.blocks))


@dataclass(frozen=True)
class Section:
    """A chapter: blocks, then parts; tables without rows and parts without blocks are left out.

    `anchor` is its place in links. On the page it opens on a click, unless it does not fold.
    """

    title: str
    anchor: str
    blocks: Sequence[Block] = ()
    parts: Sequence[Part] = ()
    folds: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", _filled(self.blocks))
        object.__setattr__(self, "parts", [part for part in self.parts if part.blocks])


def _filled(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if not isinstance(block, Table | Changes) or block.rows]


@dataclass(frozen=True)
class Document:
    """The whole report."""

    title: str
    sections: Sequence[Section]


TEMPLATES = Path(__file__).parent / "templates"


def to_html(document: Document) -> str:
    """One page that needs no other file; all text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = data_uri
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    page = environment.get_template("report.html").render(document=document, style=style)
    kept = {" %": "\N{NO-BREAK SPACE}%", "T = ": "T\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"}
    for apart, together in kept.items():
        page = page.replace(apart, together)
    return page


def data_uri(path: Path) -> str:
    """An SVG as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def to_markdown(document: Document, folder: Path) -> str:
    """Markdown for a file in `folder`, from where links to figures start."""
    lines = [f"# {_escape(document.title)}"]
    for section in document.sections:
        lines.append(f"## {_escape(section.title)}")
        for block in section.blocks:
            lines += _markdown(block, folder)
        for part in section.parts:
            lines.append(f"### {_escape(part.title)}")
            for block in part.blocks:
                lines += _markdown(block, folder)
    return "\n\n".join(lines) + "\n"


def table_markdown(table: Table) -> str:
    """A table with its caption and notes."""
    return "\n\n".join(_markdown(table, Path()))


def _escape(text: str) -> str:
    """Text without characters that Markdown or HTML would take for markup."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    for character in "\\`*_|#":
        escaped = escaped.replace(character, "\\" + character)
    # Brackets around an interval are harmless; before a parenthesis they would make a link.
    return escaped.replace("](", "]\\(")


def _markdown(block: Block, folder: Path) -> Iterator[str]:
    match block:
        case Text():
            yield _escape(block.text)
        case Bullets():
            if block.lead:
                yield f"**{_escape(block.lead)}**"
            yield "\n".join(f"- {_escape(item)}" for item in block.items)
        case Table():
            yield f"*{_escape(block.caption)}*"
            yield _grid(block)
            if block.notes:
                yield "\n".join(f"- {_escape(note)}" for note in block.notes)
        case Changes():
            yield f"*{_escape(block.caption)}*"
            rows = [
                [_escape(label), *(f"{_escape(said)}: {_marked(text)}" for said, text in cells)]
                for label, cells in block.rows
            ]
            columns = [_escape(column) for column in block.columns]
            yield _markdown_table(columns, rows, len(columns))
        case Figure():
            link = Path(os.path.relpath(block.path, folder)).as_posix()
            yield f"![{_escape(block.alt)}]({link})"
            yield f"*{_escape(block.caption)}*"
        case Details():
            yield f"{_escape(block.summary)}:"
            yield "```\n" + block.text.replace("```", "` ` `").rstrip() + "\n```"


MARKS = {"": "", "ins": "**", "del": "~~"}


def _marked(pieces: Sequence[Piece]) -> str:
    """A text: inserted is bold, deleted struck through; blanks stand outside the marks."""
    said = []
    for piece in pieces:
        text = _escape(piece.text).replace("~", "\\~")
        ends = [" " if piece.text[end:][:1].isspace() else "" for end in (0, -1)]
        mark = MARKS[piece.kind] if text else ""
        said.append(f"{ends[0]}{mark}{text}{mark}{ends[1]}")
    return "".join(said)


def _grid(table: Table) -> str:
    return _markdown_table(
        [_escape(column) for column in table.columns],
        [[_escape(cell) for cell in row] for row in table.rows],
        table.labels,
    )


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]], labels: int) -> str:
    """Columns and cells are Markdown; the first `labels` columns stand left."""
    frame = pd.DataFrame(rows, columns=list(columns))
    align = ["left"] * labels + ["right"] * (len(columns) - labels)
    return frame.to_markdown(index=False, disable_numparse=True, colalign=align)


def write(document: Document, page: Path, markdown: Path) -> None:
    """Both forms of a document, each whole or not at all."""
    for path, text in ((page, to_html(document)), (markdown, to_markdown(document, markdown.parent))):
        with atomic_path(path) as partial:
            partial.write_text(text, encoding="utf-8")
