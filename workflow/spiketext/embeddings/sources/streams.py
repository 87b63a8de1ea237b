"""Large files of word vectors, read as streams: GloVe and word2vec text, word2vec binary, .gz or plain."""

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

from spiketext.embeddings.sources.base import Found, missing
from spiketext.errors import SpikeTextError
from spiketext.progress import Progress

# Principal components are fitted to so many first rows of a file: enough for any usual width, and the
# same for every data set.
FITTING_ROWS = 50_000
GZIP_MAGIC = b"\x1f\x8b"
# Longest word of a binary file, in bytes; more means that it is no such file.
LONGEST_WORD = 4096
_HEADER = re.compile(rb"\s*(\d+)\s+(\d+)\s*")

# Progress is looked at after so many entries: a second or less.
LOOK_EVERY = 10_000

# Number of the line or record, the word, its values as they stand in the file.
Entry = tuple[int, bytes, bytes]


class StreamedVectors(ABC):
    """What the formats share: a pass over the file converts only the rows that are wanted."""

    any_word = False
    place = "line"

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
            return self._width(file.readline(1 << 20))

    def embed(self, words: Sequence[str]) -> Found:
        """See `Source.embed`. Of a word that the file has twice, the first vector counts.

        A form with capitals counts until the word itself comes; so reading ends early only once all words
        have come themselves.
        """
        found = missing(words, self.width)
        wanted = {word.encode("utf-8", "surrogatepass"): row for row, word in enumerate(words)}
        for number, word, values in self._stream():
            itself = word in wanted
            row = wanted.pop(word) if itself else wanted.get(_lower(word))
            if row is None or (found.covered[row] and not itself):
                continue
            found.vectors[row] = self._numbers(number, values)
            found.covered[row], found.cased[row] = True, not itself
            if not wanted:
                break
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
        return vector

    def _problem(self, number: int, what: str) -> SpikeTextError:
        return SpikeTextError(
            f"{self.path}, {self.place} {number}: {what}; correct the source's `width` or `kind`, or the file"
        )

    def _check_width(self, found: int) -> int:
        if self.expected not in (None, found):
            raise self._problem(1, f"vectors of width {found} where {self.expected} is expected")
        return found

    @abstractmethod
    def _width(self, first: bytes) -> int:
        """D, from the first line of the file."""

    @abstractmethod
    def _entries(self, file: IO[bytes], width: int) -> Iterator[Entry]:
        """All entries of the file, from its beginning."""

    @abstractmethod
    def _convert(self, values: bytes) -> np.ndarray:
        """Values as float32 [D]; a ValueError says what is wrong with them."""


class TextVectors(StreamedVectors):
    """GloVe text (Pennington et al. 2014), or word2vec text, whose first line counts words and width.

    A word may hold spaces (GloVe 840B has such words), so the values are taken from the right.
    """

    def _width(self, first: bytes) -> int:
        if header := _HEADER.fullmatch(first):
            return self._check_width(int(header[2]))
        found = len(first.split()) - 1
        if found < 1:
            raise self._problem(1, "not a word and its values")
        return self.expected or found

    def _entries(self, file: IO[bytes], width: int) -> Iterator[Entry]:
        for number, line in enumerate(file, start=1):
            entry = line.rstrip(b" \r\n")
            if entry.count(b" ") == width:  # nearly all; splitting them takes as long as unpacking them
                word, _, values = entry.partition(b" ")
                yield number, word, values
                continue
            word, *parts = entry.rsplit(b" ", width)
            if len(parts) == width and not _is_number(word.rpartition(b" ")[2]):
                yield number, word, b" ".join(parts)
            elif line.strip() and not (number == 1 and _HEADER.fullmatch(line)):
                raise self._problem(number, f"not a word and {width} values")

    def _convert(self, values: bytes) -> np.ndarray:
        return np.array([float(value) for value in values.split(b" ")], dtype=np.float32)


class BinaryVectors(StreamedVectors):
    """The binary form of word2vec (Mikolov et al. 2013): a header, then words with 32-bit values."""

    place = "word"

    def _width(self, first: bytes) -> int:
        header = _HEADER.fullmatch(first)
        if header is None or int(header[2]) < 1:
            raise self._problem(1, "no header with the number of words and the width")
        return self._check_width(int(header[2]))

    def _entries(self, file: IO[bytes], width: int) -> Iterator[Entry]:
        count = int(file.readline().split()[0])
        for number in range(1, count + 1):
            word = bytearray()
            while (byte := file.read(1)) != b" ":
                word += byte
                if not byte or len(word) > LONGEST_WORD:
                    raise self._problem(number, f"no word here; the header promises {count} words")
            values = file.read(4 * width)
            if len(values) < 4 * width:
                raise self._problem(number, "the file ends within its values")
            yield number, bytes(word.lstrip(b"\n")), values

    def _convert(self, values: bytes) -> np.ndarray:
        return np.frombuffer(values, dtype="<f4").astype(np.float32)


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
