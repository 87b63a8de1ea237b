"""Which study a results folder belongs to: no study overwrites the results of another one.

A study is known by its config files, or by the files of its data sets, not by what is set in them: with a
changed setting, with a further file, or in a copy of its file, it is still the same study, and what it has
done is used again.
The first run notes both in the results folder.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from spiketext.errors import SpikeTextError
from spiketext.files import read_json, write_json

NOTE = "study.json"
Origins = Mapping[str, Sequence[str]]  # the files of each data set, by its name


def check_owner(results: str | Path, files: Sequence[str | Path], datasets: Origins) -> str | None:
    """Refuse a results folder that another study has.

    Args:
        results: the results folder; it need not exist.
        files: the study's config files, in order.
        datasets: its data sets.

    Returns:
        what is to be said where the folder's study had other files, but these data sets.

    Raises:
        SpikeTextError: the folder belongs to another study, or its note cannot be read.
    """
    owner, theirs = _read(results)
    mine = _names(files)
    if _is_same(owner, mine):
        return None
    if theirs == _plain(datasets):
        return (
            f"{results} holds results of {' '.join(owner)} for the same data sets: this run uses what it can "
            "of them, and its report replaces theirs"
        )
    note = Path(results) / NOTE
    raise SpikeTextError(
        f"{results} holds the results of another study, {' '.join(owner)}: set `results` in {mine[0]} to "
        f"a folder of its own, such as results/{Path(mine[0]).stem}; or delete {note} to give the folder "
        "to this study"
    )


def note_owner(results: str | Path, files: Sequence[str | Path], datasets: Origins) -> None:
    """Note that the results folder belongs to the study of these config files and data sets."""
    owner, theirs = _read(results)
    mine = _names(files)
    fewer = len(mine) < len(owner)
    more = len(mine) == len(owner) and theirs.items() <= _plain(datasets).items()
    if not owner or (_is_same(owner, mine) and (fewer or more)):
        write_json(Path(results) / NOTE, {"config_files": mine, "datasets": _plain(datasets)})


def _read(results: str | Path) -> tuple[list[str], dict[str, list[str]]]:
    """The config files and the data sets of the folder's study; none if it has none."""
    note = Path(results) / NOTE
    read = read_json(note) if note.exists() else {}
    return list(map(str, read.get("config_files", []))), _plain(read.get("datasets", {}))


def _plain(datasets: Origins) -> dict[str, list[str]]:
    return {name: _names(origins) for name, origins in datasets.items()}


def _names(files: Sequence[str | Path]) -> list[str]:
    """The files as they are from the working folder if they are below it, else absolute."""
    found = (os.path.relpath(file) for file in files)
    return [os.path.abspath(name) if name.startswith("..") else name for name in found]  # noqa: PTH100


def _is_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one study's files begin with the other's."""
    return all(first == second for first, second in zip(one, other, strict=False))
