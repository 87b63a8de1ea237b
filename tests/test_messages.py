"""What a run says at its beginning and its end; `tests/workflow/test_killed.py` has the runs themselves."""

import os
import sys
from pathlib import Path

import psutil

from spiketext.messages import errors_of_this_run
from spiketext.programs import path_of

DATE = "2026-11-28 01:02:03,456"


def test_the_last_errors_of_a_run_in_the_order_of_their_time(tmp_path):
    """One a job; not those of an earlier run, not what was mended by another try, not words of a text."""
    began = psutil.Process().create_time()
    logs = {
        "dnn/b.log": ([f"{DATE} INFO fine", f"{DATE} ERROR first", f"{DATE} ERROR rule a: bad, line 3"], 9),
        "fetch/a.log": ([f"{DATE} ERROR rule fetch: no network", f"{DATE} DEBUG traceback", "  more"], 5),
        "old.log": ([f"{DATE} ERROR rule old: past"], -5),
        "fine.log": ([f"{DATE} INFO rule b took 2 s", f"{DATE} INFO the text: ERROR in it"], 7),
    }
    for name, (lines, later) in logs.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines))
        os.utime(path, (began + later, began + later))
    assert errors_of_this_run(tmp_path) == ["ERROR rule fetch: no network", "ERROR rule a: bad, line 3"]
    assert errors_of_this_run(tmp_path / "none") == []


def test_a_program_is_named_as_it_can_be_typed(monkeypatch, tmp_path):
    """By a path that is there, short where it lies below the working folder."""
    monkeypatch.chdir(Path(sys.prefix).parent)
    assert path_of("python") == f"{Path(sys.prefix).name}/bin/python"
    monkeypatch.chdir(tmp_path)
    assert Path(path_of("python")).is_absolute()
    assert Path(path_of("python")).exists()
