"""What a trained network is given to read: texts, or sequences of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from spiketext.arrays import Layout, read_arrays
from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.table import load_table
from spiketext.sequences.dataset import permute
from spiketext.sequences.elements import Elements, names
from spiketext.sequences.forms import read_values
from spiketext.sequences.raw import NUMBERS
from spiketext.text.entities import plain
from spiketext.text.tokenisers import tokenise
from spiketext.use.lines import read_lines, tables

FIT = {"places": Layout("int64", ("L",)), "scale": Layout("float64", (1,))}


class Reader(Protocol):
    """From what a user has to tokens.

    Attributes:
        unit: what one item is called.
    """

    unit: ClassVar[str]

    def tokens(self, item: Any) -> list[str]:
        """What the network reads of a text or a sequence."""

    def items(self, paths: Sequence[str]) -> Iterator[Any]:
        """The texts or sequences of files; of standard input where there is no file."""

    def doubts(self, paths: Sequence[str]) -> str:
        """What may be wrong with files of these names, for the user; empty if nothing is."""


def all_tokens(reader: Reader, items: Iterable[Any]) -> Iterator[list[str]]:
    """Tokens of each item, once it is seen that there are several: a string is an iterable of letters.

    Raises:
        SpikeTextError: it is one text, or, as they come, an item is no such thing; its place counts from 1.
    """
    if isinstance(items, str | bytes):
        raise SpikeTextError("one text was given where a list is wanted; give a list: [text]")

    def read(place: int, item: Any) -> list[str]:
        try:
            return reader.tokens(item)
        except SpikeTextError as error:
            raise SpikeTextError(f"{reader.unit} {place}: {error}") from error

    return (read(place, item) for place, item in enumerate(items, 1))


class TextReader:
    """Texts as a study's files hold them, cut into words."""

    unit: ClassVar[str] = "text"

    def __init__(self, language: str, max_length: int) -> None:
        """Of a study's texts, of which a network reads `max_length` words."""
        self.language, self.max_length = language, max_length

    def tokens(self, item: Any) -> list[str]:
        """See `Reader`.

        Raises:
            SpikeTextError: it is no string.
        """
        if not isinstance(item, str):
            raise SpikeTextError(
                f"{item!r:.40} is no text but of the type {type(item).__name__}; give strings"
            )
        return tokenise(plain(item), self.language)[: self.max_length]

    def items(self, paths: Sequence[str]) -> Iterator[str]:
        """Lines of files in UTF-8; see `lines.read_lines`."""
        return read_lines(paths)

    def doubts(self, paths: Sequence[str]) -> str:
        """See `Reader`."""
        if not (found := tables(paths)):
            return ""
        return (
            f"{', '.join(found)}: by its name a table, and each line of it is taken for one text, with "
            "header, labels and all; give a file that holds nothing but the texts, one a line"
        )


class Element(str):
    """The name of an element, with its values `[D]`."""

    vector: np.ndarray


class SequenceReader:
    """Sequences of numbers, scaled and permuted as the study's; what embeds their elements too.

    Attributes:
        width: D, values of an element.
        vocabulary: rows of the study's table.
    """

    unit: ClassVar[str] = "sequence"

    def __init__(self, table: Path, words: Path, fit: Path, max_length: int) -> None:
        """Of the study's table, its names and what was done with its sequences.

        Raises:
            SpikeTextError: one of them is missing or damaged.
        """
        self.vocabulary, self.width = load_table(table, words)[1].shape
        fitted = read_arrays(fit, FIT)
        self._places, self._scale = fitted["places"], float(fitted["scale"][0])
        self.max_length = max_length

    def tokens(self, item: Any) -> list[str]:
        """Names of the elements of a sequence `[L]`, if D is 1, or `[L, D]`.

        Raises:
            SpikeTextError: it is none, or a value is not finite.
        """
        values = np.asarray(item)
        values = values[:, None] if values.ndim == 1 else values
        if values.ndim != 2 or not values.size or values.dtype.kind not in NUMBERS:
            raise SpikeTextError(
                f"an array of the shape {list(np.shape(item))} and type {values.dtype} is no sequence of "
                "numbers; give arrays [L] or [L, D], such as the rows of those that the study read"
            )
        if values.shape[1] != self.width:
            raise SpikeTextError(
                f"this network reads {self.width} values an element, and the sequence has {values.shape[1]}"
            )
        if len(self._places) and len(values) != len(self._places):
            raise SpikeTextError(
                f"this network reads permuted sequences of {len(self._places):,} elements, and one has "
                f"{len(values):,}"
            )
        elements = Elements([values], self._scale)
        numbers = elements.numbers(values)
        if len(self._places):
            permute(numbers[None], self._places)
        known = [Element(name) for name in names(elements.vectors)]
        for name, vector in zip(known, elements.vectors, strict=True):
            name.vector = vector
        return [known[number] for number in numbers[: self.max_length]]

    def items(self, paths: Sequence[str]) -> Iterator[np.ndarray]:
        """The sequences of npz files, arrays `x` of them.

        Raises:
            SpikeTextError: there is no file, or one is not what it must be.
        """
        if not paths:
            raise SpikeTextError(
                "this network reads sequences of numbers: name npz files that hold them in an array `x`"
            )
        raws = (read_values(Path(path)) for path in paths)
        return (one for raw in raws for one in np.split(raw.values, np.cumsum(raw.lengths)[:-1]))

    def doubts(self, paths: Sequence[str]) -> str:
        """See `Reader`; what is no npz file is refused."""
        return ""

    def embed(self, words: Sequence[Element]) -> tuple[np.ndarray, np.ndarray]:
        """Values of elements, float32 `[n, D]`, and bool `[n]`: all are known; as an `Embedder`."""
        vectors = np.array([word.vector for word in words], np.float32).reshape(len(words), self.width)
        return vectors, np.ones(len(words), dtype=bool)
