"""Archives of Python packages, fetched by pip but never installed, built or run.

pip's own configuration says which index is asked, through which proxy and with which
certificates. `--require-hashes` makes pip choose the very file that the registry pins and verify
it before it looks inside; a stand-in for the build back-end keeps it from running `setup.py`.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from spiketext.errors import SpikeTextError
from spiketext.files import storage_errors
from spiketext.progress import Progress
from spiketext.resources import pip_backend
from spiketext.resources.transfer import Expected, MissingError, SourceError, copy_local

log = logging.getLogger("spiketext")

POLL = 2.0  # seconds between two looks at how far pip is


def download_package(package: str, partial: Path, expected: Expected) -> None:
    """Fetch the archive of a pinned package to `partial`.

    Args:
        package: `NAME==VERSION`.
        partial: where the archive goes; pip works in a folder beside it.
        expected: the archive's name, size and checksum.

    Raises:
        SourceError: pip could not get it, and why.
        SpikeTextError: the disk is full, or this Python has no pip.
    """
    scratch = partial.parent / ".pip"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        with storage_errors(scratch):
            environment = _prepare(scratch, package, expected)
        output, status = _run(_command(scratch, expected), environment, scratch, expected)
        log.debug("pip said:\n%s", output)
        if status != 0:
            raise _failure(output, partial)
        found = sorted(path.name for path in (scratch / "files").iterdir())
        if expected.name not in found:
            raise SourceError(f"pip fetched {', '.join(found) or 'nothing'} instead of {expected.name}")
        copy_local(scratch / "files" / expected.name, partial, expected)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _prepare(scratch: Path, package: str, expected: Expected) -> dict[str, str]:
    """Lay out pip's working folder; return pip's environment."""
    for name in ("files", "temporary", "backend/setuptools"):
        (scratch / name).mkdir(parents=True)
    (scratch / "requirements.txt").write_text(
        f"{package} --hash=sha256:{expected.sha256}\n", encoding="utf-8"
    )
    stand_in = scratch / "backend/setuptools"
    (stand_in / "__init__.py").touch()
    shutil.copyfile(pip_backend.__file__, stand_in / "build_meta.py")
    # pip starts its helpers in other folders, so the path must be absolute.
    path = [str(stand_in.parent.resolve()), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "SPIKETEXT_PACKAGE": package,
        "TMPDIR": str((scratch / "temporary").resolve()),  # the results' disk, not a small /tmp
    }


def _command(scratch: Path, expected: Expected) -> list[str]:
    options = [
        "--no-deps",
        # Which of a package's files is meant: where links carry no checksum, pip does not know.
        "--only-binary=:all:" if expected.name.endswith(".whl") else "--no-binary=:all:",
        "--require-hashes",
        "--no-build-isolation",  # else pip would fetch a build back-end too, and use that
        "--use-pep517",
        "--ignore-requires-python",  # only data are taken out of the archive
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar=off",
    ]
    requirements = ["--dest", str(scratch / "files"), "--requirement", str(scratch / "requirements.txt")]
    return [sys.executable, "-m", "pip", "download", *options, *requirements]


def _run(
    command: list[str], environment: dict[str, str], scratch: Path, expected: Expected
) -> tuple[str, int]:
    """Run pip to its end, logging how far it is; its output and exit status."""
    progress = Progress(f"{expected.label}: MiB received by pip", (expected.bytes or 0) >> 20)
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            while True:
                try:
                    output, _ = process.communicate(timeout=POLL)
                    return output, process.returncode
                except subprocess.TimeoutExpired:
                    received = min(_bytes_below(scratch / "temporary") >> 20, progress.total)
                    if received > progress.done:
                        progress.advance(received - progress.done)
        except BaseException:
            process.kill()
            raise


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size if path.is_file() else 0
        except OSError:  # pip may delete it at any time
            continue
    return total


def _failure(output: str, partial: Path) -> Exception:
    """What pip's output means, in one line."""
    if "No space left on device" in output:
        return SpikeTextError(
            f"cannot write {partial}: no space left on device; "
            "free some space or choose another results folder"
        )
    if "No module named pip" in output:
        return SpikeTextError(f"{sys.executable} has no pip; set up the environment again (make setup)")
    wrong = re.search(r"Expected sha256 (\w+).*?Got\s+(\w+)", output, re.DOTALL)
    if wrong:
        return SourceError(f"wrong checksum: expected sha256 {wrong[1]}, got {wrong[2]}")
    if re.search(r"Cannot import|BackendUnavailable|generating package metadata|metadata-generation", output):
        return SourceError("pip cannot read this kind of source archive without building it")
    trouble = re.search(
        r"Connection refused|timed out|name resolution|Name or service not known|getaddrinfo|"
        r"Network is unreachable|ProxyError|CERTIFICATE_VERIFY_FAILED|\b50\d \w+ Error",
        output,
        re.IGNORECASE,
    )
    if trouble:
        return SourceError(f"pip cannot reach its package index ({trouble[0].lower()})")
    errors = [line[7:] for line in output.splitlines() if line.startswith("ERROR: ")]
    if any(line.startswith("No matching distribution") for line in errors):
        return MissingError("pip's package index does not have it")
    last = errors[-1] if errors else (output.strip().splitlines() or ["no output"])[-1]
    return SourceError(f"pip failed: {last[:200]}")
