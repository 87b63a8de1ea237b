"""What a fetched resource consists of; every stage finds its raw files through this."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, NonNegativeInt, ValidationError

from spiketext.config.labelled import RawFile
from spiketext.config.resources import Sha256, is_safe_name
from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.seal import unusable


def _below(name: str) -> str:
    if not is_safe_name(name):
        raise ValueError(f"{name[:80]!r} is no name for a file below the resource's folder")
    return name


class FileFacts(BaseModel):
    """Size and checksum of one file."""

    bytes: NonNegativeInt
    sha256: Sha256


class Manifest(BaseModel):
    """What is needed of a manifest to find files and to know that they are the ones that were fetched."""

    files: dict[Annotated[str, AfterValidator(_below)], FileFacts]


def resource_file(manifests: str | Path | Iterable[str | Path], resource: str, file: str) -> Path:
    """Path of one file of a fetched resource.

    Args:
        manifests: paths of manifests, for instance a rule's inputs.
        resource: name of the resource.
        file: name of the file within it.

    Raises:
        SpikeTextError: resource or file is unknown, or the file is missing or not what was fetched.
    """
    path, manifest = _find(manifests, resource)
    if file not in manifest.files:
        known = ", ".join(sorted(manifest.files)[:12])
        raise SpikeTextError(
            f"resource {resource} has no file {file!r} (it has: {known}); mend `file` in the config"
        )
    return _checked(path, manifest, file)


def raw_file(spec: RawFile, manifests: str | Path | Iterable[str | Path]) -> Path:
    """Path of a file of a data set: a local one, or that of a resource.

    Raises:
        SpikeTextError: as `resource_file` does.
    """
    if spec.path is not None:
        return Path(spec.path)
    return resource_file(manifests, str(spec.resource), str(spec.file))


def only_file(manifests: str | Path | Iterable[str | Path], resource: str) -> Path:
    """Path of the file of a fetched resource that has only one, whatever its name is.

    Raises:
        SpikeTextError: the resource is unknown, has several files, or its file is not what was fetched.
    """
    path, manifest = _find(manifests, resource)
    if len(manifest.files) != 1:
        raise SpikeTextError(
            f"resource {resource} has {len(manifest.files)} files, and one is wanted; mend "
            f"define.resources.{resource} in the config"
        )
    return _checked(path, manifest, *manifest.files)


def resource_folder(manifests: str | Path | Iterable[str | Path], resource: str) -> Path:
    """Folder of a fetched resource, all of whose files are there.

    Raises:
        SpikeTextError: the resource is unknown, or a file is missing or not what was fetched.
    """
    path, manifest = _find(manifests, resource)
    for file in manifest.files:
        _checked(path, manifest, file)
    return path.parent


def _find(manifests: str | Path | Iterable[str | Path], resource: str) -> tuple[Path, Manifest]:
    paths = [manifests] if isinstance(manifests, str | Path) else list(manifests)
    for path in map(Path, paths):
        # The folder's name is the resource's; that saves reading the others.
        if path.parent.name == resource:
            try:
                return path, Manifest.model_validate(read_json(path))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                raise unusable(path, f"is no manifest ({where}: {first['msg']})") from error
    given = ", ".join(Path(path).parent.name for path in paths) or "none"
    raise SpikeTextError(f"resource {resource} is not among the resources given ({given}); add its manifest")


def recorded_files(value: Mapping[str, Any]) -> dict[str, FileFacts] | None:
    """The files of a manifest or a record of a fetch; None: it is none."""
    try:
        return Manifest.model_validate(value).files
    except ValidationError:
        return None


def _checked(path: Path, manifest: Manifest, file: str) -> Path:
    """The file's path, once its contents are known to be those that were fetched."""
    target = path.parent / file
    try:
        with target.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SpikeTextError(
            f"{target} is missing or cannot be read ({error.strerror}); delete {path} and run again"
        ) from error
    if digest != manifest.files[file].sha256:
        raise SpikeTextError(
            f"{target} is not what was fetched (its sha256 does not fit); delete {path} and run again"
        )
    return target
