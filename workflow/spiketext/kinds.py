"""Kinds: a section of the configuration with `kind: some-kind` is carried out by the module `some_kind`.

Only the modules of the kinds that a job uses are imported by it, and only they count in its digest
(`provenance`): an edit of one encoder runs only those jobs again that use it.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from spiketext.config.stages import STAGES

PACKAGE = Path(__file__).parent


def module_of(room: str, kind: str) -> ModuleType:
    """The module of a kind in a room of the package, such as `inputs.encoding`."""
    return import_module(f"{PACKAGE.name}.{_name(room)}.{_name(kind)}")


def file_of(room: str, kind: str) -> Path:
    """The file of that module."""
    return PACKAGE.joinpath(*_name(room).split("."), f"{_name(kind)}.py")


def files_of_stage(method: Any, stage: str, *others: str) -> list[Path]:
    """Modules of all kinds that a stage of a method (`config.methods.Method`) uses.

    Args:
        method: of which stage.
        stage: of `config.stages`.
        others: names of further modules of its architecture, about networks that spike.
    """
    carried_out = STAGES[stage]
    names = (carried_out.module or method.twin, *(others if carried_out.spiking else ()))
    files = [file_of(f"networks.{method.network.kind}", name) for name in names]
    if carried_out.spiking:
        files.append(file_of("inputs.encoding", (method.direct or method.conversion).encoder.kind))
        if method.conversion is not None and not method.conversion.rule.bipolar:  # these have one form alone
            files.append(file_of(f"networks.{method.network.kind}.backends", method.conversion.backend))
    files += [file_of(f"networks.{method.network.kind}.models", part) for part in method.network.parts]
    for section, part, room in carried_out.kinds:
        chosen = getattr(getattr(method, section), part)
        files += [file_of(room, kind) for kind in getattr(chosen, "kinds", [chosen.kind])]
    return files


def _name(kind: str) -> str:
    return kind.replace("-", "_")
