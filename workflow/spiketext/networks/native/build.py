"""Compiling the C code on first use, for the processor at hand.

Without a compiler the twins in PyTorch do the same work, slower. `SPIKETEXT_NATIVE=off` chooses them.
"""

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from spiketext.errors import printable

log = logging.getLogger("spiketext")

FLAGS = ["-O3", "-march=native", "-std=gnu11", "-shared", "-fPIC"]
THREADS = "-fopenmp"  # on GCC the very library that PyTorch's packages bring along and have loaded


@cache
def load(source: Path) -> ctypes.CDLL | None:
    """The compiled library of a C file, or None where there is no compiler or it fails."""
    if os.environ.get("SPIKETEXT_NATIVE", "on") == "off":
        return None
    compiler = find_compiler()
    if compiler is None:
        log.warning("no C compiler (cc, gcc or clang): spiking networks run on PyTorch alone, slower")
        return None
    failures = []
    for make in (_from_cache, _without_cache):
        try:
            library = make(compiler, source)
        except (
            OSError,
            RuntimeError,
            subprocess.CalledProcessError,
        ) as error:  # RuntimeError: no home folder
            said = getattr(error, "stderr", "") or str(error)
            failures.append(printable((said.strip().splitlines() or ["no message"])[-1]))
        else:
            if failures:
                log.warning("%s is compiled in every process, because %s", source.name, failures[0])
            return library
    log.warning("%s cannot be used (%s): spiking networks run on PyTorch alone", source.name, failures[-1])
    return None


def find_compiler() -> str | None:
    """Path of the C compiler, if there is one."""
    names = (os.environ.get("CC", "cc"), "gcc", "clang")
    return next(filter(None, map(shutil.which, names)), None)


def version(compiler: str) -> str:
    """What the compiler says of itself."""
    return subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout


def _from_cache(compiler: str, source: Path) -> ctypes.CDLL:
    """The library in the user's cache, compiled if it is not there; several jobs may do so at once.

    Its sha256 is part of its name: one that is damaged, which could kill the process, is not loaded.
    """
    key = hashlib.sha256()
    for part in (source.read_text(encoding="utf-8"), version(compiler), *FLAGS, THREADS, _processor()):
        key.update(part.encode())
    name = f"{source.stem}-{key.hexdigest()[:16]}"
    folder = _trusted_folder()
    for path in folder.glob(f"{name}-*.so"):
        if path.name == f"{name}-{_digest(path)}.so":
            return ctypes.CDLL(str(path))
        path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        fresh = _compile(compiler, source, Path(scratch))
        library = fresh.replace(folder / f"{name}-{_digest(fresh)}.so")
    return ctypes.CDLL(str(library))


def _without_cache(compiler: str, source: Path) -> ctypes.CDLL:
    """The library compiled for this process alone, where nobody else may write."""
    with tempfile.TemporaryDirectory() as scratch:
        return ctypes.CDLL(str(_compile(compiler, source, Path(scratch))))


def _trusted_folder() -> Path:
    """The cache folder, made if it is not there.

    Raises:
        OSError: it cannot be made, or others could put code of theirs into it.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spiketext"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"others may write to {folder}; remove it, or set XDG_CACHE_HOME")
    return folder


def _compile(compiler: str, source: Path, folder: Path) -> Path:
    library = folder / f"{source.stem}.so"
    command = [compiler, *FLAGS, "-o", str(library), str(source)]
    try:
        subprocess.run([*command, THREADS], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError:
        subprocess.run(command, check=True, capture_output=True, text=True)
        log.warning("%s has no OpenMP: spiking networks run on one thread, slower", compiler)
    return library


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _processor() -> str:
    """What `-march=native` depends on: machines of a cluster may share a home folder."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(dict.fromkeys(x for x in lines if x.startswith(("model name", "flags", "Features"))))
