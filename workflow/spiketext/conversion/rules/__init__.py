"""Threshold rules: which activation becomes a firing rate of one.

Each is a module with its settings and its mathematics, found by its name; a new one needs no other change.
The configuration is made of these modules, so they may import neither torch nor the rest of the package.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

from spiketext.conversion.rules.base import AnyRule

__all__ = ["AnyRule", "found"]


@cache
def found() -> dict[str, type[AnyRule]]:
    """All rules, by kind."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    modules = [import_module(f"{__name__}.{name}") for name in names if name not in ("__init__", "base")]
    return {module.Rule.model_fields["kind"].default: module.Rule for module in modules}
