"""Writing: whole or not at all, and the disk's errors in one line."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spiketext.arrays import BLOCK, Layout, map_arrays, read_arrays, write_arrays
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, csv_safe, read_json, write_json


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


def test_what_a_killed_job_has_left_is_taken_over(tmp_path):
    """A real process, killed while it writes: the next one leaves nothing but the new file."""
    path = tmp_path / "a.txt"
    code = (
        "import os, signal, sys; from spiketext.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as partial:\n"
        "    partial.write_text('half of a long text'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "workflow")}
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, env=environment)
    (left,) = tmp_path.iterdir()
    assert left.read_text() == "half of a long text"
    with atomic_path(path) as partial:
        assert partial.read_text() == ""
        partial.write_text("new")
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "new"


def test_two_writers_of_one_file_do_not_mix(tmp_path):
    """The second is refused; the first one's file is whole, and then it is the second one's turn."""
    path = tmp_path / "a.txt"
    with atomic_path(path) as partial:
        partial.write_text("first")
        with pytest.raises(SpikeTextError, match="another process is writing"), atomic_path(path):
            pass
        assert partial.read_text() == "first"
    assert path.read_text() == "first"
    with atomic_path(path) as partial:
        partial.write_text("second")
    assert path.read_text() == "second"


def test_a_link_in_place_of_the_partial_file_is_not_followed(tmp_path):
    """Whoever may write to the folder cannot send what is written elsewhere."""
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".a.txt.partial").symlink_to("precious")
    with pytest.raises(SpikeTextError, match="cannot write"), atomic_path(tmp_path / "a.txt"):
        pass
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-1", "-1"),  # a class may be called so
        ("+0.5", "+0.5"),
        ("a=b", "a=b"),
        ("", ""),
        (-1.5, -1.5),
        (None, None),
    ],
)
def test_text_does_not_become_a_formula(cell, safe):
    """Numbers are left alone."""
    assert csv_safe(cell) == safe


def test_no_escape_sequence_reaches_the_terminal():
    """Names may hold any character."""
    text = str(SpikeTextError("file \x1b[2J\x9b31m\r\n\u202ea\udc80 b\x00"))
    assert text == "file [2J 31m a b"
    assert text.isprintable()


def test_a_full_disk_under_arrays_is_one_line(tmp_path, monkeypatch):
    """safetensors reports through an error type of its own."""
    monkeypatch.setattr(
        "spiketext.arrays.save_file", _raise(OSError(errno.ENOSPC, "No space left on device"))
    )
    with pytest.raises(SpikeTextError, match="No space left"):
        write_arrays(tmp_path / "a.safetensors", {"x": np.zeros(3)})
    assert not list(tmp_path.iterdir())


def _raise(error):
    def raising(*_, **__):
        raise error

    return raising


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpikeTextError, match="cannot write"):
        write_json(tmp_path / "file" / "a.json", {})


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


def test_some_arrays_are_read_alone(tmp_path):
    """Those that are asked for; one that is not there is one line."""
    path = tmp_path / "a.safetensors"
    write_arrays(path, {"x": np.arange(3), "y": np.zeros(2), "z": np.ones(1)})
    assert {name: array.tolist() for name, array in read_arrays(path, only=["z", "x"]).items()} == {
        "z": [1.0], "x": [0, 1, 2],
    }  # fmt: skip
    with pytest.raises(SpikeTextError, match=r"a\.safetensors cannot be read .*w"):
        read_arrays(path, only=["w"])


def test_arrays_in_their_file_are_those_that_are_read(tmp_path):
    """Of any type; nothing can be written into them, what was released is read again, damage is one line."""
    path = tmp_path / "a.safetensors"
    arrays = {
        "a": np.arange(6, dtype=np.int32).reshape(2, 3),
        "b": np.array([True, False]),
        "c": np.array([0.5, -1.5]),
        "d": np.zeros(0, np.uint8),
    }
    write_arrays(path, arrays)
    layout = {name: Layout(str(array.dtype), array.shape) for name, array in arrays.items()}
    mapped = map_arrays(path, layout)
    mapped.release()
    for name, array in arrays.items():
        assert mapped[name].dtype == array.dtype
        np.testing.assert_array_equal(mapped[name], array)
    with pytest.raises(ValueError, match="read-only"):
        mapped["a"][0] = 1
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(SpikeTextError, match="damaged"):
        map_arrays(path, layout)


def test_every_value_of_a_large_array_is_looked_at(tmp_path):
    """The last one too, which stands in another block than the first."""
    write_arrays(tmp_path / "a.safetensors", {"x": np.append(np.zeros(BLOCK, np.int8), np.int8(2))})
    for read in (read_arrays, map_arrays):
        with pytest.raises(SpikeTextError, match="x holds values beyond 0 to 1"):
            read(tmp_path / "a.safetensors", {"x": Layout("int8", ("n",), 0, 1)})
