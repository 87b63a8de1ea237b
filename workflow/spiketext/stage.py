"""What every rule's script shares: log file, one-line errors, threads and seeds."""

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spiketext.errors import SpikeTextError
from spiketext.files import storage_errors
from spiketext.runs import end_with_run

log = logging.getLogger("spiketext")


def run(snakemake: Any, main: Callable[[Any], None]) -> None:
    """Call `main(snakemake)` with logging to the rule's log file.

    A `SpikeTextError` or `MemoryError` ends the script with one line on standard error and the
    traceback in the log; other exceptions are bugs: their traceback goes to the log as well, and
    the line says where to find it.
    """
    log_path = Path(str(snakemake.log[0])) if snakemake.log else None
    began = time.monotonic()
    end_with_run()
    try:
        with storage_errors(log_path or Path()):
            _set_up_logging(log_path)
        main(snakemake)
    except Exception as error:
        log.debug("traceback", exc_info=True)
        if isinstance(error, SpikeTextError):
            line = str(error)
        elif isinstance(error, MemoryError):
            line = "out of memory; give the rule more (`--set-resources RULE:mem_mb=…`) or lower `batch_size`"
        else:
            line = f"{type(error).__name__}: {error} (this is a bug; traceback in {log_path})"
        log.error("rule %s: %s", snakemake.rule, " ".join(line.split()))
        sys.exit(1)
    log.info("rule %s took %.1f s%s", snakemake.rule, time.monotonic() - began, _peak())


def _peak() -> str:
    """The most memory that this process held at once, in words; empty where the kernel keeps no record.

    Not of `getrusage`: that includes what the process held before it became this program.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return ""
    kibibytes = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
    return "" if kibibytes is None else f" and at most {int(kibibytes) / 1024:,.0f} MiB of memory"


class _Printable(logging.Formatter):
    """Drops control characters: file names, servers and texts may bring in escape sequences."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines."""
        lines = super().format(record).split("\n")
        return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in lines)


def _set_up_logging(path: Path | None) -> None:
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.handlers.clear()
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.INFO)
    console.addFilter(lambda record: record.exc_info is None)
    console.setFormatter(_Printable("%(levelname)s %(message)s"))
    root.addHandler(console)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(path, mode="w", encoding="utf-8")
        file.setFormatter(_Printable("%(asctime)s %(levelname)s %(message)s"))
        root.addHandler(file)
    for noisy in ("matplotlib", "urllib3", "PIL", "filelock", "fsspec", "jieba"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("torch._library").setLevel(logging.ERROR)  # spikingjelly asks for Triton, without need
