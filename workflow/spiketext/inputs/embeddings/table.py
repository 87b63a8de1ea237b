"""The table of word vectors of one data set, and what it covers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spiketext.arrays import Layout, read_arrays
from spiketext.config.data import Embedding
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.inputs.embeddings.compose import Composition
from spiketext.inputs.embeddings.coverage import Shares, low_coverage
from spiketext.inputs.embeddings.positive import scale
from spiketext.seal import unusable

EXAMPLES = 20


@dataclass(frozen=True)
class Table:
    """Word vectors of a data set.

    Attributes:
        words: V words: the vocabulary in its order, then extra frequent words of the sources.
        vectors: float32 [V, D], not transformed; zero in row 0 and for unknown words.
        covered: bool [V].
        report: what is known of them, for report.json.
    """

    words: list[str]
    vectors: np.ndarray
    covered: np.ndarray
    report: dict[str, Any]


def build_table(spec: Embedding, sources: Composition, vocabulary: list[str], counts: np.ndarray) -> Table:
    """Look up the vocabulary, and the words that the sources should keep besides.

    Args:
        vocabulary: words of the corpus, the padding first.
        counts: int [len(vocabulary)], how often each occurs in the corpus.

    Raises:
        SpikeTextError: no word of the corpus has a vector.
    """
    leading = [
        word.lower()  # as tokenisers give them
        for one, source in zip(spec.sources, sources.sources, strict=True)
        for word in (source.leading(one.keep_frequent) if one.keep_frequent else [])
    ]
    words = list(dict.fromkeys([*vocabulary, *leading]))
    vectors, by_source, cased = map(_after_padding, sources.embed(words[1:]))
    covered = np.logical_or.reduce(by_source, axis=1)
    corpus = slice(0, len(vocabulary))
    share = Shares(vocabulary, counts)
    warning = low_coverage(spec, sources, share, by_source[corpus], cased[corpus])
    if not covered[corpus].any():
        raise SpikeTextError(
            f"embeddings: no word of the corpus has a vector; choose others. {warning or ''}".rstrip()
        )
    mean, std = scale(vectors[corpus][covered[corpus]])
    report = {
        "width": sources.width,
        "words": len(vocabulary) - 1,
        "extra_words": len(words) - len(vocabulary),
        "coverage": share.of(covered[corpus]),
        "sources": [
            {"kind": one.kind, "width": width, **share.of(by_source[corpus, number])}
            for number, (one, width) in enumerate(zip(spec.sources, sources.widths, strict=True))
        ],
        "cased": share.counts(np.logical_or.reduce(cased[corpus], axis=1)),
        "uncovered_examples": [words[row] for row in np.flatnonzero(~covered[corpus])[1 : EXAMPLES + 1]],
        "warning": warning,
        "mean": mean,
        "std": std,
    }
    return Table(words, vectors, covered, report)


def _after_padding(rows: np.ndarray) -> np.ndarray:
    """The rows after one of zeros, that of the padding."""
    return np.concatenate([np.zeros_like(rows, shape=(1, *rows.shape[1:])), rows])


def load_table(table_path: str | Path, words_path: str | Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Words [V], vectors float32 [V, D] and which words are covered, bool [V], of a stored table.

    Raises:
        SpikeTextError: a file is missing or damaged, or they do not belong together.
    """
    words = read_json(words_path).get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise unusable(words_path, "does not fit (it holds no list of words)")
    layout = {"vectors": Layout("float32", (len(words), "D")), "covered": Layout("bool", (len(words),))}
    table = read_arrays(table_path, layout)
    vectors, covered = table["vectors"], table["covered"]
    if not vectors.size or vectors[0].any() or covered[0]:
        raise unusable(table_path, "does not fit (its first row, the padding, is not zero)")
    return words, vectors, covered
