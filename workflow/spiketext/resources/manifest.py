"""What a fetched resource consists of; every stage finds its raw files through this."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spiketext.errors import SpikeTextError
from spiketext.files import read_json


def resource_file(manifests: str | Path | Iterable[str | Path], resource: str, file: str) -> Path:
    """Path of one file of a fetched resource.

    Args:
        manifests: paths of manifests, for instance a rule's inputs.
        resource: name of the resource.
        file: name of the file within it.

    Raises:
        SpikeTextError: resource or file is unknown, or the file is missing or of another size.
    """
    path, manifest = _find(manifests, resource)
    if file not in manifest["files"]:
        known = ", ".join(sorted(manifest["files"])[:12])
        raise SpikeTextError(
            f"resource {resource} has no file {file!r} (it has: {known}); mend `file` in the config"
        )
    return _checked(path, manifest, file)


def resource_folder(manifests: str | Path | Iterable[str | Path], resource: str) -> Path:
    """Folder of a fetched resource, all of whose files are there.

    Raises:
        SpikeTextError: the resource is unknown, or a file is missing or of another size.
    """
    path, manifest = _find(manifests, resource)
    for file in manifest["files"]:
        _checked(path, manifest, file)
    return path.parent


def _find(manifests: str | Path | Iterable[str | Path], resource: str) -> tuple[Path, dict[str, Any]]:
    paths = [manifests] if isinstance(manifests, str | Path) else list(manifests)
    for path in map(Path, paths):
        # The folder's name is the resource's; that saves reading the others.
        if path.parent.name == resource:
            return path, read_json(path)
    given = ", ".join(Path(path).parent.name for path in paths) or "none"
    raise SpikeTextError(f"resource {resource} is not among the resources given ({given}); add its manifest")


def _checked(path: Path, manifest: dict[str, Any], file: str) -> Path:
    target = path.parent / file
    try:
        size = target.stat().st_size
    except OSError as error:
        raise SpikeTextError(f"{target} is missing: {error.strerror}; delete {path} and run again") from error
    if size != manifest["files"][file]["bytes"]:
        raise SpikeTextError(
            f"{target} has {size} bytes, not {manifest['files'][file]['bytes']}; delete {path} and run again"
        )
    return target
