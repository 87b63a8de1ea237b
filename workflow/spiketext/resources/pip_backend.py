"""Stands in for setuptools while pip *downloads* a source archive.

pip asks a source archive for its metadata before it saves it, and to answer, setuptools runs the
archive's `setup.py`: foreign code, for a name and a version that are known beforehand. A copy of
this file, put in setuptools' place (see packages.py), gives that answer instead. It runs alone in a
process of pip's and must not import anything of this package.
"""

import os
from pathlib import Path


class Backend:
    """The one hook of a build back-end (PEP 517) that pip calls for a download."""

    @staticmethod
    def prepare_metadata_for_build_wheel(
        metadata_directory: str, config_settings: dict[str, str] | None = None
    ) -> str:
        """Write name and version, as the environment gives them; return the folder's name."""
        name, version = os.environ["SPIKETEXT_PACKAGE"].split("==")
        folder = Path(metadata_directory) / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", ""]
        (folder / "METADATA").write_text("\n".join(lines), encoding="utf-8")
        return folder.name


prepare_metadata_for_build_wheel = Backend.prepare_metadata_for_build_wheel
# Archives without a pyproject.toml ask for the back-end under this name.
__legacy__ = Backend
