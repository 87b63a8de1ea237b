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

log = logging.getLogger("spiketext")

FLAGS = ["-O3", "-march=native", "-std=gnu11", "-shared", "-fPIC"]


@cache
def load(source: Path) -> ctypes.CDLL | None:
    """The compiled library of a C file, or None where there is no compiler or it fails."""
    if os.environ.get("SPIKETEXT_NATIVE", "on") == "off":
        return None
    compiler = find_compiler()
    if compiler is None:
        log.warning("no C compiler (cc, gcc or clang): spiking networks run on PyTorch alone, slower")
        return None
    try:
        return ctypes.CDLL(str(_compiled(compiler, source)))
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:  # RuntimeError: no home folder
        said = getattr(error, "stderr", "") or str(error)
        reason = said.strip().splitlines()[-1:] or ["no message"]
        log.warning("%s cannot be used (%s): spiking networks run on PyTorch alone", source.name, reason[0])
        return None


def find_compiler() -> str | None:
    """Path of the C compiler, if there is one."""
    names = (os.environ.get("CC", "cc"), "gcc", "clang")
    return next(filter(None, map(shutil.which, names)), None)


def version(compiler: str) -> str:
    """What the compiler says of itself."""
    return subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout


def _compiled(compiler: str, source: Path) -> Path:
    """The library in the user's cache, compiled if it is not there; several jobs may do so at once."""
    key = hashlib.sha256()
    for part in (source.read_text(encoding="utf-8"), version(compiler), " ".join(FLAGS), _processor()):
        key.update(part.encode())
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spiketext"
    library = folder / f"{source.stem}-{key.hexdigest()[:16]}.so"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            fresh = Path(scratch) / library.name
            command = [compiler, *FLAGS, "-o", str(fresh), str(source)]
            subprocess.run(command, check=True, capture_output=True, text=True)
            fresh.replace(library)
    return library


def _processor() -> str:
    """What `-march=native` depends on: machines of a cluster may share a home folder."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(dict.fromkeys(x for x in lines if x.startswith(("model name", "flags", "Features"))))
