"""Parts of a module that stand in for its own for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def in_place(module: ModuleType, **parts: Any) -> Iterator[None]:
    """Have a module of TextAttack find `parts` under the names of its own while a recipe is built or runs."""
    own = {name: getattr(module, name) for name in parts}
    vars(module).update(parts)
    try:
        yield
    finally:
        vars(module).update(own)
