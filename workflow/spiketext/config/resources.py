"""What a resource of the registry is: a file or an archive, where it comes from, how to recognise it.

This module knows nothing of the configuration, because the configuration is built from it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from spiketext.config.types import LocalPath
from spiketext.files import most_unpacked

# Suffixes of file names that can be unpacked; the longer ones come first.
TAR_SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
ZIP_SUFFIXES = (".zip", ".whl")
GZIP_SUFFIXES = (".gz",)
ARCHIVE_SUFFIXES = TAR_SUFFIXES + ZIP_SUFFIXES + GZIP_SUFFIXES

MANIFEST = "manifest.json"

# A package is handed to pip, so nothing that pip could take for an option or a URL.
Package = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*$")
]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def is_safe_name(name: str) -> bool:
    """Whether `name` (with `/` between folders) names a visible file below the folder it is used in.

    Refused are absolute names, `..`, backslashes, drive letters, control characters, names that
    start with a dot (those belong to the fetching itself) and the name of the manifest.
    """
    if not name.isprintable() or len(name.encode()) > 200 or name == MANIFEST or re.search(r"[\\:]", name):
        return False
    return all(part and not part.startswith(".") and part.strip() == part for part in name.split("/"))


class Resource(BaseModel):
    """A third-party file that a run needs, pinned by its checksum wherever one is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(
        min_length=1, coerce_numbers_to_str=True, description="Version or date of the resource."
    )
    url: str | None = Field(None, description="Source: an address (http, https or file).")
    package: Package | None = Field(
        None, description="Source: a package of the index that pip is set up for, as `NAME==VERSION`."
    )
    path: LocalPath | None = Field(
        None, description="Source: a local file, or a folder whose visible files are taken."
    )
    origin: str | None = Field(
        None, description="Where the file comes from, in words, if it has no source; `mirror` must supply it."
    )
    archive: FileName | None = Field(
        None, description="Name of the downloaded file; empty: the last part of `url` or `path`."
    )
    bytes: int | None = Field(
        None,
        ge=1,
        description="Size of the downloaded file. An `unpinned` one without it may have up to 2 GiB.",
    )
    sha256: Sha256 | None = Field(None, description="Checksum of the downloaded file.")
    unpinned: bool = Field(
        False,
        description="For a `url` whose publisher states no checksum: take what comes; the manifest says so.",
    )
    licence: str = Field(min_length=1, description="Licence, as far as it is stated.")
    citation: str = Field("", description="What to cite.")
    members: dict[str, str] = Field(
        default_factory=dict,
        description="Local file name: its path in the archive. `FOLDER/: a/*` takes all files that match "
        "(`*` stays within one folder). Empty: the download itself is the file.",
    )
    transform: Literal["strip-cr"] | None = Field(
        None, description="`strip-cr`: drop carriage returns from the members."
    )
    unpacked_bytes: int | None = Field(
        None,
        ge=1,
        description="Most bytes that the archive may unpack to, 4 KiB for each member included; empty: 20 "
        "times its size + 64 MiB.",
    )

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, url: str | None) -> str | None:
        if url is not None and not re.match(r"^(https?://[^/]+/.|file:///.)", url):
            raise ValueError("`url` must start with http://, https:// or file:/// and name a file")
        return url

    @field_validator("members")
    @classmethod
    def _safe_members(cls, members: dict[str, str]) -> dict[str, str]:
        for local, inside in members.items():
            if not is_safe_name(local.removesuffix("/")):
                raise ValueError(f"`members`: {local!r} is no name for a file below the resource's folder")
            if not inside:
                raise ValueError(f"`members`: {local!r} needs the path in the archive")
        return members

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [kind for kind in ("url", "package", "path", "origin") if getattr(self, kind) is not None]
        if len(sources) != 1:
            raise ValueError("a resource needs exactly one of `url`, `package`, `path` and `origin`")
        if self.unpinned and (sources != ["url"] or self.sha256 is not None):
            raise ValueError("`unpinned` is for a resource with `url` and without `sha256`")
        if sources != ["path"] and not self.unpinned and (self.bytes is None or self.sha256 is None):
            raise ValueError(f"a resource with `{sources[0]}` needs `bytes` and `sha256` of the file")
        if self.archive is None and sources[0] in ("package", "origin"):
            raise ValueError(f"a resource with `{sources[0]}` needs `archive`: the name of the file")
        if self.archive is None and not is_safe_name(self.file_name):
            raise ValueError(f"a resource needs `archive`: {self.file_name!r} is no plain file name")
        if self.archive == MANIFEST:
            raise ValueError(f"`archive` cannot be {MANIFEST}")
        if self.members and not self.file_name.endswith(ARCHIVE_SUFFIXES):
            raise ValueError(f"`members` needs an archive: one of *{', *'.join(ARCHIVE_SUFFIXES)}")
        if self.transform is not None and not self.members:
            raise ValueError("`transform` needs `members`")
        return self

    @property
    def file_name(self) -> str:
        """Name of the downloaded file."""
        if self.archive is not None:
            return self.archive
        if self.url is not None:
            return unquote(PurePosixPath(urlsplit(self.url).path).name)
        return Path(self.path or "").name

    @property
    def files(self) -> list[str] | None:
        """Names of the resource's files; None if only the archive or folder can tell."""
        if self.is_folder:
            return None
        if not self.members:
            return [self.file_name]
        if any(local.endswith("/") for local in self.members):
            return None
        return list(self.members)

    @property
    def is_folder(self) -> bool:
        """Whether the files of the folder that `path` names are taken."""
        if self.path is None or self.archive is not None or self.members:
            return False
        return os.path.isdir(os.path.expanduser(self.path))  # noqa: PTH111, PTH112

    @property
    def watched(self) -> list[Path]:
        """The local file, or the folder's, if no checksum tells when it changes; empty if it is gone."""
        if self.path is None or self.sha256 is not None:
            return []
        path = Path(self.path).expanduser()
        if self.is_folder and os.access(path, os.R_OK | os.X_OK):
            return sorted(file for file in path.iterdir() if is_safe_name(file.name) and file.is_file())
        # Unlike Path.exists, this never raises, whatever the folder's permissions are.
        return [path] if os.path.exists(path) else []  # noqa: PTH110

    @property
    def can_mirror(self) -> bool:
        """Whether `mirror` may supply the file: not in place of the user's own, which may change."""
        return self.path is None or self.sha256 is not None

    @property
    def source(self) -> str:
        """The resource's own source, in words."""
        if self.url is not None:
            return without_credentials(self.url)
        if self.package is not None:
            return f"package {self.package}"
        return str(self.path) if self.path is not None else f"no source of its own ({self.origin})"

    def unpacked_limit(self, size: int) -> int:
        """Most bytes that the archive, of `size` bytes, may unpack to."""
        return self.unpacked_bytes or most_unpacked(size)


def without_credentials(url: str) -> str:
    """`url` without user name, password and query, fit for logs and manifests."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
