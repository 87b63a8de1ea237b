import gzip

import numpy as np
import pytest

from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.sources import streams
from spiketext.inputs.embeddings.sources.streams import BinaryVectors, TextVectors

ROWS = {"the": [0.5, -1.0, 2.0], ". .": [1.0, 1.0, 1.0], "好": [3.0, 2.0, 1.0], "12": [0.0, 0.25, 0.5]}


def as_text(rows, header=False, end="\n"):
    lines = [f"{len(rows)} 3"] if header else []
    lines += [" ".join([word, *map(str, values)]) for word, values in rows.items()]
    return (end.join(lines) + end).encode()


def as_binary(rows, newline=b"\n"):
    head = f"{len(rows)} 3\n".encode()
    return head + b"".join(
        word.encode() + b" " + np.array(values, dtype="<f4").tobytes() + newline
        for word, values in rows.items()
    )


@pytest.fixture
def write(tmp_path):
    def write(content, name="vectors"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        (TextVectors, as_text(ROWS), list(ROWS)),
        (TextVectors, as_text(ROWS, header=True), list(ROWS)),
        (TextVectors, as_text(ROWS, header=True, end=" \r\n"), list(ROWS)),
        (BinaryVectors, as_binary({k: v for k, v in ROWS.items() if " " not in k}), ["the", "好", "12"]),
        (BinaryVectors, as_binary({k: v for k, v in ROWS.items() if " " not in k}, b""), ["the", "好", "12"]),
    ],
)
def test_every_form_gives_the_same_vectors(write, kind, content, words, pack):
    source = kind(write(pack(content)), 3)
    assert source.width == 3
    vectors, covered, cased = source.embed(["absent", *reversed(words)])
    assert covered.tolist() == [False] + [True] * len(words)
    assert not cased.any()
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[0.0, 0.0, 0.0], *(ROWS[word] for word in reversed(words))]
    assert source.leading(2) == words[:2]
    assert source.leading(99) == words
    assert source.fitting_rows().tolist() == [ROWS[word] for word in words]


def test_width_comes_from_the_first_line_if_nobody_says(write):
    assert TextVectors(write(as_text(ROWS))).width == 3
    assert BinaryVectors(write(as_binary(ROWS))).width == 3


def test_first_of_two_vectors_counts(write):
    source = TextVectors(write(b"a 1 2\nb 3 4\na 5 6\n"))
    assert source.embed(["b", "a"]).vectors.tolist() == [[3.0, 4.0], [1.0, 2.0]]


def test_reading_ends_with_the_last_word_wanted(write):
    source = TextVectors(write(b"a 1 2\nb 3 4\nbroken\n"))
    assert source.embed(["b", "a"]).covered.all()
    with pytest.raises(SpikeTextError, match="line 3"):
        source.embed(["b", "z"])


CASED = {"Good": [1.0, 1.0], "BAD": [2.0, 2.0], "good": [3.0, 3.0], "GOOD": [4.0, 4.0], "Ärger": [5.0, 5.0]}
CASED |= {"Bad": [6.0, 6.0], "Nice": [7.0, 7.0]}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (TextVectors, as_text(CASED)),
        (BinaryVectors, as_binary(CASED).replace(b"7 3", b"7 2")),
    ],
)
def test_the_first_form_with_capitals_stands_in_for_a_word_that_is_missing(write, kind, content):
    vectors, covered, cased = kind(write(content)).embed(["good", "bad", "ärger", "ugly"])
    assert vectors.tolist() == [[3.0, 3.0], [2.0, 2.0], [5.0, 5.0], [0.0, 0.0]]
    assert covered.tolist() == [True, True, True, False]
    assert cased.tolist() == [False, True, True, False]


def test_a_form_with_capitals_does_not_end_the_reading(write):
    source = TextVectors(write(b"Good 1 2\nBad 3 4\nbad 5 6\ngood 7 8\nbroken\n"))
    assert source.embed(["bad", "good"]).vectors.tolist() == [[5.0, 6.0], [7.0, 8.0]]


def test_words_that_are_no_text_have_no_capitals(write):
    source = TextVectors(write(b"\xc4A\xff 1 2\nB 3 4\n"))
    assert source.embed(["b", "a"]).cased.tolist() == [True, False]


def test_values_of_words_that_nobody_wants_are_not_converted(write):
    assert TextVectors(write(b"a 1 2\nb x y\nc 1 2\n")).embed(["c", "a"]).covered.all()


def test_words_that_are_no_text_are_passed_over(write):
    assert TextVectors(write(b"a 1 2\n\xff\xfe 3 4\nc 1 2\n")).leading(3) == ["a", "c"]


def test_components_are_fitted_to_the_first_rows_only(write, monkeypatch):
    monkeypatch.setattr(streams, "FITTING_ROWS", 2)
    assert len(TextVectors(write(as_text(ROWS))).fitting_rows()) == 2


@pytest.mark.parametrize(
    ("kind", "content", "expected", "problem"),
    [
        (TextVectors, as_text(ROWS), 2, "line 1: not a word and 2 values"),
        (TextVectors, as_text(ROWS), 4, "line 1: not a word and 4 values"),
        (TextVectors, as_text(ROWS, header=True), 4, "line 1: vectors of width 3 where 4 is expected"),
        (TextVectors, b"a 1 2\nb 3\n", 2, "line 2: not a word and 2 values"),
        (TextVectors, b"a 1 2\nb 3 4 5\n", 2, "line 2: not a word and 2 values"),
        (TextVectors, b"a 1 2\nzz 3 x\n", 2, "line 2: could not convert"),
        (TextVectors, b"a 1 2\nzz 3 nan\n", 2, "line 2: a value is not finite"),
        (TextVectors, b"", None, "line 1: not a word"),
        (TextVectors, gzip.compress(as_text(ROWS) * 500)[:-20], 3, "cannot be read"),
        (BinaryVectors, as_binary(ROWS), 4, "width 3 where 4 is expected"),
        (BinaryVectors, b"no header\n", None, "no header"),
        (BinaryVectors, as_binary({"a": [1, 2, 3]})[:-6], 3, "word 1: the file ends"),
        (BinaryVectors, b"2 3\n" + as_binary({"a": [1, 2, 3]})[4:], 3, "word 2: no word here"),
        (BinaryVectors, b"1 3\n" + b"x" * 9999, 3, "word 1: no word here"),
    ],
)
def test_bad_files_are_one_line_with_the_place(write, kind, content, expected, problem):
    with pytest.raises(SpikeTextError, match=problem) as caught:
        kind(write(content), expected).embed(["zz"])
    assert "\n" not in str(caught.value)
    assert "vectors" in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(SpikeTextError, match=r"absent\.txt: cannot be read"):
        TextVectors(tmp_path / "absent.txt").embed(["a"])
