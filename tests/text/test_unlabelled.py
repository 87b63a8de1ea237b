"""Texts without a label: sentences, copies of the data set's texts, and which are taken."""

from pathlib import Path

import numpy as np
import pytest

from spiketext.config.data import PlainFile, TextFile, Unlabelled
from spiketext.errors import SpikeTextError
from spiketext.labels import Coding
from spiketext.text.corpus import write_corpus
from spiketext.text.sentences import sentences
from spiketext.text.unlabelled import corpus_hashes, gather

LENGTH = 6


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            'I met Mr. Smith. He said "Go away!" Then he left...  Why? 3.5 stars<br /><br />Fine, e.g. this.',
            [
                "I met Mr. Smith.",
                'He said "Go away!"',
                "Then he left...",
                "Why?",
                "3.5 stars",
                "Fine, e.g. this.",
            ],
        ),
        (
            "en",
            "J. R. R. Tolkien wrote it. no capital here. Yes",
            ["J. R. R. Tolkien wrote it. no capital here.", "Yes"],
        ),
        (
            "zh",
            "房间很大。早餐一般！服务“好。”价格3.5元.不错",
            ["房间很大。", "早餐一般！", "服务“好。”", "价格3.5元.", "不错"],
        ),
    ],
)
def test_sentences(language, text, expected):
    assert sentences(text, language) == expected


@pytest.fixture
def corpus(tmp_path):
    """A data set with standard splits; its hashes."""
    rows = {
        "train": ["a train text of the set", "bad words in a row here"],
        "dev": ["a dev text of the set", "one more dev text in here"],
        "test": ["A test, cut here and then goes on and on", "Whole review. With two sentences."],
    }
    files = []
    for split, texts in rows.items():
        path = tmp_path / f"{split}.txt"
        path.write_text("".join(f"{i} {text}\n" for i, text in enumerate(texts)), encoding="utf-8")
        files.append((path, TextFile(path=str(path), format="label-text", split=split)))
    write_corpus(tmp_path / "corpus.parquet", files, Coding(["no", "yes"]), "en", LENGTH, workers=1)
    return corpus_hashes(tmp_path / "corpus.parquet", LENGTH)


def taken(folder: Path, known, lines, **settings):
    path = folder / "more.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    spec = Unlabelled(files=[{"path": str(path), "format": "lines"}], **settings)
    return gather([(path, PlainFile(path=str(path), format="lines"))], spec, "en", LENGTH, known)


def test_no_text_of_the_data_set_is_taken(tmp_path, corpus):
    """Whatever its split, its spaces and capitals, and be it equal only as far as a network reads."""
    copies = [
        "a train text of the set",
        "A  dev text of the SET",
        "a test , cut here and something else altogether",
        "Whole review. With two sentences.",
    ]
    found = taken(tmp_path, corpus, [*copies, "another text that nobody knows"])
    assert found.texts == [["another", "text", "that", "nobody", "knows"]]
    assert found.report["of_the_data_set"] == len(copies) and found.report["read"] == 5


def test_nor_is_a_sentence_of_a_copy(tmp_path, corpus):
    lines = [
        "Whole review. With two sentences.",
        "Not known so far at all. A dev text of the set",
    ]
    found = taken(tmp_path, corpus, lines, cut="sentences", shortest=2)
    assert found.texts == [["not", "known", "so", "far", "at", "all"]]
    counts = {"read": 2, "texts": 4, "short": 0, "of_the_data_set": 3, "repeated": 0, "kept": 1}
    assert found.report == {**counts, "beyond_the_largest_number": 0}


def test_nor_is_a_sentence_that_is_one_as_far_as_a_network_reads(tmp_path, corpus):
    lines = ["Not known so far at all. A test, cut here and something else."]
    found = taken(tmp_path, corpus, lines, cut="sentences")
    assert found.texts == [["not", "known", "so", "far", "at", "all"]]


def test_short_and_repeated_ones_are_dropped(tmp_path, corpus):
    lines = ["too short", "five words are long enough", "Five words are long  enough"]
    found = taken(tmp_path, corpus, lines)
    assert len(found.texts) == 1 and found.report["short"] == 1 and found.report["repeated"] == 1


def test_which_are_taken_depends_on_no_order(tmp_path, corpus):
    """And those of a smaller number are among those of a larger one."""
    lines = [f"text number {i} of very many" for i in range(100)]
    some = taken(tmp_path, corpus, lines, largest=20)
    assert len(some.texts) == 20 and some.report["beyond_the_largest_number"] == 80
    assert taken(tmp_path, corpus, lines[::-1], largest=20).texts == some.texts
    numbers = {int(text[2]) for text in some.texts}
    assert min(numbers) < 50 < max(numbers)
    assert some.texts[:10] == taken(tmp_path, corpus, lines, largest=10).texts
    every = taken(tmp_path, corpus, lines, largest=1000)
    assert len(every.texts) == 100


def test_nothing_left_is_one_line(tmp_path, corpus):
    with pytest.raises(SpikeTextError, match="no text without a label is left"):
        taken(tmp_path, corpus, ["short"])


def test_hashes_are_of_the_whole_corpus(corpus):
    """Six texts, two of which are longer than a network reads; the array is sorted."""
    assert len(corpus) == 8 and (np.diff(corpus.astype(object)) > 0).all()
