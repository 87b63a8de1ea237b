"""What a run of the workflow says at its beginning and its end.

Apart from `spiketext.runs`, which every job imports: a change here runs no job again.
"""

import json
import re
from pathlib import Path

import psutil

from spiketext.runs import NOTES, is_dead, this_run

ERROR = re.compile(r"\S+ \S+ ERROR ")  # in a job's log, after the date and the time (`spiketext.stage`)


def runs_at_work() -> str:
    """One line that names the other runs in the working folder that have not ended; empty without any.

    They may have nothing in common with this one, so that nothing is refused. Where they have, Snakemake
    refuses this one and advises `--unlock`, by which two runs would write the same files.
    """
    found = []
    for note in sorted(NOTES.glob("*.json")):
        try:
            run = json.loads(note.read_text(encoding="utf-8"))["run"]
            if not is_dead(run):
                here = run["machine"] == this_run()["machine"]
                found.append(str(run["pid"]) if here else f"{run['pid']} of another machine")
        except (OSError, ValueError, KeyError, TypeError):
            continue
    if not found:
        return ""
    return (
        f"Another run is at work in this folder (process {', '.join(found)}). If Snakemake says below that "
        "the folder is locked, both need the same files: wait for the other one to end; do not use --unlock."
    )


def errors_of_this_run(logs: Path) -> list[str]:
    """The last error in each job's log below a folder that was written since this process began, in order."""
    began, found = psutil.Process().create_time(), []
    for path in logs.rglob("*.log"):
        date = path.stat().st_mtime
        errors = [line for line in path.read_text("utf-8", "replace").splitlines() if ERROR.match(line)]
        if errors and date >= began:
            found.append((date, ERROR.sub("ERROR ", errors[-1])))
    return [line for _, line in sorted(found)]
