"""Files of arrays: what they hold, and one clear line for whatever else they are."""

import io
import pickle
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.config.sequences import ArrayFile
from spiketext.errors import SpikeTextError
from spiketext.sequences import forms, raw
from spiketext.sequences.forms import read_file

VALUES = np.arange(24, dtype=np.float64).reshape(3, 4, 2)
LABELS = np.array([1, 0, 1])


def npz(folder, **arrays):
    """A file of NumPy's, and its description."""
    path = folder / "a.npz"
    np.savez(path, **arrays)
    return path, ArrayFile(path=str(path))


def parquet(folder, **columns):
    """A Parquet file, and its description."""
    path = folder / "a.parquet"
    pq.write_table(pa.table(columns), path)
    return path, ArrayFile(path=str(path))


def test_npz(tmp_path):
    """Three axes, and two, which mean one value an element; packed or not."""
    path, spec = npz(tmp_path, x=VALUES, y=LABELS, other=np.array("text"))
    found = read_file(path, spec)
    assert np.array_equal(found.values, VALUES.reshape(12, 2))
    assert found.lengths.tolist() == [4, 4, 4] and found.labels.tolist() == [1, 0, 1]
    np.savez_compressed(path, x=VALUES[:, :, 0].astype(np.uint8), y=np.array(["a", "b", "a"]))
    found = read_file(path, spec)
    assert found.values.tolist() == VALUES[:, :, 0].reshape(12, 1).tolist()
    assert found.labels.tolist() == ["a", "b", "a"]


def test_lengths_cut_what_follows(tmp_path):
    """Whatever stands there."""
    path, _ = npz(
        tmp_path, x=np.array([[1, 2, np.nan], [3, np.nan, np.nan]]), y=LABELS[:2], n=np.array([2, 1])
    )
    found = read_file(path, ArrayFile(path=str(path), lengths="n"))
    assert found.values.tolist() == [[1], [2], [3]] and found.lengths.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": VALUES, "y": LABELS}, "holds no `x`, but X, y; correct `values`"),
        ({"x": VALUES}, "holds no `y`, but x"),
        ({}, "holds no `x`, but nothing"),
        ({"x": VALUES[0, 0], "y": LABELS}, r"`x` has the shape \[2\], not \[N, L\] or \[N, L, D\]"),
        ({"x": VALUES[None], "y": LABELS}, r"`x` has the shape \[1, 3, 4, 2\], not"),
        ({"x": VALUES[:0], "y": LABELS[:0]}, r"`x` has the shape \[0, 4, 2\], so there is nothing in it"),
        ({"x": VALUES[:, :0], "y": LABELS}, r"`x` has the shape \[3, 0, 2\], so there is nothing in it"),
        ({"x": VALUES, "y": LABELS[:2]}, r"`y` has the shape \[2\], not \[3\], a label for each sequence of"),
        ({"x": VALUES, "y": LABELS[:, None]}, r"`y` has the shape \[3, 1\], not \[3\]"),
        ({"x": VALUES, "y": LABELS.astype(float)}, "`y` is of type float64, not whole numbers or texts"),
        ({"x": VALUES.astype(str), "y": LABELS}, "`x` is of type <U32, not numbers"),
        ({"x": VALUES.astype(complex), "y": LABELS}, "`x` is of type complex128, not numbers"),
        ({"x": VALUES.astype(object), "y": LABELS}, "`x` holds Python objects, which are not loaded"),
        ({"x": VALUES, "y": LABELS.astype(object)}, "`y` holds Python objects"),
        ({"x": np.zeros((3, 2), [("a", "f4")]), "y": LABELS}, "is of type .* not numbers"),
    ],
)
def test_npz_of_something_else(tmp_path, arrays, said):
    """In one line that names the array."""
    path, spec = npz(tmp_path, **arrays)
    with pytest.raises(SpikeTextError, match=said) as caught:
        read_file(path, spec)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("lengths", "said"),
    [
        (np.array([1, 2]), "`n` must be 3 whole numbers"),
        (np.array([1.0, 2.0, 3.0]), "`n` must be 3 whole numbers"),
        (np.array([0, 1, 2]), "`n` holds numbers beyond 1 to 4"),
        (np.array([1, 5, 2]), "`n` holds numbers beyond 1 to 4"),
    ],
)
def test_lengths_that_do_not_fit(tmp_path, lengths, said):
    path, _ = npz(tmp_path, x=VALUES, y=LABELS, n=lengths)
    with pytest.raises(SpikeTextError, match=said):
        read_file(path, ArrayFile(path=str(path), lengths="n"))


def test_objects_in_npz_are_not_unpickled(tmp_path, monkeypatch):
    """However the file is made."""
    monkeypatch.chdir(tmp_path)

    class Runs:
        def __reduce__(self):
            return open, ("pwned", "w")

    path, spec = npz(tmp_path, x=np.array([[Runs()]]), y=LABELS[:1])
    with pytest.raises(SpikeTextError, match="Python objects"):
        read_file(path, spec)
    assert not Path("pwned").exists()


def header(shape, kind="<f8"):
    """A file of one array of this shape, without its content."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            header("(1000000, 1000000)"),
            "`x` holds 1,000,000,000,000 values, more than 536,870,912; divide it",
        ),
        (header("(9, 9)") + b"\0" * 9, "damaged, or not of this format .`x` is cut off"),
        (b"no array", "damaged, or not of this format"),
        (b"\x93NUMPY\x03\x00\x00\x00\x00\x00", "damaged, or not of this format"),
        (header("(4, -4)"), "damaged, or not of this format|there is nothing"),
        (header("4"), "damaged, or not of this format"),
    ],
)
def test_headers_are_checked_before_anything_is_held(tmp_path, content, said):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("x.npy", content)
    with pytest.raises(SpikeTextError, match=said):
        read_file(path, ArrayFile(path=str(path)))


@pytest.mark.parametrize("form", ["npz", "parquet", "pickle"])
def test_files_that_are_none(tmp_path, form):
    """Missing ones, empty ones, text, folders: one line."""
    path = tmp_path / "file"
    spec = ArrayFile(path=str(path), format=form)
    with pytest.raises(SpikeTextError, match=r"file: cannot be read|cannot read .*file"):
        read_file(path, spec)
    for content in (b"", b"no such thing\n" * 9):
        path.write_bytes(content)
        with pytest.raises(SpikeTextError, match="damaged"):
            forms._loaded.cache_clear()
            read_file(path, spec)
    path.unlink()
    path.mkdir()
    with pytest.raises(SpikeTextError, match=r"file: cannot be read|cannot read .*file"):
        read_file(path, spec)


def test_npz_packed_in_another_way(tmp_path):
    """Whose reader holds all that it unpacks."""
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as zipped:
        zipped.writestr("x.npy", header("(1, 1)") + b"\0" * 8)
    with pytest.raises(SpikeTextError, match="packed in another way than by NumPy"):
        read_file(path, ArrayFile(path=str(path)))


def test_parquet(tmp_path):
    """Lists of numbers, or of lists of as many; of lengths of their own."""
    path, spec = parquet(tmp_path, x=[[1.5, 2.5], [3.5]], y=["a", "b"])
    found = read_file(path, spec)
    assert found.values.tolist() == [[1.5], [2.5], [3.5]] and found.lengths.tolist() == [2, 1]
    assert found.labels.tolist() == ["a", "b"]
    path, spec = parquet(tmp_path, x=[[[1, 2]], [[3, 4], [5, 6]]], y=[0, 1])
    found = read_file(path, spec)
    assert found.values.tolist() == [[1, 2], [3, 4], [5, 6]] and found.lengths.tolist() == [1, 2]
    fixed = pa.array([[[1.0], [2.0]]], pa.list_(pa.list_(pa.float32(), 1), 2))
    path, spec = parquet(tmp_path, x=fixed, y=[3])
    found = read_file(path, spec)
    assert found.values.tolist() == [[1], [2]] and found.lengths.tolist() == [2]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [[1]], "y": [0]}, "holds no `x`, but a, y"),
        ({"x": [1.0], "y": [0]}, "column `x`: holds double, not lists of numbers"),
        ({"x": [["a"]], "y": [0]}, "column `x`: holds string, not lists of numbers"),
        ({"x": [[[[1]]]], "y": [0]}, "column `x`: holds list<.*>, not lists of numbers"),
        ({"x": [[1], []], "y": [0, 1]}, "the list in row 2 is empty"),
        ({"x": [[1], None], "y": [0, 1]}, "column `x`: holds empty cells"),
        ({"x": [[1, None]], "y": [0]}, "column `x`: holds empty values"),
        ({"x": [[[1], None]], "y": [0]}, "column `x`: holds empty cells"),
        ({"x": [[[1, 2]], [[1, 2], [3]]], "y": [0, 1]}, "the elements in row 2 are not all of 2 values"),
        ({"x": [[[]]], "y": [0]}, "the elements in row 1 are not all of 0 values|not lists of numbers"),
        ({"x": [[1]], "y": [None]}, "column `y` holds (empty cells|null)"),
        ({"x": [[1]], "y": [0.5]}, "`y` is of type float64, not whole numbers or texts"),
        ({"x": pa.array([], pa.list_(pa.int8())), "y": pa.array([], pa.int8())}, "no rows; check the file"),
    ],
)
def test_parquet_of_something_else(tmp_path, columns, said):
    """In one line that names the column, and the row where one is to blame."""
    path, spec = parquet(tmp_path, **columns)
    with pytest.raises(SpikeTextError, match=said) as caught:
        read_file(path, spec)
    assert str(caught.value).startswith(f"{path}: ")


def test_more_values_than_are_held(tmp_path, monkeypatch):
    """In every form, by what the file says of itself."""
    monkeypatch.setattr(raw, "MOST_VALUES", 23)
    for path, spec in (npz(tmp_path, x=VALUES, y=LABELS), parquet(tmp_path, x=VALUES.tolist(), y=LABELS)):
        with pytest.raises(SpikeTextError, match="`x` holds 24 values, more than 23; divide it"):
            read_file(path, spec)


def test_arrays_in_a_pickle(tmp_path):
    """By places and keys; a file that holds all splits is read once."""
    path = tmp_path / "all.pickle"
    path.write_bytes(pickle.dumps([(VALUES, LABELS), {"v": VALUES + 1, b"l": LABELS}], 4))
    spec = ArrayFile(path=str(path), format="pickle", values="0/0", label="0/1")
    assert np.array_equal(read_file(path, spec).values, VALUES.reshape(12, 2))
    spec = spec.model_copy(update={"values": "1/v", "label": "1/l"})
    assert np.array_equal(read_file(path, spec).values, VALUES.reshape(12, 2) + 1)
    for values, said in (
        ("2/0", "holds no `2/0`, but 0, 1"),
        ("1/x", "holds no `1/x`, but v, l"),
        ("0", "`0` is no array"),
        ("0/0/0", "holds no `0/0/0`, but nothing"),
    ):
        with pytest.raises(SpikeTextError, match=said):
            read_file(path, spec.model_copy(update={"values": values}))


@settings(max_examples=200)
@given(data=st.data())
def test_damage_never_escapes(tmp_path_factory, tried, data):
    """Good files with bytes changed, cut out or put in."""
    form = data.draw(st.sampled_from(["npz", "parquet"]))
    good = io.BytesIO()
    if form == "npz":
        np.savez_compressed(good, x=VALUES, y=LABELS)
    else:
        pq.write_table(pa.table({"x": VALUES.tolist(), "y": LABELS}), good)
    content = bytearray(good.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(content)))
        content[begin : begin + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    tried()
    with suppress(SpikeTextError):
        read_file(path, ArrayFile(path=str(path), format=form))
