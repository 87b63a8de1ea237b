"""The programs of this environment, as they are typed in a shell that need not have activated it."""

import sys
from pathlib import Path


def path_of(name: str) -> str:
    """Path of a program of this environment, from the working folder where it lies below it."""
    own = Path(sys.prefix) / "bin" / name
    return str(own.relative_to(Path.cwd())) if own.is_relative_to(Path.cwd()) else str(own)
