"""What is said of vectors that cover little of a corpus."""

import re

import numpy as np
import pytest

from spiketext.config.data import Embedding
from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.compose import Composition, open_source
from spiketext.inputs.embeddings.table import build_table

ENGLISH = ["the", "film", "is", "good", "and", "bad", "story", "town", "music", "plot"]
SIMPLIFIED = ["这个", "电影", "我们", "没有", "很好", "时间", "学校", "说", "国家", "对"]
TRADITIONAL = ["這個", "電影", "我們", "沒有", "很好", "時間", "學校", "說", "國家", "對"]
GERMAN = ["der", "und", "nicht", "schön", "schlecht", "geschichte", "musik", "stadt", "ist", "gut"]
RUSSIAN = ["фильм", "и", "хорошо", "плохо", "город", "музыка", "это", "не", "очень", "я"]


@pytest.fixture
def report(tmp_path, source):
    """A function: the report on a corpus with vectors for the words of a file."""

    def make(corpus, *files):
        paths = []
        for number, words in enumerate(files):
            paths.append(tmp_path / f"vectors{number}.txt")
            lines = (f"{word}\t{row}\t{row * row % 7}\n" for row, word in enumerate(words))
            paths[-1].write_text("".join(lines), encoding="utf-8")
        spec = Embedding(sources=[source("text", path) for path in paths])
        sources = Composition(spec, lambda one: open_source(one, []))
        vocabulary = ["", *corpus]
        return build_table(spec, sources, vocabulary, np.arange(len(vocabulary), 0, -1)).report

    return make


MANY = [f"word{number}" for number in range(3000)]


@pytest.mark.parametrize(
    ("corpus", "file", "cause"),
    [
        (
            SIMPLIFIED,
            [*ENGLISH, "很好", "对"],
            "in Chinese characters, the words of the vectors in Latin letters",
        ),
        (
            ENGLISH,
            [*SIMPLIFIED, "good"],
            "in Latin letters, the words of the vectors in Chinese characters",
        ),
        (ENGLISH, [*RUSSIAN, "good"], "in Latin letters, the words of the vectors in Cyrillic letters"),
        (
            SIMPLIFIED,
            TRADITIONAL,
            "in simplified characters, the words of the vectors in traditional",
        ),
        (
            TRADITIONAL,
            SIMPLIFIED,
            "in traditional characters, the words of the vectors in simplified",
        ),
        (ENGLISH, ["good", *(f"##{word}" for word in ENGLISH)], "the word pieces of a language model"),
        (ENGLISH, ["good", *(f"\u2581{word}" for word in ENGLISH)], "the word pieces of a language model"),
        (ENGLISH, ["good", *(f"{word}_{word}" for word in ENGLISH)], "mostly phrases"),
        (ENGLISH, ["good", *GERMAN], r"few words \(11\); the texts have the, film, is"),
        (
            ENGLISH,
            ["good", *GERMAN, *MANY],
            "another language, .* good, der, und; the texts have the",
        ),
        (ENGLISH, ["good", "12"], "few words"),
        (["\x1b[31m", "x\u202e", *ENGLISH], ["good", "12"], "the texts have the, film"),
    ],
)
def test_low_coverage_is_a_warning_with_its_cause(report, corpus, file, cause):
    warning = report(corpus, file)["warning"]
    assert re.search(cause, warning)
    assert "vectors0.txt has a vector for only" in warning
    assert "\n" not in warning


def test_the_share_is_of_tokens_that_hold_a_letter(report):
    """Ten of eleven words have no vector, but these are numbers and marks."""
    assert report(["good", *(str(number) for number in range(10))], ["good", "bad"])["warning"] is None
    found = report(["good", "bad", "12", ","], ["bad", "12", ",", "x"])
    assert found["coverage"]["tokens"] > 0.5
    assert "only 42.9 %" in found["warning"]  # good stands 4 times in the corpus, bad 3 times


def test_frequent_words_that_are_lacking(report):
    warning = report([*ENGLISH, "rare"], [*ENGLISH[3:], "rare"])["warning"]
    assert "it has most words, but lacks frequent ones: the, film, is." in warning


def test_good_coverage_is_no_warning(report):
    assert report(ENGLISH, ENGLISH)["warning"] is None
    assert report(["12", "3"], ["12", "7"])["warning"] is None


def test_cased_vectors_are_named(report):
    found = report(ENGLISH, [word.capitalize() for word in ENGLISH])
    assert found["coverage"]["types"] == 1
    assert found["warning"] == (
        "vectors0.txt is cased: 100.0 % of the tokens found have the vector of a form with capitals."
    )
    assert report(ENGLISH, [*ENGLISH[:7], "Town"])["warning"] is None


def test_each_source_is_judged(report):
    """A second source that knows all words would hide the first."""
    warning = report(ENGLISH, [*SIMPLIFIED, "good"], ENGLISH)["warning"]
    assert "vectors0.txt has" in warning
    assert "vectors1.txt" not in warning


def test_no_vector_at_all_is_refused_with_the_cause(report):
    with pytest.raises(SpikeTextError, match=r"no word of the corpus .* in Chinese characters, "):
        report(SIMPLIFIED, ENGLISH)
