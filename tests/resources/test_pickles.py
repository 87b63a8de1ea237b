import builtins
import gzip
import os
import pickle
import struct
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.errors import SpikeTextError
from spiketext.resources import pickles
from spiketext.resources.pickles import load_pickle


class Calls:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class State:
    """Pickles as an object with a state."""

    def __init__(self):
        self.x = 1


def write(path, data: bytes):
    path.write_bytes(data)
    return path


VALUES = [
    {"ints": [1, -(2**70), True], "floats": (1.5, float("inf")), "none": None},
    ["词 0.1 0.2", "text", b"bytes", {1, 2}, frozenset("ab"), (), [], {}],
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES)
def test_plain_values(tmp_path, value, protocol):
    if protocol < 3 and value is VALUES[1]:
        value = [part for part in value if not isinstance(part, bytes)]  # these need codecs.encode
    assert load_pickle(write(tmp_path / "p", pickle.dumps(value, protocol))) == value


def test_gzip(tmp_path):
    assert load_pickle(write(tmp_path / "p", gzip.compress(pickle.dumps(["a"])))) == ["a"]


def test_python_2_strings_and_sets(tmp_path):
    data = b"\x80\x02c__builtin__\nset\n]U\x06\xe8\xaf\x8d\xe8\xaf\x8da\x85R."
    assert load_pickle(write(tmp_path / "p", data)) == {"词词"}


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
hashable = st.integers() | st.text()
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner) | st.dictionaries(hashable, inner) | st.tuples(inner, inner) | st.sets(hashable)
    ),
)


@given(value=values, protocol=st.sampled_from([3, 4, 5]))
def test_any_plain_value(tmp_path_factory, value, protocol):
    path = write(tmp_path_factory.getbasetemp() / "any.pickle", pickle.dumps(value, protocol))
    assert load_pickle(path) == value


HOSTILE = [
    Calls(os.system, "touch pwned"),
    Calls(subprocess.call, ["touch", "pwned"]),
    Calls(builtins.eval, "__import__('os').system('touch pwned')"),
    Calls(builtins.getattr, "text", "format"),
    Calls(builtins.__import__, "os"),
    [1, {"deep": Calls(sys.exit, 3)}],
    State(),
    np.ones(3),
    os.system,
    slice(1),
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_anything_else_is_refused(tmp_path, monkeypatch, value, protocol):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "p", pickle.dumps(value, protocol))
    with pytest.raises(
        SpikeTextError, match=r"p: refused, this pickle holds .*; only plain values"
    ) as caught:
        load_pickle(path)
    assert "\n" not in str(caught.value)
    assert sorted(child.name for child in tmp_path.iterdir()) == ["p"]


RAW = {
    "names by instruction": b"(cos\nsystem\nS'touch pwned'\no.",
    "old instance": b"(S'touch pwned'\nios\nsystem\n.",
    "persistent name": b"Psecret\n.",
    "names from the stack": b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
    "attribute path": b"\x80\x04\x8c\x08builtins\x8c\x0bset.__doc__\x93.",
    "registered extension": b"\x80\x02\x82\x01.",
    "foreign buffer": b"\x80\x05\x97.",
    "state for a set": b"\x80\x02c__builtin__\nset\n)R}b.",
    "huge memo": b"\x80\x02Nr" + struct.pack("<I", 2**32 - 1) + b".",
}


@pytest.mark.parametrize("data", RAW.values(), ids=RAW)
def test_raw_instructions(tmp_path, data):
    with pytest.raises(SpikeTextError, match="refused"):
        load_pickle(write(tmp_path / "p", data))


def test_the_reader_itself_refuses_names(tmp_path, monkeypatch):
    """Should the inspection ever miss something, nothing is looked up all the same."""
    monkeypatch.setattr(pickles, "_inspect", lambda *inspected: None)
    for data in (RAW["names by instruction"], RAW["names from the stack"], RAW["persistent name"]):
        with pytest.raises(SpikeTextError, match="refused"):
            load_pickle(write(tmp_path / "p", data))


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04", b"hello", b"]a.", b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f]."]
)
def test_damaged(tmp_path, data):
    with pytest.raises(SpikeTextError, match="damaged"):
        load_pickle(write(tmp_path / "p", data))


@given(data=st.binary(max_size=60))
def test_noise_never_escapes(tmp_path_factory, tried, data):
    path = write(tmp_path_factory.getbasetemp() / "noise.pickle", data)
    tried()
    with suppress(SpikeTextError):
        load_pickle(path)


@settings(max_examples=300)
@given(data=st.data())
def test_damage_never_escapes(tmp_path_factory, tried, data):
    """Good pickles of all protocols with bytes changed, cut out or put in, packed or not."""
    value = (["好 1.0 2.0", "坏 -1.0"], {"好": "A", "n": [1, 2.5, None, True]}, {1, 2}, b"bytes", 2**70)
    content = bytearray(pickle.dumps(value, data.draw(st.integers(0, 5))))
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 4))
        content[begin : begin + cut] = data.draw(st.binary(max_size=6))
    packed = gzip.compress(content, mtime=0) if data.draw(st.booleans()) else bytes(content)
    path = write(tmp_path_factory.getbasetemp() / "damaged.pickle", packed)
    tried()
    with suppress(SpikeTextError):
        load_pickle(path)


def test_cut_gzip_and_missing_file(tmp_path):
    with pytest.raises(SpikeTextError, match="cannot read"):
        load_pickle(write(tmp_path / "p", gzip.compress(pickle.dumps(["a" * 999]))[:-9]))
    with pytest.raises(SpikeTextError, match="cannot read"):
        load_pickle(tmp_path / "absent")


def test_bomb(tmp_path):
    path = write(tmp_path / "p", gzip.compress(pickle.dumps("a" * 10**6)))
    with pytest.raises(SpikeTextError, match="unpacks to more than 1000 bytes"):
        load_pickle(path, max_bytes=1000)
