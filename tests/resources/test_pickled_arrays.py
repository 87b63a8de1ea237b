"""Arrays in pickles are read with stand-ins for NumPy, and nothing else is."""

import builtins
import gzip
import os
import pickle
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from spiketext.errors import SpikeTextError
from spiketext.resources.pickled_arrays import STAND_INS, load_arrays
from spiketext.resources.pickles import load_pickle

# As Python 2 wrote it: (array([[0.5, 1.5]], '<f4'), array([3])), protocol 2, names and bytes as byte strings.
PYTHON_2 = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01K\x02\x86"
    b"cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x08"
    + struct.pack("<ff", 0.5, 1.5)
    + b"tb"
    b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01\x85"
    b"cnumpy\ndtype\nU\x02i8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x08"
    + struct.pack("<q", 3)
    + b"tb\x86."
)


class Calls:
    """Pickles as a call of `function` with `arguments`, and then a state."""

    def __init__(self, function, *arguments, state=None):
        self.call = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.call


def write(path, data: bytes):
    path.write_bytes(data)
    return path


def test_arrays_of_python_2(tmp_path):
    """Gzipped, as data sets of that time are."""
    values, labels = load_arrays(write(tmp_path / "p", gzip.compress(PYTHON_2)))
    assert values.dtype == np.float32 and values.tolist() == [[0.5, 1.5]]
    assert labels.dtype == np.int64 and labels.tolist() == [3]


@pytest.mark.parametrize("protocol", [3, 4])
@given(
    array=arrays_of.arrays(
        st.sampled_from(["?", "u1", "<i2", ">i4", "<u8", "<f2", ">f4", "<f8"]),
        arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=1),
    ),
    turned=st.booleans(),
)
def test_arrays_are_what_was_pickled(tmp_path_factory, protocol, array, turned):
    """Of any type of numbers, byte order and order of axes; beside plain values."""
    if turned:
        array = array.T
    path = write(tmp_path_factory.getbasetemp() / "a.pickle", pickle.dumps({"x": [array, 1]}, protocol))
    found, one = load_arrays(path)["x"]
    assert found.dtype == array.dtype and found.shape == array.shape and one == 1
    assert found.tobytes() == array.tobytes()


REFUSED = {
    "objects": np.array([{}, []], dtype=object),
    "texts": np.array(["a"]),
    "bytes": np.array([b"a"]),
    "records": np.zeros(2, dtype=[("a", "f4")]),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
    "complex numbers": np.array([1j]),
    "a type": np.dtype("f4"),
    "a callable": np.ndarray,
    "other functions": Calls(np.fromfile, "/etc/passwd"),
    "a number": np.float32(1),
    "system": Calls(os.system, "touch pwned"),
    "eval": Calls(builtins.eval, "open('pwned', 'w')"),
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(tmp_path, monkeypatch, value):
    """In one line, and nothing is run."""
    monkeypatch.chdir(tmp_path)
    for protocol in range(2, 6):
        with pytest.raises(SpikeTextError, match="p: refused, this pickle holds"):
            load_arrays(write(tmp_path / "p", pickle.dumps([value], protocol)))
    assert [child.name for child in tmp_path.iterdir()] == ["p"]


def array_of(shape=(2,), type_=("f4", 0, 1), order="<", data=b"\0" * 8, rest=(None, None, None, -1, -1, 0)):
    """Instructions that make an array with this state, as pickles of protocol 3 do."""
    dtype = pickle.dumps((3, order, *rest), 3)[2:-1]
    return (
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R("
        b"K\x01" + pickle.dumps(shape, 3)[2:-1] + b"cnumpy\ndtype\n" + pickle.dumps(type_, 3)[2:-1] + b"R"
        + dtype + b"b\x89" + pickle.dumps(data, 3)[2:-1] + b"tb."
    )  # fmt: skip


def test_the_instructions_of_these_tests_make_an_array(tmp_path):
    """Else what follows would be refused for another reason."""
    assert load_arrays(write(tmp_path / "p", array_of())).tolist() == [0, 0]


@pytest.mark.parametrize(
    "state",
    [
        {"shape": (3,)},
        {"shape": (2**40, 2**40), "data": b""},
        {"shape": (-1, -2)},
        {"shape": (1,) * 9, "data": b"\0" * 4},
        {"shape": [2]},
        {"shape": (True, 2)},
        {"type_": ("O8", 0, 1)},
        {"type_": ("V4", 0, 1)},
        {"type_": ("f4,f4", 0, 1)},
        {"type_": (4, 0, 1)},
        {"order": "x"},
        {"rest": (None, ("a",), {"a": 1}, -1, -1, 0)},
        {"data": [1.0, 2.0]},
        {"data": "\0" * 8},
    ],
    ids=str,
)
def test_states_that_fit_no_array_of_numbers(tmp_path, state):
    with pytest.raises(SpikeTextError, match=r"refused, this pickle holds a|damaged pickle"):
        load_arrays(write(tmp_path / "p", array_of(**state)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        # A state for a stand-in itself: attributes of what later pickles are read by would be set.
        (b"\x80\x03cnumpy\nndarray\n}X\x05\x00\x00\x00_makeK\x01sb.", "a state for what has none"),
        (b"\x80\x03cnumpy\ndtype\nN}X\x05\x00\x00\x00_makeK\x01s\x86b.", "a state for what has none"),
        (b"\x80\x03cbuiltins\nset\nN}X\x03\x00\x00\x00addK\x01s\x86b.", "damaged"),
        (b"\x80\x03c__builtin__\nset\n)R}X\x01\x00\x00\x00xK\x01sb.", "damaged"),
        (b"\x80\x03]}X\x01\x00\x00\x00xK\x01sb.", "damaged"),
    ],
)
def test_nothing_else_takes_a_state(tmp_path, data, said):
    """Neither stand-ins nor built-in containers, whatever form the state has."""
    before = dict(STAND_INS)
    with pytest.raises(SpikeTextError, match=said):
        load_arrays(write(tmp_path / "p", data))
    assert before == STAND_INS
    assert load_arrays(write(tmp_path / "p", array_of())).tolist() == [0, 0]


def test_an_array_without_state_and_one_within_itself(tmp_path):
    unset = b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R."
    for data in (unset, b"\x80\x03]q\x00h\x00a."):
        with pytest.raises(SpikeTextError, match="refused, this pickle holds"):
            load_arrays(write(tmp_path / "p", data))


def test_readers_of_plain_values_still_refuse_arrays(tmp_path):
    with pytest.raises(SpikeTextError, match="a reference to numpy"):
        load_pickle(write(tmp_path / "p", PYTHON_2))


@settings(max_examples=300)
@given(data=st.data())
def test_damage_never_escapes(tmp_path_factory, tried, data):
    """A good pickle of arrays with bytes changed, cut out or put in."""
    content = bytearray(data.draw(st.sampled_from([PYTHON_2, pickle.dumps([np.arange(3)], 4)])))
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 4))
        content[begin : begin + cut] = data.draw(st.binary(max_size=6))
    path = write(tmp_path_factory.getbasetemp() / "damaged.pickle", bytes(content))
    tried()
    with suppress(SpikeTextError):
        load_arrays(path)


def test_parts_that_stand_at_many_places_are_read_once(tmp_path):
    """A list that holds the one before it twice, sixty times over, is a small file."""
    value = [np.arange(3)]
    for _ in range(60):
        value = [value, value]
    path = tmp_path / "shared.pkl"
    path.write_bytes(pickle.dumps(value))
    found = load_arrays(path)
    for _ in range(60):
        found = found[0]
    assert found[0].tolist() == [0, 1, 2]
