"""Texts without a label: read, cut, and freed of copies, of one another and of the data set's own texts.

Of any number of texts no more are held at a time than twice as many as are wanted.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spiketext.config.data import PlainFile, Unlabelled
from spiketext.errors import SpikeTextError
from spiketext.tables import open_table
from spiketext.text.duplicates import hashes
from spiketext.text.readers import read_texts
from spiketext.text.sentences import sentences
from spiketext.text.tokenisers import tokenise

log = logging.getLogger(__name__)

ROWS = 2048  # of the corpus, hashed together
REPORT_EVERY = 5000  # texts: a line in the log
END = "\n"  # of a token where a text is held; no token holds one


class Gathered(NamedTuple):
    """What is taken.

    Attributes:
        texts: tokens of each, in the order of their hashes.
        report: counts, for report.json.
    """

    texts: list[list[str]]
    report: dict[str, Any]


def corpus_hashes(corpus: str | Path, max_length: int) -> np.ndarray:
    """Hashes of all texts of a data set, whole and as far as a network reads them, sorted: uint64."""
    found = [np.zeros(0, dtype=np.uint64)]
    for batch in open_table(corpus, ["tokens"]).iter_batches(ROWS, columns=["tokens"]):
        one = hashes(batch["tokens"].to_pylist(), max_length)
        found += [one.whole, one.cut]
    return np.unique(np.concatenate(found))


def gather(
    files: Sequence[tuple[Path, PlainFile]],
    spec: Unlabelled,
    language: str,
    max_length: int,
    known: np.ndarray,
) -> Gathered:
    """Read the files and choose texts.

    A text whose tokens are those of a text of the data set, whole or as far as a network reads, is dropped,
    be that of train, dev or test, as the seeds divide them differently; so is all of a text that is cut into
    sentences and is a copy as a whole.

    Args:
        files: paths with their descriptions.
        spec: how to cut, and how many to take.
        language: chooses the tokeniser.
        max_length: tokens that a network reads of a text.
        known: of `corpus_hashes`.

    Raises:
        SpikeTextError: a file cannot be read, or nothing is left.
    """
    counts = dict.fromkeys(("read", "texts", "short", "of_the_data_set", "repeated"), 0)
    chosen = _Least(spec.largest)
    for path, file in files:
        for text in read_texts(path, file):
            counts["read"] += 1
            if counts["read"] % REPORT_EVERY == 0:
                log.info("%d texts read, %d chosen", counts["read"], len(chosen.held))
            for tokens, copy in _cut(text, spec, language, max_length, known):
                counts["texts"] += 1
                if copy:
                    counts["of_the_data_set"] += 1
                elif len(tokens) < spec.shortest:
                    counts["short"] += 1
                else:
                    counts["repeated"] += chosen.add(tokens[:max_length])
    texts = chosen.texts()
    if not texts:
        where = ", ".join(str(path) for path, _ in files)
        raise SpikeTextError(f"{where}: no text without a label is left; check `unlabelled` and the files")
    left = counts["texts"] - counts["of_the_data_set"] - counts["short"] - counts["repeated"]
    report = {**counts, "beyond_the_largest_number": left - len(texts), "kept": len(texts)}
    log.info("texts without a label: %s", ", ".join(f"{n} {name}" for name, n in report.items()))
    return Gathered(texts, report)


def _cut(
    text: str, spec: Unlabelled, language: str, max_length: int, known: np.ndarray
) -> Iterator[tuple[list[str], bool]]:
    """Tokens of a text or of its sentences, and whether they are, or it is, a copy of one of the data set."""
    whole = tokenise(text, language)
    parts = [whole]
    if spec.cut == "sentences":
        parts = [tokenise(one, language) for one in sentences(text, language)]
    of_all, *of_parts = (hashes([tokens], max_length) for tokens in (whole, *parts))
    copied = _is_known(of_all.whole, known) or _is_known(of_all.cut, known)
    for tokens, own in zip(parts, of_parts, strict=True):
        yield tokens, copied or _is_known(own.whole, known) or _is_known(own.cut, known)


def _is_known(one: np.ndarray, known: np.ndarray) -> bool:
    place = np.searchsorted(known, one[0])
    return bool(place < len(known) and known[place] == one[0])


class _Least:
    """The distinct texts with the least hashes."""

    def __init__(self, number: int) -> None:
        """So many of them."""
        self.number, self.bound = number, 2**64
        self.held: dict[int, str] = {}

    def add(self, tokens: list[str]) -> bool:
        """Take a text if it may be one of them; returns whether it is held already."""
        own = int(hashes([tokens], len(tokens)).whole[0])
        if own in self.held:
            return True
        if own < self.bound:
            self.held[own] = END.join(tokens)
            if len(self.held) >= 2 * self.number:
                self._drop()
        return False

    def _drop(self) -> None:
        kept = sorted(self.held)[: self.number]
        self.held = {own: self.held[own] for own in kept}
        if len(kept) == self.number:
            self.bound = kept[-1]

    def texts(self) -> list[list[str]]:
        """All that are left."""
        self._drop()
        return [text.split(END) for text in self.held.values()]
