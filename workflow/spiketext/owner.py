"""Which study a results folder belongs to: no study overwrites the results of another one.

A study is known by its config files, not by what is in them: with a changed setting, or with a further file
after them, it is still the same study. The first run notes them in the results folder.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from spiketext.errors import SpikeTextError
from spiketext.files import read_json, write_json

NOTE = "study.json"
KEY = "config_files"


def check_owner(results: str | Path, files: Sequence[str | Path]) -> None:
    """Refuse a results folder that another study has.

    Args:
        results: the results folder; it need not exist.
        files: the study's config files, in order.

    Raises:
        SpikeTextError: the folder belongs to other config files, or its note cannot be read.
    """
    owner, mine = _owner(results), _names(files)
    if not _is_same(owner, mine):
        note = Path(results) / NOTE
        raise SpikeTextError(
            f"{results} holds the results of another study, {' '.join(owner)}: set `results` in {mine[0]} to "
            f"a folder of its own, such as results/{Path(mine[0]).stem}; or delete {note} to give the folder "
            "to this study"
        )


def note_owner(results: str | Path, files: Sequence[str | Path]) -> None:
    """Note that the results folder belongs to the study of these config files."""
    owner, mine = _owner(results), _names(files)
    if not owner or len(mine) < len(owner):
        write_json(Path(results) / NOTE, {KEY: mine})


def _owner(results: str | Path) -> list[str]:
    note = Path(results) / NOTE
    return list(map(str, read_json(note).get(KEY, []))) if note.exists() else []


def _names(files: Sequence[str | Path]) -> list[str]:
    """The files as they are from the working folder if they are below it, else absolute."""
    found = (os.path.relpath(file) for file in files)
    return [os.path.abspath(name) if name.startswith("..") else name for name in found]  # noqa: PTH100


def _is_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one study's files begin with the other's."""
    return all(first == second for first, second in zip(one, other, strict=False))
