"""Large files of word vectors, read as streams: GloVe and word2vec text, word2vec binary, .gz or plain."""

import codecs
import gzip
import io
import os
import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from spiketext.errors import SpikeTextError
from spiketext.files import GZIP_MAGIC
from spiketext.inputs.embeddings.sources.base import Found, check_spread, missing
from spiketext.inputs.embeddings.sources.recognise import recognise
from spiketext.progress import Progress

# Principal components are fitted to so many first rows of a file: enough for any usual width, and the
# same for every data set.
FITTING_ROWS = 50_000
# Longest word of a binary file, in bytes; more means that it is no such file.
LONGEST_WORD = 4096
# Longest line of a text file, in bytes, and largest width: no vectors come near; more would fill the memory.
LONGEST_LINE = 1 << 20
LARGEST_WIDTH = 10_000
# Beyond that a value comes from misread bytes, and all others would vanish beside it.
LARGEST_VALUE = 1e9
_HEADER = re.compile(rb"\s*(\d{1,15})\s+(\d{1,15})\s*")
FEWEST_WORDS = 2

# Progress is looked at after so many entries: a second or less.
LOOK_EVERY = 10_000

# Number of the line or record, the word, its values as they stand in the file.
Entry = tuple[int, bytes, bytes]


class StreamedVectors(ABC):
    """What the formats share: a pass over the file converts only the rows that are wanted."""

    any_word = False
    place = "line"
    expects: str

    def __init__(self, path: str | Path, expected: int | None = None) -> None:
        """Note the file, plain or .gz, and the width that it should have, if that is known."""
        self.path = Path(path)
        self.expected = expected

    @cached_property
    def width(self) -> int:
        """D, as the file or the expectation says.

        Raises:
            SpikeTextError: the file cannot be read, or is of another width than expected.
        """
        with _reading(self.path) as (file, _):
            lines = (line for line in _lines(file) if line.strip())
            first, second = next(lines, b""), next(lines, b"")
        width = None
        if (known := recognise(first + second, readable=True)) is None:
            width = self._width(first, second)
            known = recognise(first + second, readable=width is not None)
        if known is not None:
            raise SpikeTextError(f"{self.path} holds no word vectors but {known}")
        if width is None:
            raise self._problem(1, self.expects if first else f"{self.expects}, the file is empty")
        if self.expected not in (None, width):
            raise self._problem(1, f"vectors of width {width} where {self.expected} is expected")
        if width > LARGEST_WIDTH:
            raise self._problem(1, f"vectors of width {width:,}, more than the {LARGEST_WIDTH:,} allowed")
        if width == 1 and self.expected is None:
            raise self._problem(1, "a single value after a word is no vector (`width: 1` would allow it)")
        return width

    def embed(self, words: Sequence[str]) -> Found:
        """See `Source.embed`. Of a word that the file has twice, the first vector counts.

        A form with capitals counts until the word itself comes; so reading ends early only once all words
        have come themselves.
        """
        found = missing(words, self.width)
        wanted = {word.encode("utf-8", "surrogatepass"): row for row, word in enumerate(words)}
        entries = 0
        for number, word, values in self._stream():
            entries += 1
            itself = word in wanted
            row = wanted.pop(word) if itself else wanted.get(_lower(word))
            if row is None or (found.covered[row] and not itself):
                continue
            found.vectors[row] = self._numbers(number, values)
            found.covered[row], found.cased[row] = True, not itself
            if not wanted:
                break
        else:
            if entries < FEWEST_WORDS:
                raise SpikeTextError(f"{self.path} holds {entries} word vectors; supply a file with more")
        check_spread(self.path, found.vectors[found.covered])
        return found

    def leading(self, count: int) -> list[str]:
        """The first words of the file; those that are no UTF-8 are passed over."""
        words = (word.decode("utf-8", "replace") for _, word, _ in islice(self._stream(), count))
        return list(dict.fromkeys(word for word in words if word and "\ufffd" not in word))

    def fitting_rows(self) -> np.ndarray:
        """The first 50,000 vectors of the file."""
        first = islice(self._stream(), FITTING_ROWS)
        return np.array([self._numbers(number, values) for number, _, values in first])

    def _stream(self) -> Iterator[Entry]:
        width = self.width
        with _reading(self.path) as (file, raw):
            progress = Progress(f"{self.path.name}: MiB read", max(1, os.fstat(raw.fileno()).st_size >> 20))
            for entry in self._entries(file, width):
                yield entry
                if entry[0] % LOOK_EVERY == 0:
                    progress.advance((raw.tell() >> 20) - progress.done)

    def _numbers(self, number: int, values: bytes) -> np.ndarray:
        try:
            vector = self._convert(values)
        except ValueError as error:
            raise self._problem(number, str(error)[:80]) from error
        if not np.isfinite(vector).all():
            raise self._problem(number, "a value is not finite")
        if (largest := np.abs(vector).max()) > LARGEST_VALUE:
            raise self._problem(number, f"a value of size {largest:.3g}, which no vector has")
        return vector

    def _problem(self, number: int, what: str) -> SpikeTextError:
        return SpikeTextError(
            f"{self.path}, {self.place} {number}: {what}; correct the source's `width` or `kind`, or the file"
        )

    @abstractmethod
    def _width(self, first: bytes, second: bytes) -> int | None:
        """D, from the first lines of the file; None: it is none of this form."""

    @abstractmethod
    def _entries(self, file: IO[bytes], width: int) -> Iterator[Entry]:
        """All entries of the file, from its beginning."""

    @abstractmethod
    def _convert(self, values: bytes) -> np.ndarray:
        """Values as float32 [D]; a ValueError says what is wrong with them."""


class TextVectors(StreamedVectors):
    """GloVe text (Pennington et al. 2014), or word2vec text, whose first line counts words and width.

    Blanks or tabs stand between the values, any number of them. A word may hold blanks (GloVe 840B has such
    words), so the values are taken from the right.
    """

    expects = "not a word and its values"

    def _width(self, first: bytes, second: bytes) -> int | None:
        header = _HEADER.fullmatch(first)
        # A word and its one value may look like a header.
        if header is None or self.expected == 1 < int(header[2]):
            found = _values_in(first)
            return (self.expected or found) if found else None
        if (found := _values_in(second)) != int(header[2]):
            hint = "" if found else "; word2vec's binary form is `kind: word2vec`"
            raise self._problem(2, f"{found} values where the header promises {int(header[2]):,}{hint}")
        return found

    def _entries(self, file: IO[bytes], width: int) -> Iterator[Entry]:
        promised, entries, number = None, 0, 0
        for number, line in enumerate(_lines(file), start=1):
            if promised is None and line.strip():
                header = _HEADER.fullmatch(line)
                promised = int(header[1]) if header and int(header[2]) == width else 0
                if promised:
                    continue
            if (entry := _split(line, width)) is not None:
                entries += 1
                yield number, *entry
            elif line.strip():
                raise self._problem(number, f"not a word and {width} values")
        if entries < (promised or 0):
            raise self._problem(
                number, f"the file ends after {entries:,} words; its header promises {promised:,}"
            )

    def _convert(self, values: bytes) -> np.ndarray:
        numbers = [float(value) for value in values.split()]
        if len(numbers) != self.width or b"_" in values:  # Python reads 1_000 as a number
            raise ValueError(f"not {self.width} values")
        with np.errstate(over="ignore"):  # what is too large is not finite, and refused as such
            return np.array(numbers, dtype=np.float32)


class BinaryVectors(StreamedVectors):
    """The binary form of word2vec (Mikolov et al. 2013): a header, then words with 32-bit values."""

    place = "word"
    expects = "no header with the number of words and the width"

    def _width(self, first: bytes, second: bytes) -> int | None:
        header = _HEADER.fullmatch(first)
        if header is None or int(header[2]) < 1:
            if _values_in(first) > 1:
                raise self._problem(1, "vectors as text, which is `kind: text`")
            return None
        if _values_in(second) == int(header[2]):
            raise self._problem(1, "vectors as text, which is `kind: text`")
        return int(header[2])

    def _entries(self, file: IO[bytes], width: int) -> Iterator[Entry]:
        count = int(next(line for line in _lines(file) if line.strip()).split()[0])
        for number in range(1, count + 1):
            word = bytearray()
            while (byte := file.read(1)) != b" ":
                word += byte
                if not byte or len(word) > LONGEST_WORD:
                    raise self._problem(number, f"no word here; the header promises {count:,} words")
            values = file.read(4 * width)
            if len(values) < 4 * width:
                raise self._problem(number, "the file ends within its values")
            yield number, bytes(word.lstrip(b"\n")), values
        if file.read(2).strip():
            raise self._problem(count, f"the file goes on after the {count:,} words that its header promises")

    def _convert(self, values: bytes) -> np.ndarray:
        return np.frombuffer(values, dtype="<f4").astype(np.float32)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file, without its byte order mark; over-long ones in pieces."""
    yield file.readline(LONGEST_LINE).removeprefix(codecs.BOM_UTF8)
    while line := file.readline(LONGEST_LINE):
        yield line


def _split(line: bytes, width: int) -> tuple[bytes, bytes] | None:
    """The word of a line and its values; None: these are not so many."""
    entry = line.rstrip(b" \t\r\n")
    blank = b"\t" if b"\t" in entry else b" "
    if entry.count(blank) == width:  # nearly all; splitting them takes as long as unpacking them
        word, _, values = entry.partition(blank)
        return word, values
    word, *numbers = entry.rsplit(None, width) or [b""]
    too_many = len(pieces := word.split()) > 1 and _is_number(pieces[-1])
    return None if len(numbers) < width or too_many else (word.lstrip(), b" ".join(numbers))


def _values_in(line: bytes) -> int:
    """How many numbers stand at the end of a line, after a word."""
    fields = line.split()[1:]
    return next((n for n, field in enumerate(reversed(fields)) if not _is_number(field)), len(fields))


def _lower(word: bytes) -> bytes:
    """The lower-case form of a word, whatever its bytes are."""
    if word.isascii():
        return word.lower()
    return word.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@contextmanager
def _reading(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The content of a file, unpacked, and the file itself, whose position tells how far one is."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            yield io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw, raw
    except (OSError, EOFError, zlib.error) as error:
        raise SpikeTextError(f"{path}: cannot be read: {error}; supply the file again") from error
