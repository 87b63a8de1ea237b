"""Named arrays on disk, as safetensors."""

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path


def write_arrays(path: str | Path, arrays: dict[str, np.ndarray]) -> None:
    """Write named arrays, atomically.

    Raises:
        SpikeTextError: the disk is full or the folder cannot be written.
    """
    with atomic_path(path) as partial:
        try:
            save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, partial)
        except SafetensorError as error:
            # safetensors hides the operating system's error number in its message.
            raise SpikeTextError(
                f"cannot write {path}: {error}; free some space or choose another results folder"
            ) from error


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read named arrays.

    Raises:
        SpikeTextError: the file is missing or damaged.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise SpikeTextError(f"cannot read {path}: {error}; delete it and run its rule again") from error
