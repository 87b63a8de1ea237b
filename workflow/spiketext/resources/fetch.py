"""From a registry entry to checked files and a manifest."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from spiketext.config.resources import MANIFEST, Resource, without_credentials
from spiketext.errors import SpikeTextError
from spiketext.files import read_json, storage_errors, write_json
from spiketext.provenance import code_digest
from spiketext.resources import archives
from spiketext.resources.download import Download
from spiketext.resources.manifest import recorded_files
from spiketext.resources.packages import download_package
from spiketext.resources.transfer import (
    Expected,
    MissingError,
    SourceError,
    copy_local,
    digest_of,
    size_of,
)

log = logging.getLogger("spiketext")

RECORD = ".fetched.json"


def fetch(name: str, resource: Resource, folder: str | Path, mirror: str | None = None) -> dict[str, Any]:
    """Put the resource's files and its manifest.json into `folder`.

    Files that an earlier run has fetched, and that are still what they were, are not fetched again.

    Args:
        name: the resource's name.
        resource: its registry entry.
        folder: the resource's own folder.
        mirror: folder or base URL that is tried before the resource's own source.

    Returns:
        The manifest.

    Raises:
        SpikeTextError: no source has it, it is not what the registry says, or the disk is full.
    """
    folder = Path(folder)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _keep_private(folder)
    identity = _identity(resource)
    found = _fetched_before(folder, identity)
    if found is None:
        found = _fetch_anew(name, resource, folder, mirror, identity)
    else:
        log.info("resource %s: the files are here already, unchanged", name)
    manifest = {
        "resource": name,
        "version": resource.version,
        "source": found["source"],
        "sha256": found["sha256"],
        "pinned": resource.sha256 is not None,
        "bytes": found["bytes"],
        "licence": resource.licence,
        "citation": resource.citation,
        "files": found["files"],
    }
    write_json(folder / MANIFEST, manifest)
    return manifest


def _identity(resource: Resource) -> dict[str, Any]:
    """All that the files' content depends on; citations do not matter, nor do addresses of pinned files."""
    content: str | dict[str, str] | None = resource.sha256 or resource.url
    if content is None:  # a local file, whose content may have changed
        digests = {path.name: digest_of(path) for path in resource.watched if path.is_file()}
        content = digests if resource.is_folder else next(iter(digests.values()), "missing")
    return {
        "sha256": content,
        "archive": resource.file_name,
        "members": resource.members,
        "transform": resource.transform,
        "code": code_digest(archives.__file__) if resource.members else "",
    }


def _fetched_before(folder: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """The record of an earlier fetch, if its files are still what they were."""
    try:
        record = read_json(folder / RECORD)
    except SpikeTextError:
        return None
    files = recorded_files(record)
    if files is None or record.get("identity") != identity:
        return None
    for file, facts in files.items():
        path = folder / file
        if not path.is_file() or size_of(path) != facts.bytes or digest_of(path) != facts.sha256:
            log.warning("%s is gone or has changed since it was fetched; fetching it again", path)
            return None
    return record


def _fetch_anew(
    name: str, resource: Resource, folder: Path, mirror: str | None, identity: dict[str, Any]
) -> dict[str, Any]:
    staging = folder / ".unpacking"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        if resource.is_folder:
            source = str(resource.path)
            facts, files = _copy_folder(resource, staging)
        else:
            source, facts, files = _download(name, resource, folder, staging, mirror)
        record = {"identity": identity, "source": source, **facts, "files": files}
        _put_in_place(staging, folder, record)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    log.info("resource %s: %d bytes from %s, sha256 %s", name, facts["bytes"], source, facts["sha256"])
    if resource.unpinned:
        log.warning("resource %s: its publisher states no sha256, so nothing vouches for this one", name)
    return record


def _download(
    name: str, resource: Resource, folder: Path, staging: Path, mirror: str | None
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Put the files into the new folder `staging`; their source, facts of the download, and of each."""
    expected = Expected(name, resource.file_name, resource.bytes, resource.sha256)
    download = expected.partial(folder)
    source = _obtain(name, resource, download, expected, mirror)
    size = size_of(download)
    facts = {"bytes": size, "sha256": resource.sha256 or digest_of(download)}
    with storage_errors(folder):
        staging.mkdir()
        archive = staging / ".archive" / resource.file_name
        archive.parent.mkdir()
        download.replace(archive)
    if not resource.members:
        archive.replace(staging / resource.file_name)
        return source, facts, {resource.file_name: facts}
    limit = resource.unpacked_limit(size)
    files = archives.unpack(archive, resource.members, staging, limit=limit, transform=resource.transform)
    return source, facts, files


def _copy_folder(resource: Resource, staging: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Copy the files of the user's folder into the new folder `staging`; facts of all, and of each."""
    with storage_errors(staging):
        staging.mkdir()
    files = {}
    for file in resource.watched:
        target = staging / file.name
        try:
            copy_local(file, target, Expected(file.name, file.name))
        except SourceError as error:
            raise SpikeTextError(f"{file}: {error}; mend `path` of the resource in the config") from error
        files[file.name] = {"bytes": size_of(target), "sha256": digest_of(target)}
    digest = hashlib.sha256("".join(f"{one['sha256']}  {name}\n" for name, one in files.items()).encode())
    return {"bytes": sum(one["bytes"] for one in files.values()), "sha256": digest.hexdigest()}, files


def _put_in_place(staging: Path, folder: Path, record: dict[str, Any]) -> None:
    """Replace the files of an earlier version by those in `staging`."""
    (folder / MANIFEST).unlink(missing_ok=True)
    try:
        for file in recorded_files(read_json(folder / RECORD)) or {}:
            (folder / file).unlink(missing_ok=True)
    except SpikeTextError:
        pass  # there is no earlier version
    (folder / RECORD).unlink(missing_ok=True)
    with storage_errors(folder):
        for file in record["files"]:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            (staging / file).replace(target)
            for path in (target, *target.parents[: file.count("/")]):
                _keep_private(path)
    write_json(folder / RECORD, record)


def _keep_private(path: Path) -> None:
    """Let nobody else write, whatever the umask: nltk refuses data that others could change."""
    mode = path.stat().st_mode
    if mode & 0o022:
        path.chmod(mode & 0o755)


# ---------------------------------------------------------------------------- sources


@dataclass(frozen=True)
class _Source:
    label: str
    get: Callable[[Path, Expected], None]


def _obtain(name: str, resource: Resource, target: Path, expected: Expected, mirror: str | None) -> str:
    """Bring the download to `target` from the first source that has it; that source's label."""
    failures = [] if mirror or not resource.can_mirror else ["no `mirror` is set"]
    for source in _sources(resource, mirror):
        log.info("resource %s: trying %s", name, source.label)
        try:
            source.get(target, expected)
        except MissingError as error:
            failures.append(f"{source.label}: {error}")
        except SourceError as error:
            log.warning("resource %s: %s: %s", name, source.label, error)
            failures.append(f"{source.label}: {error}")
        else:
            return source.label
    if resource.origin is not None:
        failures.append(resource.source)
    advice = f"Mend `path` of define.resources.{name} in the config"
    if resource.can_mirror:
        advice = f"Put the file {_facts(resource)} into a folder and set `mirror: FOLDER` in the config"
    raise SpikeTextError(f"resource {name} cannot be had: {'; '.join(failures)}. {advice}")


def _facts(resource: Resource) -> str:
    """The file's name and what is known of its content."""
    known = [f"{resource.bytes} bytes"] if resource.bytes else []
    known += [f"sha256 {resource.sha256}"] if resource.sha256 else []
    return resource.file_name + (f" ({', '.join(known)})" if known else "")


def _sources(resource: Resource, mirror: str | None) -> Iterator[_Source]:
    if mirror and resource.can_mirror:
        yield _mirror_source(mirror, resource.file_name)
    if resource.url is not None:
        yield _url_source(resource.url, without_credentials(resource.url))
    elif resource.package is not None:
        yield _Source(f"package {resource.package}", partial(download_package, resource.package))
    elif resource.path is not None:
        yield _file_source(Path(resource.path).expanduser(), resource.path)


def _mirror_source(mirror: str, file: str) -> _Source:
    if re.match(r"^[A-Za-z][A-Za-z0-9+.-]*://", mirror):
        url = f"{mirror.rstrip('/')}/{quote(file)}"
        return _url_source(url, f"mirror {without_credentials(url)}")
    path = Path(mirror).expanduser() / file
    return _file_source(path, f"mirror {path}")


def _url_source(url: str, label: str) -> _Source:
    if url.startswith("file:"):
        return _file_source(Path(url2pathname(urlsplit(url).path)), label)
    return _Source(label, lambda target, expected: Download(url, target, expected).run())


def _file_source(path: Path, label: str) -> _Source:
    return _Source(label, partial(copy_local, path))
