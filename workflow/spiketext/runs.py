"""Runs of the workflow that were killed: their locks are cleared, and their jobs end by themselves.

Snakemake locks what a run reads and writes, in .snakemake/locks. A run that is killed at once (kill -9,
lack of memory) leaves that lock behind, and its jobs go on. So each run notes which process it is and which
lock files are its own; the next one removes those of a process that is certainly dead. A lock of a living
process, or of one on another machine, stays.
"""

import json
import logging
import os
import platform
import signal
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path

log = logging.getLogger("spiketext")

RUN = "SPIKETEXT_RUN"  # the environment variable by which jobs know their run
NOTES = Path(".snakemake/spiketext-runs")
LOCKS = Path(".snakemake/locks")
UNWINDING = 30  # seconds that a job is given to end in good order; less than the next run waits for it
UNLOCK = "if no other run is at work, type the same command with --unlock, then without it again"


def this_run() -> dict[str, Any]:
    """This process as its jobs and later runs can tell it from others."""
    return {"machine": _machine(), "pid": os.getpid(), "command": _command(os.getpid())}


def _machine() -> str:
    """Host, boot and process-number space: only where all three agree does a process number mean the same."""
    found = [platform.node()]
    for path, read in (
        ("/proc/sys/kernel/random/boot_id", lambda path: Path(path).read_text().strip()),
        ("/proc/self/ns/pid", os.readlink),
    ):
        try:
            found.append(read(path))
        except OSError:
            found.append("?")
    return " ".join(found)


def _command(pid: int) -> list[str]:
    """The command line of a process; empty if there is no such process, or it has ended."""
    try:
        return list(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:  # a zombie too
        return []


def is_dead(run: dict[str, Any]) -> bool:
    """Whether the run's process has certainly ended."""
    try:
        found = _command(run["pid"]) or None
        return run["machine"] == _machine() and found != run["command"]
    except psutil.AccessDenied:
        return False


def note_run(locks: Iterable[str | Path]) -> Path:
    """Note this run with its lock files, below the working folder; the caller deletes the note at the end."""
    note = NOTES / f"{os.getpid()}.json"
    dates = {str(lock): Path(lock).stat().st_mtime_ns for lock in locks}
    with atomic_path(note) as partial:
        partial.write_text(json.dumps({"run": this_run(), "locks": dates}), encoding="utf-8")
    return note.absolute()


def clear_dead_locks(patience: float = 60) -> str:
    """Remove the lock files of runs that were killed in the working folder.

    Args:
        patience: seconds that the jobs of such a run are given to end.

    Returns:
        One line for the user; empty if there is nothing to say.

    Raises:
        SpikeTextError: jobs of a dead run are still at work.
    """
    removed = False
    known: set[str] = set()  # lock files of runs that are, or may be, at work
    for note in sorted(NOTES.glob("*.json")):
        try:
            content = json.loads(note.read_text(encoding="utf-8"))
            run, locks = content["run"], content["locks"]
            dead = is_dead(run)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if not dead:
            known |= {Path(name).name for name in locks}
            continue
        _wait_for_jobs(run, patience)
        for name, date in locks.items():
            lock = LOCKS / Path(name).name
            # After that run another one may have made a lock of the same name.
            if lock.exists() and lock.stat().st_mtime_ns == date:
                lock.unlink()
                removed = True
        note.unlink(missing_ok=True)
    if removed:
        return "The last run was killed; its lock is removed, and what it left unfinished is made anew."
    unknown = [lock for lock in LOCKS.glob("*.lock") if lock.name not in known]
    return f"A run that is not known has locked this folder; {UNLOCK}." if unknown else ""


def _wait_for_jobs(run: dict[str, Any], patience: float) -> None:
    """Wait until no job of a dead run is left; each ends when it sees that its run has (`end_with_run`)."""
    until = time.monotonic() + patience
    while jobs := _jobs_of(run) or _again(run):
        if time.monotonic() > until:
            numbers = " ".join(map(str, jobs))
            raise SpikeTextError(f"jobs of a run that was killed are still at work; type: kill {numbers}")
        time.sleep(0.5)


def _again(run: dict[str, Any]) -> list[int]:
    """A second look: a process that was being started at the first one had no environment yet."""
    time.sleep(0.1)
    return _jobs_of(run)


def _jobs_of(run: dict[str, Any]) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(RUN) == json.dumps(run):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def end_with_run() -> None:
    """End this process, in good order, soon after the run that started it has ended.

    Does nothing in jobs that run elsewhere than their run. On SIGTERM, by which schedulers and this function
    end a job, everything is unwound, so that temporary files and folders go; a job that has not managed it
    after `UNWINDING` seconds is ended by the system.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _unwind)
    try:
        run = json.loads(os.environ.get(RUN, ""))
    except ValueError:
        return
    if run["machine"] == _machine():
        threading.Thread(target=_watch, args=(run,), daemon=True).start()


def _unwind(*_: Any) -> None:
    # What is raised in a handler is lost where Python was in a destructor or a callback, and what a library
    # does at exit can hang; nothing in Python would end the job then, the system's own alarm does.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(UNWINDING)
    raise SystemExit(128 + signal.SIGTERM)


def _watch(run: dict[str, Any]) -> None:
    while not is_dead(run):
        time.sleep(1)
    log.error("the run that started this job has ended; so does the job")
    os.kill(os.getpid(), signal.SIGTERM)
