"""NumPy arrays in third-party pickles, made without NumPy's own constructors.

Where a pickle calls for NumPy, it gets stand-ins: they take a type, a shape and bytes, check that these
belong together, and make an array of numbers. Nothing else of NumPy can be reached, object arrays included.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from spiketext.errors import SpikeTextError
from spiketext.resources.pickles import RefusedError, load_pickle

KINDS = "biuf"  # numbers: no objects, dates, texts or records
TYPE = "numpy.dtype"
DEEPEST = 8  # dimensions


class _Inert:
    """What a pickle is given in place of a callable of NumPy: it can be called or named, no more."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def __call__(self, *arguments: Any) -> Any:
        return self._make(*arguments)

    def __setstate__(self, state: object) -> NoReturn:
        """Pickles set the state of arrays and types alone; without this, they could change what is here."""
        raise RefusedError("a state for what has none")


class _Type:
    """Stands for a `numpy.dtype`."""

    __slots__ = ("dtype",)

    def __init__(self, name: Any, *flags: Any) -> None:
        code = _text(name)
        # As NumPy writes it: a kind and a number of bytes.
        if not (len(code) in (2, 3) and code[0] in KINDS and code[1:].isdecimal()):
            raise RefusedError("an array of something other than numbers")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        """Version, byte order, and what only records and objects have."""
        _, order, *others = state
        if _text(order) not in "<>|=" or any(other not in (None, -1, 0, (), {}) for other in others):
            raise RefusedError("an array of something other than numbers")
        self.dtype = self.dtype.newbyteorder(_text(order))  # type: ignore[arg-type]


class _Array:
    """Stands for a `numpy.ndarray`; `value` is the array once its state is set."""

    __slots__ = ("value",)

    def __init__(self, *arguments: Any) -> None:
        self.value: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        """Version, shape, type, whether columns come first, bytes."""
        _, shape, type_, columns_first, data = state
        if not isinstance(type_, _Type) or not isinstance(data, bytes):
            raise RefusedError("an array without type or bytes")
        if not isinstance(shape, tuple) or len(shape) > DEEPEST:
            raise RefusedError("an array of no shape")
        if not all(type(size) is int and size >= 0 for size in shape):
            raise RefusedError("an array of no shape")
        if math.prod(shape) * type_.dtype.itemsize != len(data):
            raise RefusedError("an array whose bytes are not as many as its shape says")
        # A view of the bytes, which cannot be written to.
        self.value = np.frombuffer(data, type_.dtype).reshape(shape, order="F" if columns_first else "C")


def load_arrays(path: str | Path) -> Any:
    """Read a pickle (plain or gzip) of arrays of numbers and plain values, in built-in containers.

    Byte strings that Python 2 wrote stay bytes. Arrays cannot be written to.

    Raises:
        SpikeTextError: it holds anything else, is damaged, missing or too big.
    """
    found = load_pickle(path, encoding="bytes", stand_ins=STAND_INS)
    try:
        return _unwrapped(found, {})
    except (RefusedError, RecursionError) as error:
        raise SpikeTextError(f"{path}: refused, this pickle holds {error}; save its arrays as npz") from error


def _unwrapped(value: Any, known: dict[int, Any]) -> Any:
    """`value` with the arrays themselves, however deep; a part that stands at many places is read once."""
    if isinstance(value, _Array):
        if value.value is None:
            raise RefusedError("an array without content")
        return value.value
    if isinstance(value, (_Inert, _Type)):
        raise RefusedError("a part of NumPy")
    if not isinstance(value, (list, tuple, dict)):
        return value
    if id(value) not in known:
        if isinstance(value, dict):
            known[id(value)] = {key: _unwrapped(inner, known) for key, inner in value.items()}
        else:
            known[id(value)] = type(value)(_unwrapped(inner, known) for inner in value)
    return known[id(value)]


def _text(value: Any) -> str:
    """A short text, as Python 2 and Python 3 write it."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        raise RefusedError("a name that is no text")
    return text


STAND_INS = {
    **{
        (module, "_reconstruct"): _Inert(_Array)
        for module in ("numpy.core.multiarray", "numpy._core.multiarray")
    },
    ("numpy", "ndarray"): _Inert(_Array),
    ("numpy", "dtype"): _Inert(_Type),
}
