"""Reading third-party pickles that hold nothing but plain values.

A pickle is a program; the usual reader would run it. This one looks at every instruction first and
lets through those that make numbers, strings and built-in containers.
"""

from __future__ import annotations

import gzip
import io
import pickle
import pickletools
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spiketext.errors import SpikeTextError
from spiketext.files import GZIP_MAGIC

Callables = Mapping[tuple[str, str], Callable[..., Any]]  # by module and name

# The only callables: protocols up to 3 build sets by calling these (the first two names are Python 2's).
CALLABLES: Callables = {
    ("__builtin__", "set"): set,
    ("__builtin__", "frozenset"): frozenset,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
}
# STACK_GLOBAL and REDUCE are harmless only because `find_class` gives them nothing but CALLABLES.
PLAIN = """
    MARK STOP POP POP_MARK DUP PROTO FRAME
    FLOAT BINFLOAT INT BININT BININT1 BININT2 LONG LONG1 LONG4 NONE NEWTRUE NEWFALSE
    STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8
    UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8
    EMPTY_DICT DICT SETITEM SETITEMS EMPTY_LIST LIST APPEND APPENDS
    EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_SET ADDITEMS FROZENSET
    GET BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE
    STACK_GLOBAL REDUCE
"""


def load_pickle(
    path: str | Path,
    *,
    encoding: str = "utf-8",
    max_bytes: int = 2**30,
    stand_ins: Callables | None = None,
) -> Any:
    """Read a pickle (plain or gzip) of plain values.

    Args:
        path: the file.
        encoding: of the byte strings in pickles made by Python 2; `bytes` leaves them as they are.
        max_bytes: most bytes that the file may unpack to.
        stand_ins: what the pickle gets where it names other callables. They must do no harm, whatever they
            are called with and whatever state is set of what they return (`pickled_arrays`).

    Raises:
        SpikeTextError: it holds anything else, is damaged, missing or too big.
    """
    data = _read(Path(path), max_bytes)
    callables = {**CALLABLES, **(stand_ins or {})}
    try:
        _inspect(data, callables, {*PLAIN.split(), "BUILD"} if stand_ins else {*PLAIN.split()})
        return _PlainUnpickler(io.BytesIO(data), encoding, callables).load()
    except RefusedError as error:
        raise SpikeTextError(
            f"{path}: refused, this pickle holds {error}; only plain values are read from third-party pickles"
        ) from error
    except Exception as error:  # a damaged pickle can fail in any way
        raise SpikeTextError(
            f"{path}: damaged pickle ({type(error).__name__}); delete its folder and fetch it again"
        ) from error


class RefusedError(Exception):
    """Says what the pickle holds that it should not."""


class _PlainUnpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, encoding: str, callables: Callables) -> None:
        super().__init__(stream, encoding=encoding)
        self._callables = callables

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._callables:
            raise RefusedError(f"a reference to {module}.{name}"[:80])
        return self._callables[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise RefusedError("a reference to another file")


def _inspect(data: bytes, callables: Callables, instructions: set[str]) -> None:
    """Refuse other instructions and callables than these, before any is carried out."""
    for code, argument, _ in pickletools.genops(data):
        if code.name == "GLOBAL":
            module, _, name = str(argument).partition(" ")
            if (module, name) not in callables:
                raise RefusedError(f"a reference to {module}.{name}"[:80])
        elif code.name not in instructions:
            raise RefusedError(f"the instruction {code.name}")
        elif code.name in ("PUT", "LONG_BINPUT") and argument is not None and argument > len(data):
            raise RefusedError("a memory index out of all proportion")


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
        with gzip.open(path) if packed else path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SpikeTextError(f"cannot read {path}: {error}; delete its folder and fetch it again") from error
    if len(data) > max_bytes:
        raise SpikeTextError(f"{path}: unpacks to more than {max_bytes} bytes; refused")
    return data
