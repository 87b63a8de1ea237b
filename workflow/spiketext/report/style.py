"""How figures look and how they are saved: colour-blind-safe, the same bytes in every run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from spiketext.files import atomic_path

mpl.use("Agg")

# Okabe and Ito 2008, Color universal design; yellow is left out, it is too pale on white.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#666666"
LIGHT = "#BBBBBB"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

SETTINGS: dict[Any, Any] = {
    "figure.dpi": 160,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.parse_math": False,  # a dollar sign in a title or a word does not start a formula
}

USUAL_FONT = "DejaVu Sans"  # comes with matplotlib, so it is the same everywhere
# Fonts with Chinese characters that operating systems bring along.
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC", "Heiti SC", "Droid Sans Fallback",
    "Noto Sans CJK JP", "AR PL UMing CN", "AR PL UKai CN",
)  # fmt: skip


# Of the words along an axis.
MOST_WORDS = 40  # 21 inches; of a longer text the beginning is shown
LONGEST_LABEL = 24


def colour(index: int) -> str:
    """Colour of the index-th thing; they repeat after seven."""
    return PALETTE[index % len(PALETTE)]


def marker(index: int) -> str:
    """Marker of the index-th thing; with its colour it repeats after seven times seven."""
    return MARKERS[(index + index // len(PALETTE)) % len(MARKERS)]


def frame(figure: Figure, axes: Axes, heading: str, note: str, columns: int = 2) -> None:
    """Heading and legend above the axes; below them a note: n, and what the interval is."""
    figure.set_layout_engine("constrained", w_pad=0.08, h_pad=0.06)
    figure.legend(
        *axes.get_legend_handles_labels(),
        title=heading,
        title_fontsize=11,
        alignment="left",
        loc="outside upper left",
        ncols=columns,
    )
    letters = int(14 * figure.get_size_inches()[0])  # that fit in a line of this font
    figure.supxlabel(textwrap.fill(note, letters), x=0.01, ha="left", fontsize=8, color="#444444")


def logarithmic(axis: Axis) -> None:
    """Label a logarithmic axis with plain numbers: the powers of ten, or 1, 2 and 5 where those are few."""
    low, high = axis.get_view_interval()
    steps = (1.0,) if high / low > 1000 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def save(figure: Figure, path: str | Path) -> None:
    """Write a PNG without date and version, atomically.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    with atomic_path(path) as partial:
        figure.savefig(
            partial,
            format="png",
            facecolor="white",
            metadata={"Software": None},
        )


def drawable(texts: Iterable[str]) -> bool:
    """Whether the fonts of this machine have all the characters, so that no empty boxes appear."""
    known: frozenset[int] = frozenset().union(*(_characters(family) for family in families()))
    return {ord(character) for text in texts for character in text} <= known


def legible(text: str, otherwise: str) -> str:
    """`text` if it can be drawn, else the plain name."""
    return text if drawable([text]) else otherwise


def first_words(words: list[str]) -> list[str]:
    """The words that the figure shows, long ones (links, for instance) shortened."""
    return [
        word if len(word) <= LONGEST_LABEL else f"{word[: LONGEST_LABEL - 1]}…" for word in words[:MOST_WORDS]
    ]


def words_shown(words: list[str]) -> tuple[list[str], bool]:
    """Labels of the words, and whether they are the words' numbers.

    They are where no font of this machine has all their characters.
    """
    if drawable(words):
        return words, False
    return [str(i) for i in range(1, len(words) + 1)], True


@cache
def families() -> list[str]:
    """The usual font, and those for Chinese that this machine has, to fall back on glyph by glyph."""
    return [USUAL_FONT, *(family for family in CHINESE_FONTS if _characters(family))]


@cache
def _characters(family: str) -> frozenset[int]:
    """Code points of a font; none if this machine lacks it."""
    for entry in font_manager.fontManager.ttflist:
        if entry.name == family and entry.style == "normal":
            return frozenset(FT2Font(entry.fname).get_charmap())
    return frozenset()


@contextmanager
def settings() -> Iterator[None]:
    """Draw with the settings above."""
    with mpl.rc_context(SETTINGS | {"font.family": families()}):
        yield
