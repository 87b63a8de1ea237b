"""Chinese word vectors: 55,455 words of Tencent's (Song et al. 2018), with back-off to characters."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.sources.base import Found, check_spread, missing
from spiketext.resources.pickles import load_pickle


@cache
def read_tencent(path: Path) -> tuple[dict[str, int], np.ndarray]:
    """Rows of the words, and vectors float32 [n, D], in the file's order of falling frequency.

    The file is a pickle (opened by a restricted unpickler) whose first part is a list of lines, each a
    word and its values. It is read once per process: two sources stand on it.

    Raises:
        SpikeTextError: the file is of another kind, or its lines differ in width.
    """
    content = load_pickle(path)
    rows: dict[str, int] = {}
    try:
        lines = content[0]
        vectors = np.empty((len(lines), lines[0].count(" ")), dtype=np.float32)
        for row, line in enumerate(lines):
            word, *values = line.split(" ")
            if len(values) != vectors.shape[1]:  # a single value would be repeated
                raise ValueError(f"line {row + 1} has {len(values)} values")
            vectors[row] = np.array(values, dtype=np.float32)
            rows.setdefault(word, row)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise SpikeTextError(
            f"{path}: not a list of words with vectors of one width ({error}); supply the file again"
        ) from error
    if not vectors.size or not np.isfinite(vectors).all():
        raise SpikeTextError(f"{path}: vectors are missing or not finite; supply the file again")
    check_spread(path, vectors)
    return rows, vectors


class TencentCharacters:
    """Every word's vector is the mean of its characters' vectors, also where the word itself has one."""

    any_word = True

    def __init__(self, path: str | Path) -> None:
        """Raises: SpikeTextError, see `read_tencent`."""
        self._rows, self._vectors = read_tencent(Path(path))
        self._cased: dict[str, int] = {}
        for word, row in self._rows.items():
            if word.lower() not in self._rows:
                self._cased.setdefault(word.lower(), row)
        self.width = self._vectors.shape[1]

    def embed(self, words: Sequence[str]) -> Found:
        """See `Source.embed`; a word is unknown if none of its characters is known."""
        found = missing(words, self.width)
        for place, word in enumerate(words):
            self._enter(found, place, word)
        return found

    def _enter(self, found: Found, place: int, parts: Iterable[str]) -> None:
        """Enter the mean of those parts of a word that the file has, as they are or with capitals."""
        known = [part for part in parts if part in self._rows or part in self._cased]
        if known:
            rows = [self._rows[part] if part in self._rows else self._cased[part] for part in known]
            found.vectors[place] = self._vectors[rows].mean(axis=0)
            found.covered[place] = True
            found.cased[place] = any(part in self._cased for part in known)

    def leading(self, count: int) -> list[str]:
        """The first words of the file."""
        return list(islice(self._rows, count))

    def fitting_rows(self) -> np.ndarray:
        """The vectors that this source gives to all words of the file."""
        found = self.embed(self.leading(len(self._rows)))
        return found.vectors[found.covered]


class Tencent(TencentCharacters):
    """A word's own vector; for a word without one, the mean of its characters' vectors."""

    def embed(self, words: Sequence[str]) -> Found:
        """See `Source.embed`."""
        found = missing(words, self.width)
        for place, word in enumerate(words):
            whole = word in self._rows or word in self._cased
            self._enter(found, place, [word] if whole else word)
        return found

    def fitting_rows(self) -> np.ndarray:
        """All vectors of the file."""
        return self._vectors
