"""Writing: whole or not at all, and the disk's errors in one line."""

import errno
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spiketext.arrays import read_arrays, write_arrays
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, read_json, write_json


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    """The new text is dropped with its temporary file."""
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(RuntimeError), atomic_path(path) as partial:
        partial.write_text("half of")
        raise RuntimeError
    assert read_json(path) == {"a": 1}
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_one_line(tmp_path):
    """A real write to a device that is always full."""
    with (
        pytest.raises(SpikeTextError, match=r"No space left.*free some space") as caught,
        atomic_path(tmp_path / "a.txt"),
        Path("/dev/full").open("w") as full,
    ):
        full.write("x" * 100_000)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_under_arrays_is_one_line(tmp_path, monkeypatch):
    """safetensors reports through an error type of its own."""
    monkeypatch.setattr(
        "spiketext.arrays.save_file", _raise(OSError(errno.ENOSPC, "No space left on device"))
    )
    with pytest.raises(SpikeTextError, match="No space left"):
        write_arrays(tmp_path / "a.safetensors", {"x": np.zeros(3)})
    assert not list(tmp_path.iterdir())


def _raise(error):
    def raising(*_):
        raise error

    return raising


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpikeTextError, match="cannot write"):
        write_json(tmp_path / "file" / "a.json", {})


@pytest.mark.parametrize("text", ["", "{", "\xff"])
def test_damaged_files_are_named(tmp_path, text):
    """And what to do."""
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SpikeTextError, match=r"a\.json.*run its rule again"):
        read_json(path)
    with pytest.raises(SpikeTextError, match=r"a\.json.*run its rule again"):
        read_arrays(path)


def test_nan_is_refused(tmp_path):
    """JSON has none, and a report must not print one."""
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"accuracy": float("nan")})


shapes = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)


@given(st.data())
def test_arrays_come_back_with_shape_and_type(tmp_path_factory, data):
    """Also scalars, and views that are not contiguous."""
    array = data.draw(hnp.arrays(data.draw(st.sampled_from(["f4", "i8", "u8", "?"])), data.draw(shapes)))
    path = tmp_path_factory.mktemp("arrays") / "a.safetensors"
    write_arrays(path, {"x": array.T})
    back = read_arrays(path)["x"]
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array.T)
