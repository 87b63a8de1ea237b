"""What a file of sequences holds, once it is seen to be what it must be."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spiketext.config.sequences import ArrayFile
from spiketext.errors import SpikeTextError

MOST_VALUES = 2**29  # of one file: 2 GiB as float32
NUMBERS = "biuf"  # kinds of NumPy's types
ADVICE = "correct `values`, `label` or `lengths` of this file"


@dataclass(frozen=True)
class Raw:
    """Sequences of one file.

    Attributes:
        values: `[elements, D]` numbers of the file's type, sequence after sequence.
        lengths: `[N]` int64, elements of each sequence, at least one.
        labels: `[N]`, numbers or texts.
    """

    values: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray


@contextmanager
def reading(path: Path, *damage: type[Exception]) -> Iterator[None]:
    """Say in one line that a file is missing, or damaged: what `damage` and a lack of memory mean."""
    damages: tuple[type[Exception], ...] = (*damage, MemoryError)
    try:
        yield
    except damages as error:
        raise SpikeTextError(
            f"{path}: damaged, or not of this format ({str(error)[:120] or type(error).__name__}); check "
            "`format`, or get the file again"
        ) from error
    except OSError as error:
        raise SpikeTextError(f"{path}: cannot be read: {error.strerror or error}; check the path") from error


def check_size(path: Path, name: str, count: int) -> None:
    """Refuse more values than are held at once, before they are.

    Raises:
        SpikeTextError: there are more than `MOST_VALUES`.
    """
    if count > MOST_VALUES:
        raise SpikeTextError(
            f"{path}: `{name}` holds {count:,} values, more than {MOST_VALUES:,}; divide it into "
            "several files"
        )


def from_arrays(path: Path, spec: ArrayFile, arrays: Mapping[str, np.ndarray]) -> Raw:
    """Sequences of arrays by the names that `spec` gives: values `[N, L]` or `[N, L, D]`, labels, lengths.

    Raises:
        SpikeTextError: a type or shape is another, or there is no sequence; with file and array.
    """
    values, labels = arrays[spec.values], arrays[spec.label]
    if values.dtype.kind not in NUMBERS:
        raise SpikeTextError(f"{path}: `{spec.values}` is of type {values.dtype}, not numbers; {ADVICE}")
    if values.ndim not in (2, 3):
        raise SpikeTextError(
            f"{path}: `{spec.values}` has the shape {list(values.shape)}, not [N, L] or [N, L, D]: N "
            "sequences of L elements of D values; change its shape"
        )
    if not values.size:
        raise SpikeTextError(
            f"{path}: `{spec.values}` has the shape {list(values.shape)}, so there is nothing in it"
        )
    sequences, longest = values.shape[:2]
    width = values.shape[2] if values.ndim == 3 else 1
    values = values.reshape(sequences, longest, width)
    check_labels(path, spec, labels, sequences)
    if spec.lengths is None:
        lengths = np.full(sequences, longest)
        return Raw(values.reshape(-1, width), lengths, labels)
    lengths = arrays[spec.lengths]
    if lengths.dtype.kind not in "iu" or lengths.shape != (sequences,):
        raise SpikeTextError(
            f"{path}: `{spec.lengths}` must be {sequences:,} whole numbers, one for each sequence; {ADVICE}"
        )
    if lengths.min() < 1 or lengths.max() > longest:
        raise SpikeTextError(f"{path}: `{spec.lengths}` holds numbers beyond 1 to {longest:,}; {ADVICE}")
    lengths = lengths.astype(np.int64)
    return Raw(values[np.arange(longest) < lengths[:, None]], lengths, labels)


def check_labels(path: Path, spec: ArrayFile, labels: np.ndarray, sequences: int) -> None:
    """Refuse labels that are not numbers or texts, one for each sequence.

    Raises:
        SpikeTextError: so.
    """
    if labels.shape != (sequences,):
        raise SpikeTextError(
            f"{path}: `{spec.label}` has the shape {list(labels.shape)}, not [{sequences}], a label for each "
            f"sequence of `{spec.values}`; {ADVICE}"
        )
    if labels.dtype.kind not in "iufU":
        raise SpikeTextError(
            f"{path}: `{spec.label}` is of type {labels.dtype}, not numbers or texts; {ADVICE}"
        )
