"""The profiles, without a scheduler: what Snakemake accepts, submits, and submits again."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.tiny import write_study

ROOT = Path(__file__).parents[1]
PROFILES = ROOT / "workflow" / "profiles"
FIRST = "results/tiny_en/text/corpus.parquet"


def snakemake(folder, *arguments, path=None):
    """Run Snakemake on the tiny study in `folder`; all that it printed, and its exit code."""
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile"]
    command += ["--configfile", folder / "config.yaml", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | ({"PATH": f"{path}:{os.environ['PATH']}"} if path else {}),
        check=False,
    )
    return done.stdout, done.returncode


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with the tiny study."""
    folder = tmp_path_factory.mktemp("study")
    write_study(folder)
    return folder


def test_the_default_profile_is_used_unless_another_is_named(study):
    """Snakemake finds profiles/default beside the Snakefile by itself, wherever it is called."""
    said, code = snakemake(study, "--cores", "2", "-n", study / FIRST)
    assert code == 0, said
    assert f"workflow specific profile {ROOT / 'profiles' / 'default'}" in said
    assert (ROOT / "profiles" / "default").samefile(PROFILES / "default")
    said, code = snakemake(study, "--workflow-profile", "none", "--cores", "2", "-n", study / FIRST)
    assert code == 0, said
    assert "specific profile" not in said


@pytest.mark.parametrize("name", sorted(folder.name for folder in PROFILES.iterdir()))
def test_snakemake_understands_every_line_of_a_profile(study, name):
    """It refuses options that it does not know, in a dry run too."""
    said, code = snakemake(study, "--workflow-profile", PROFILES / name, "-n", study / FIRST)
    assert code == 0, said
    assert f"profile {PROFILES / name}" in said
    assert "rerun-incomplete: true\n" in (PROFILES / name / "config.yaml").read_text(encoding="utf-8")
    assert "tokenise" in said


@pytest.mark.slow
def test_local_keeps_jobs_within_the_memory(study):
    """A limit for jobs side by side, from this machine's memory."""
    said, code = snakemake(study, "--workflow-profile", PROFILES / "local", "--cores", "1", study / FIRST)
    assert code == 0, said
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    limit = next(line for line in said.splitlines() if line.startswith("Provided resources:"))
    assert str(total * 9 // 10) in limit


def write_command(path, *lines):
    """A shell script at `path`."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.slow
def test_cluster_job_that_fails_is_submitted_again_with_more(tmp_path):
    """The first job is cancelled by the (made-up) scheduler, the second one runs."""
    write_study(tmp_path)
    commands = tmp_path / "bin"
    commands.mkdir()
    write_command(
        commands / "sbatch",
        f"cd {tmp_path}",
        'echo "$@" >>submitted',
        "number=$(wc -l <submitted)",
        'for script; do :; done; [ "$number" = 1 ] || sh "$script" >job.log 2>&1 || exit',
        "echo $number",
    )
    write_command(commands / "squeue", 'case "$*" in *=1) echo CANCELLED ;; *) echo COMPLETED ;; esac')
    profile = ["--workflow-profile", PROFILES / "cluster-generic", "--seconds-between-status-checks", "1"]
    said, code = snakemake(tmp_path, *profile, tmp_path / FIRST, path=commands)
    assert code == 0, said
    assert (tmp_path / FIRST).exists()
    assert "Trying to restart job" in said
    first, second = (tmp_path / "submitted").read_text(encoding="utf-8").splitlines()
    options, again = (dict(re.findall(r"(--[a-z-]+)=(\S+)", line)) for line in (first, second))
    assert options["--job-name"] == "spiketext-tokenise"
    assert int(options["--cpus-per-task"]) >= 1
    for name in ("--mem", "--time"):
        assert int(again[name]) == 2 * int(options[name]) > 0


@pytest.mark.parametrize(
    ("queue", "accounting", "state"),
    [
        ("echo RUNNING", "exit 1", "running"),
        ("echo PENDING", "exit 1", "running"),
        ("echo COMPLETED", "exit 1", "success"),
        ("echo OUT_OF_MEMORY", "exit 1", "failed"),
        ("echo TIMEOUT", "exit 1", "failed"),
        ("echo slurm_load_jobs error: Unable to contact slurm controller >&2; exit 1", "exit 1", "running"),
        ("echo slurm_load_jobs error: Invalid job id specified >&2; exit 1", "echo COMPLETED", "success"),
        ("echo slurm_load_jobs error: Invalid job id specified >&2; exit 1", "echo CANCELLED by 0", "failed"),
        ("echo slurm_load_jobs error: Invalid job id specified >&2; exit 1", "exit 1", "failed"),
    ],
)
def test_states_of_cluster_jobs(tmp_path, queue, accounting, state):
    """Also where the scheduler does not answer, or has forgotten the job."""
    write_command(tmp_path / "squeue", queue)
    write_command(tmp_path / "sacct", accounting)
    said = subprocess.run(
        [PROFILES / "cluster-generic" / "status.sh", "7"],
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )
    assert said.stdout == f"{state}\n"
    assert said.stderr == ""
