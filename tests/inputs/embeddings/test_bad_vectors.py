"""Files that hold no word vectors, or hold them in odd forms: refused in one line, or read right."""

import gzip
import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.errors import SpikeTextError
from spiketext.inputs.embeddings.sources.streams import BinaryVectors, TextVectors

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123abcd\nsize 10528549\n"
GOOD = b"the 0.5 -1.0 2.0\ngood 1.0 1.5 1.0\nfilm 3.0 2.0 1.0\nbad 0.0 0.25 0.5\n"


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("glove.txt", GOOD)
    return buffer.getvalue()


def numpy_file():
    buffer = io.BytesIO()
    np.save(buffer, np.ones((3, 3)))
    return buffer.getvalue()


def binary(header, order="<f4"):
    """Three words with two values each, in word2vec's binary form; the header may promise something else."""
    vectors = {b"the": [0.5, 1], b"good": [0.65, 0.3], b"Film": [4, 5]}
    content = (word + b" " + np.array(values, order).tobytes() + b"\n" for word, values in vectors.items())
    return header.encode() + b"\n" + b"".join(content)


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "vectors"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("kind", [TextVectors, BinaryVectors])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("width", [None, 1, 300])
@pytest.mark.parametrize(
    ("content", "named"),
    [
        (POINTER, "a Git LFS pointer"),
        (b"\n <!DOCTYPE html>\n<title>Not found</title>", "a web page"),
        (b'<html lang="en"> 1 2', "a web page"),
        (json.dumps({"the": [0.5, 1.0]}, indent=1).encode(), "JSON"),
        (b'[["the", 0.5, 1.0]]', "JSON"),
        (b"word,v1,v2\nthe,0.5,1.0\n", "a table with commas"),
        (b"the;0.5;1.0\na;0.5;1.0\n", "a table with commas"),
        (zipped(), "an archive"),
        (GOOD.decode().encode("utf-16"), "UTF-16"),
        (numpy_file(), "data of another kind"),
    ],
)
def test_other_files_are_named(write, kind, pack, width, content, named):
    with pytest.raises(SpikeTextError, match=f"holds no word vectors but .*{named}") as caught:
        kind(write(pack(content)), width).embed(["the", "size"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "content", "width", "problem"),
    [
        (TextVectors, gzip.compress(gzip.compress(GOOD, mtime=0), mtime=0), None, "packed twice"),
        (TextVectors, b"the 1\nsize 2\n", None, "a single value after a word is no vector"),
        (TextVectors, b"2 1\nthe 1\nsize 2\n", None, "a single value after a word is no vector"),
        (TextVectors, b"the 0 0\ngood 0 0\nbad 0 0\n", None, "all 3 vectors are alike, the first value is 0"),
        (TextVectors, b"the 1 2\ngood 1 2\nbad 1 2\n", None, "all 3 vectors are alike, the first value is 1"),
        (TextVectors, b"the 1 2\n", None, "holds 1 word vectors"),
        (TextVectors, b"999999999999 3\n" + GOOD, None, "after 4 words; its header promises 999,999,999,999"),
        (TextVectors, b"5 3\n" + GOOD, None, "after 4 words; its header promises 5"),
        (TextVectors, b"4 1000000000\n" + GOOD, None, "3 values where the header promises 1,000,000,000"),
        (TextVectors, b"9" * 5000 + b" 3\n" + GOOD, 3, "not a word and 3 values"),
        (TextVectors, b"3 3\nthe \x00\x01\x02", None, "binary form is `kind: word2vec`"),
        (TextVectors, b"x" * (1 << 21), None, "not a word and its values"),
        (TextVectors, bytes(range(128, 256)) * 99, None, "not a word and its values"),
        (TextVectors, b"the " + b"1 " * 10_001 + b"\n", None, "width 10,001, more than"),
        (TextVectors, b"the 1_0 2\nbad 1 2\n", None, "line 1: not 2 values"),
        (BinaryVectors, b"4 3\n" + GOOD, None, "which is `kind: text`"),
        (BinaryVectors, GOOD, None, "which is `kind: text`"),
        (BinaryVectors, b"4 1000000000\nthe \x00", None, "width 1,000,000,000, more than"),
        (BinaryVectors, b"999999999999 1\nthe \x00\x00\x80?", 1, "word 2: no word here"),
        (BinaryVectors, b"9" * 5000 + b" 3\n", None, "no header"),
        (BinaryVectors, binary("3 1"), 1, "word 3: the file goes on after the 3 words"),
        (BinaryVectors, binary("2 2"), None, "word 2: the file goes on after the 2 words"),
        (
            BinaryVectors,
            binary("3 2", ">f4"),
            None,
            "word 2: a value of size 2.72e\\+23, which no vector has",
        ),
        (TextVectors, b"the 1e37 2\nbad 1 2\n", None, "line 1: a value of size 1e\\+37"),
    ],
)
def test_what_is_wrong_is_said(write, kind, content, width, problem):
    with pytest.raises(SpikeTextError, match=problem) as caught:
        kind(write(content), width).embed(["the", "good", "bad", "zz"])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


TABLE = {"the": [0.5, -1.0], "a b": [1.0, 2.0], "1 000": [3.0, 4.0], "12": [5.0, 6.0]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"the\t0.5\t-1.0\na b\t1\t2\n1 000\t3\t4\n12\t5\t6\n", list(TABLE)),
        (b"4\t2\nthe\t0.5\t-1.0\t\na b\t1\t2\t\r\n1 000\t3\t4\n12\t5\t6", list(TABLE)),
        (b"the\t0.5 -1.0\na b\t1 2 \n12\t5 6\n", ["the", "a b", "12"]),
        (b"the  0.5   -1.0  \na b   1   2\n12   5   6\t \n", ["the", "a b", "12"]),
        (b"\xef\xbb\xbfthe 0.5 -1.0\n12 5 6\n", ["the", "12"]),
        (b"\xef\xbb\xbf2 2\nthe 0.5 -1.0\n12 5 6\n", ["the", "12"]),
        (b"\nthe 0.5 -1.0\n\n12 5 6\n\n", ["the", "12"]),
    ],
)
def test_odd_blanks_are_read(write, content, words):
    for width in (None, 2):
        vectors, covered, _ = TextVectors(write(content), width).embed([*words, "absent"])
        assert covered.tolist() == [True] * len(words) + [False]
        assert vectors[:-1].tolist() == [TABLE[word] for word in words]


def test_a_word_that_looks_like_a_header(write):
    source = TextVectors(write(b"300 5\nfoo 3\nbar 4\n"), 1)
    assert source.embed(["300", "bar"]).vectors.tolist() == [[5.0], [4.0]]


BINARY = binary("3 2")


PIECES = [b"", b"\n", b" ", b"\t", b"9", b"nan", b"-", b"\xff", b"\x00", b"e99", b"4 3\n"]


@st.composite
def mutated(draw):
    """A good file, some bytes of which are changed, left out, doubled or cut off."""
    content = bytearray(draw(st.sampled_from([GOOD, b"4 3\n" + GOOD, GOOD.replace(b" ", b"\t"), BINARY])))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        piece = draw(st.sampled_from(PIECES))
        content[place : place + draw(st.integers(0, 9))] = piece
    return bytes(content)


@pytest.mark.parametrize("kind", [TextVectors, BinaryVectors])
@given(
    content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | mutated(),
    packed=st.sampled_from(["plain", "gzip", "damaged gzip"]),
    width=st.sampled_from([None, 1, 2, 3]),
)
@settings(max_examples=1500, deadline=None)
def test_fuzzed_files_are_refused_or_read(tried, kind, content, packed, width):
    tried()
    if packed != "plain":
        content = gzip.compress(content)
    if packed == "damaged gzip":
        content = content[: len(content) // 2] + b"?" + content[len(content) // 2 + 1 :]
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        source = kind(file.name, width)
        for ask in (
            lambda: source.embed(["the", "good", "film", "absent"]),
            lambda: source.leading(5),
            source.fitting_rows,
        ):
            try:
                found = ask()
            except SpikeTextError as error:
                assert len(str(error).splitlines()) == 1
                continue
            if isinstance(found, tuple):
                assert np.isfinite(found.vectors).all()
                assert found.vectors.shape == (4, source.width)
                assert not found.vectors[~found.covered].any()
