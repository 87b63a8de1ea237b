"""A run that is killed: the same command goes on, no lock of a living run is touched."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from spiketext import runs
from spiketext.errors import SpikeTextError
from spiketext.messages import runs_at_work
from tests.snakemake_run import ROOT, snakemake
from tests.workflow.tiny import write_study

TARGET = "results/tiny_en/lv2023/seed7/dnn.safetensors"


def wait_until(happens, seconds=120):
    """Whatever `happens` gives, as soon as it gives something."""
    until = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


@pytest.mark.slow
def test_after_kill_9_the_same_command_goes_on(tmp_path):
    """The lock goes, with one line, after the jobs of the dead run; what was half-made is made anew."""
    path = write_study(tmp_path)
    path.write_text(path.read_text().replace("epochs: 3", "epochs: 100000"))
    log = tmp_path / "results/logs/train_dnn/tiny_en-lv2023-7.log"
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", tmp_path]
    with subprocess.Popen(
        [*command, "--cores", "1", "--configfile", path, "--", tmp_path / TARGET],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        wait_until(log.exists)
        (note,) = (tmp_path / runs.NOTES).iterdir()
        jobs = runs._jobs_of(json.loads(note.read_text())["run"])
        run.kill()
    assert jobs
    assert list((tmp_path / runs.LOCKS).iterdir())
    path.write_text(path.read_text().replace("epochs: 100000", "epochs: 3"))
    said = snakemake(
        "--cores", "1", "--configfile", path, "--", tmp_path / TARGET, cwd=tmp_path, environment={}
    )
    assert said.stderr.count("The last run was killed; its lock is removed") == 1
    assert (tmp_path / TARGET).exists()
    assert not any(map(runs._command, jobs))
    assert not list((tmp_path / runs.NOTES).iterdir())
    assert not list((tmp_path / runs.LOCKS).glob("*"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a lock file."""
    monkeypatch.chdir(tmp_path)
    runs.LOCKS.mkdir(parents=True)
    (runs.LOCKS / "0.input.lock").write_text("a\n")
    return tmp_path


def note_of(pid, **changes):
    """A note as the process would have left it."""
    note = runs.note_run([runs.LOCKS / "0.input.lock"])
    content = json.loads(note.read_text())
    content["run"] |= {"pid": pid, "command": runs._command(pid), **changes}
    note.write_text(json.dumps(content))
    return content["run"]


def ended():
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


@pytest.mark.slow
def test_a_second_run_waits_and_ctrl_c_loses_nothing(tmp_path):
    """The second one names the first before Snakemake advises to unlock; the first says that it goes on."""
    path = write_study(tmp_path)
    path.write_text(path.read_text().replace("epochs: 3", "epochs: 100000"))
    words = ["--cores", "1", "--configfile", path, "--", tmp_path / TARGET]
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", tmp_path]
    # As a terminal does it: Ctrl-C reaches the jobs too. What a script starts with & would ignore it.
    with subprocess.Popen(
        [*command, *words],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        try:
            wait_until(lambda: list((tmp_path / runs.NOTES).glob("*.json")))
            second = snakemake(*words, cwd=tmp_path, environment={}, check=False)
            os.killpg(run.pid, signal.SIGINT)
            said = run.communicate(timeout=120)[1]
        finally:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
    assert second.returncode != 0
    assert second.stderr.index(f"at work in this folder (process {run.pid})") < second.stderr.index(
        "--unlock"
    )
    assert "do not use --unlock" in second.stderr
    assert said.splitlines()[-1] == "What is finished is kept: the same command goes on from there."
    assert not (tmp_path / TARGET).exists()


def test_the_lock_of_a_living_run_stays(folder):
    """So does its note; the run is named, and nothing is refused, as the two may have nothing in common."""
    note_of(os.getpid())
    assert f"(process {os.getpid()}). If Snakemake says" in runs_at_work()
    assert runs.clear_dead_locks() == ""
    assert (runs.LOCKS / "0.input.lock").exists()
    assert list(runs.NOTES.iterdir())


def test_the_lock_of_a_dead_run_goes(folder):
    """With its note."""
    note_of(ended())
    assert runs_at_work() == ""
    assert "its lock is removed" in runs.clear_dead_locks()
    assert not list(runs.LOCKS.iterdir())
    assert not list(runs.NOTES.iterdir())


def test_another_program_with_the_number_of_a_dead_run_is_not_that_run(folder):
    """Numbers of processes are used again."""
    note_of(os.getpid(), command=["snakemake", "--cores", "2"])
    assert "its lock is removed" in runs.clear_dead_locks()


def test_a_run_on_another_machine_may_be_at_work(folder):
    """Nobody can tell from here."""
    pid = note_of(ended(), machine="elsewhere")["pid"]
    assert f"(process {pid} of another machine)" in runs_at_work()
    assert runs.clear_dead_locks() == ""
    assert (runs.LOCKS / "0.input.lock").exists()


def test_a_lock_that_a_later_run_made_under_the_same_name_stays(folder):
    """It is younger than the dead run's."""
    note_of(ended())
    os.utime(runs.LOCKS / "0.input.lock", (1, 1))
    assert "--unlock" in runs.clear_dead_locks()
    assert (runs.LOCKS / "0.input.lock").exists()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"run": 1, "locks": 2}', "\x00"])
def test_a_lock_without_a_legible_note_is_left_to_the_user(folder, content):
    """One line names what to type."""
    runs.NOTES.mkdir()
    (runs.NOTES / "1.json").write_text(content)
    assert runs_at_work() == ""
    assert "--unlock" in runs.clear_dead_locks()
    assert (runs.LOCKS / "0.input.lock").exists()


def test_jobs_of_a_dead_run_that_do_not_end_are_named(folder):
    """Two processes must not write the same files."""
    run = note_of(ended())
    with subprocess.Popen(["sleep", "60"], env={runs.RUN: json.dumps(run)}) as job:
        try:
            with pytest.raises(SpikeTextError, match=f"type: kill {job.pid}$"):
                runs.clear_dead_locks(patience=0.1)
        finally:
            job.kill()
    assert (runs.LOCKS / "0.input.lock").exists()


JOB = """
import sys, time
from pathlib import Path
from spiketext.runs import end_with_run
end_with_run()
try:
    Path("began").touch()
    time.sleep(600)
finally:
    Path("unwound").touch()
"""


STUBBORN = """
import sys, time
from pathlib import Path
from spiketext import runs
runs.UNWINDING = 1
Path("began").touch()
try:
    runs.end_with_run()
    time.sleep(600)
except SystemExit:
    Path("unwound").touch()
time.sleep(600)
"""


@contextmanager
def job(folder, run, code=JOB):
    """A process that does as jobs do, once it is at work."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow"), runs.RUN: json.dumps(run)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=environment) as process:
        try:
            wait_until((folder / "began").exists)
            yield process
        finally:
            process.kill()  # else a test that fails waits for it


def test_a_job_ends_in_good_order_with_its_run(tmp_path):
    """Within seconds; its temporary files go."""
    parent = subprocess.Popen(["sleep", "600"])
    run = {**runs.this_run(), "pid": parent.pid, "command": runs._command(parent.pid)}
    with job(tmp_path, run) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        parent.kill()
        parent.wait()
        assert process.wait(timeout=50) == 128 + signal.SIGTERM
    assert (tmp_path / "unwound").exists()


def test_a_job_in_which_the_end_is_lost_ends_all_the_same(tmp_path):
    """As in a destructor, where Python reports what was raised and goes on."""
    with job(tmp_path, {**runs.this_run(), "pid": ended()}, STUBBORN) as process:
        assert process.wait(timeout=50) == -signal.SIGALRM
    assert (tmp_path / "unwound").exists()


def test_a_job_goes_on_where_its_run_is_on_another_machine(tmp_path):
    """As on a cluster: no process of this number means anything here."""
    with job(tmp_path, {**runs.this_run(), "pid": ended(), "machine": "elsewhere"}) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        process.terminate()
        process.wait(timeout=50)
    assert (tmp_path / "unwound").exists()
