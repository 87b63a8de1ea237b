"""What a rule's result depends on besides its inputs: the code of the package.

Snakemake re-runs a rule when its own script changes, but not when a module that the script
imports does. A digest of those modules, given to the rule as a parameter, closes that gap.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
# Modules whose values reach a rule as parameters; that of resources also says how files are named.
CONFIGURATION = {*PACKAGE.glob("config/*.py")} - {PACKAGE / "config" / "resources.py"}


@cache
def code_digest(script: str | Path, kinds: tuple[Path, ...] = ()) -> str:
    """Digest of a script and of all modules of this package that it imports, however indirectly.

    Imports inside functions count as well. The modules of the configuration do not: its values reach a rule
    as parameters, and a new key for one stage must not re-run the others. A module's C code lies beside it
    under its name.

    Args:
        script: of the rule.
        kinds: modules that the job imports by name, see `spiketext.kinds`.
    """
    digest = hashlib.sha256()
    for path in sorted(used_files(script, kinds)):
        digest.update(
            str(path.relative_to(PACKAGE.parent) if PACKAGE in path.parents else path.name).encode()
        )
        for source in (path, path.with_suffix(".c")):
            if source.exists():
                digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def used_files(script: str | Path, kinds: Iterable[Path] = ()) -> set[Path]:
    """The script, and all modules that its digest follows; see `code_digest`."""
    pending = [Path(script), *kinds]
    seen: set[Path] = set()
    while pending:
        path = pending.pop()
        if path in seen | CONFIGURATION:
            continue
        seen.add(path)
        pending.extend(_imported(path))
    return seen


def _imported(path: Path) -> Iterator[Path]:
    """Files of this package that the module at `path` imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == PACKAGE.name:
                yield from _files(parts[1:])


def _files(parts: list[str]) -> Iterator[Path]:
    """The file of a dotted name, and the packages above it, whose `__init__` runs too."""
    for depth in range(len(parts) + 1):
        base = PACKAGE.joinpath(*parts[:depth])
        for candidate in (base / "__init__.py", base.with_suffix(".py")):
            if candidate.is_file():
                yield candidate


def contents(paths: Iterable[str | Path]) -> list[str]:
    """Size and sha256 of each file: a parameter of the rules that read the user's own files.

    Snakemake runs a job again when an input is newer than the outputs. A file that was unpacked, copied or
    moved here may differ and yet be older.

    Raises:
        OSError: a file cannot be read.
    """
    return [_content(str(path), (facts := Path(path).stat()).st_size, facts.st_mtime_ns) for path in paths]


@cache
def _content(path: str, size: int, mtime_ns: int) -> str:
    """Size and sha256; read once as long as size and date stay."""
    with Path(path).open("rb") as file:
        return f"{size} bytes, sha256 {hashlib.file_digest(file, 'sha256').hexdigest()}"


def fingerprint(*parts: object, files: Iterable[str | Path] = ()) -> str:
    """Digest of plain values and of the contents of files: what a checkpoint belongs to."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for path in files:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]
