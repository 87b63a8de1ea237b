"""The profiles for clusters on a real SLURM: RUN_SLURM=1 .venv/bin/python -m pytest tests/cluster

A SLURM that answers is used; else one is installed and started on this machine (Debian, as root) and
stopped at the end. Under a real cluster's SLURM, --basetemp has to name a folder that all nodes share.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workflow.tiny import write_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("RUN_SLURM") != "1", reason="RUN_SLURM=1 runs jobs through SLURM"),
]

ROOT = Path(__file__).parents[2]
ONE_NODE = Path(__file__).with_name("one_node_slurm.sh")


def queue(*options):
    """Rows of squeue, finished jobs included: number, state, memory in MB, comment or name."""
    done = subprocess.run(
        ["squeue", "--noheader", "--states=all", "--format=%i|%T|%m|%j %k", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line.split("|") for line in done.stdout.splitlines()] if done.returncode == 0 else None


@pytest.fixture(scope="module")
def slurm():
    """A SLURM that takes jobs."""
    try:
        runs = queue() is not None
    except FileNotFoundError:
        runs = False
    if not runs:
        subprocess.run([ONE_NODE, "start"], check=True)
    yield
    if not runs:
        subprocess.run([ONE_NODE, "stop"], check=True)


def started(folder, profile, *targets):
    """Snakemake, running, with its output in `folder`/said."""
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile"]
    command += [
        "--configfile",
        write_study(folder),
        "--workflow-profile",
        ROOT / "workflow/profiles" / profile,
    ]
    with (folder / "said").open("w") as said:
        return subprocess.Popen(
            [*command, *(folder / "results" / target for target in targets)],
            cwd=folder,
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def running_job(folder, rule, seen):
    """Number of the first running job of `rule` that was submitted after the jobs in `seen`."""
    for _ in range(240):
        for number, state, _, name in queue():
            if state == "RUNNING" and rule in name and number not in seen:
                return number
        time.sleep(0.25)
    raise AssertionError((folder / "said").read_text(encoding="utf-8"))


def numbers():
    """All jobs that SLURM remembers."""
    return {row[0] for row in queue()}


@pytest.mark.parametrize("profile", ["slurm", "cluster-generic"])
def test_stages_run_as_jobs_and_a_cancelled_job_again_with_more_memory(slurm, tmp_path, profile):
    """Tokenise, embed, split and train; the first job is cancelled while it runs."""
    seen = numbers()
    target = "tiny_en/dnn/seed7/dnn.safetensors"
    run = started(tmp_path, profile, target)
    first = running_job(tmp_path, "tokenise", seen)
    subprocess.run(["scancel", first], check=True)
    code = run.wait(timeout=400)
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert code == 0, said
    assert (tmp_path / "results" / target).exists()
    assert said.count("Trying to restart job") == 1
    jobs = [row for row in queue() if row[0] not in seen]
    assert sorted(state for _, state, _, _ in jobs) == ["CANCELLED", *["COMPLETED"] * 4]
    memory = {state: int(re.sub(r"\D", "", size)) for _, state, size, name in jobs if "tokenise" in name}
    assert memory["COMPLETED"] == 2 * memory["CANCELLED"]
    logs = tmp_path / "results" / "logs" / {"slurm": "slurm"}.get(profile, "cluster")
    assert {first, *(row[0] for row in jobs)} == {re.search(r"\d+$", p.stem)[0] for p in logs.rglob("*.log")}


def test_an_interrupted_run_leaves_no_jobs(slurm, tmp_path):
    """Control-C cancels what was submitted."""
    seen = numbers()
    run = started(tmp_path, "slurm", "tiny_en/text/corpus.parquet")
    number = running_job(tmp_path, "tokenise", seen)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=60) != 0
    for _ in range(40):
        states = {row[0]: row[1] for row in queue()}
        if states[number] == "CANCELLED":
            return
        time.sleep(0.5)
    raise AssertionError(states)
