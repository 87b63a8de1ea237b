"""Texts and sequences of numbers as a trained network reads them: as its study did."""

import numpy as np
import pytest

from spiketext.arrays import write_arrays
from spiketext.config.data import TextFile
from spiketext.errors import SpikeTextError
from spiketext.files import write_json
from spiketext.labels import Coding
from spiketext.text.readers import read_rows
from spiketext.text.tokenisers import tokenise
from spiketext.use.reading import SequenceReader, TextReader

PLACES = [2, 0, 3, 1]


@pytest.fixture
def reader(tmp_path):
    """Of elements of one value, divided by 10, in an order of their own; three of four are read."""
    table = {"vectors": np.zeros((3, 1), np.float32), "covered": np.array([False, True, True])}
    write_arrays(tmp_path / "table.safetensors", table)
    write_json(tmp_path / "words.json", {"words": ["", "1.0", "2.0"]})
    write_arrays(tmp_path / "fit.safetensors", {"places": np.array(PLACES), "scale": np.array([10.0])})
    names = ("table.safetensors", "words.json", "fit.safetensors")
    return SequenceReader(*(tmp_path / name for name in names), max_length=3)


@pytest.mark.parametrize("values", [[10, 20, 30, 30], [[10.0], [20.0], [30.0], [30.0]]])
def test_sequences_are_scaled_and_permuted_as_in_the_study(reader, values):
    """Element i is the one at place `PLACES[i]`; an element is called by its value."""
    tokens = reader.tokens(np.array(values))
    assert tokens == ["3.0", "1.0", "3.0"]
    vectors, known = reader.embed(tokens)
    assert vectors.tolist() == [[3.0], [1.0], [3.0]] and known.all()


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("a text", "is no sequence of numbers"),
        ([], "is no sequence of numbers"),
        (np.zeros((2, 2, 2)), "is no sequence of numbers"),
        (np.zeros((4, 2)), "reads 1 values an element, and the sequence has 2"),
        (np.zeros(5), "permuted sequences of 4 elements, and one has 5"),
        (np.array([1, np.nan, 2, 3]), "no finite float32 number"),
    ],
)
def test_what_is_no_such_sequence(reader, item, said):
    with pytest.raises(SpikeTextError, match=said):
        reader.tokens(item)


def test_files_without_labels(reader, tmp_path):
    """Sequences of an array `x`; other files are one line."""
    np.savez(tmp_path / "new.npz", x=np.arange(8).reshape(2, 4))
    assert [one.ravel().tolist() for one in reader.items([str(tmp_path / "new.npz")])] == [
        [0, 1, 2, 3], [4, 5, 6, 7],
    ]  # fmt: skip
    np.savez(tmp_path / "cut.npz", x=np.arange(8).reshape(2, 4), lengths=[3, 4])
    assert [len(one) for one in reader.items([str(tmp_path / "cut.npz")])] == [3, 4]
    np.savez(tmp_path / "other.npz", y=np.arange(8))
    for path, said in (
        (tmp_path / "other.npz", "holds no array `x`, but y"),
        (tmp_path / "none.npz", "cannot be read"),
    ):
        with pytest.raises(SpikeTextError, match=said):
            list(reader.items([str(path)]))
    with pytest.raises(SpikeTextError, match="name npz files"):
        reader.items([])


@pytest.mark.parametrize(
    "text", ["salt &amp; pepper", r"one\ntwo\tthree", "&#8220;so&#8221; &lt;b", "plain  text"]
)
def test_a_text_is_read_as_one_of_the_study_is(tmp_path, text):
    """HTML entities and escapes are the characters that they stand for, there and here."""
    (tmp_path / "texts.txt").write_text(text)
    file = TextFile(path="texts.txt", format="lines", label="a")
    ((read, _),) = read_rows(tmp_path / "texts.txt", file, Coding(["a", "b"]))
    assert TextReader("en", 64).tokens(text) == tokenise(read, "en")
    assert TextReader("en", 2).tokens(r"salt &amp;\npepper") == ["salt", "&"]
