"""The jobs of a study as Snakemake plans them, for tests that run their scripts in one process.

`python -m tests.planned CONFIGURATION TARGET …` writes them to standard output, in the order of the DAG.
"""

import logging
import pickle
import random
import runpy
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[1]


def plan(configuration: Path, targets: Sequence[str]) -> list[SimpleNamespace]:
    """The jobs that make the targets from nothing; rules, parameters and paths are the workflow's own.

    Each has what its script is given as `snakemake`, and `script`, where that is.
    """
    command = [sys.executable, "-m", "tests.planned", configuration, *targets]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return [SimpleNamespace(**job) for job in pickle.loads(done.stdout)]


def run(job: SimpleNamespace, folder: Path) -> None:
    """The job's script in this process, in the folder where Snakemake would run it."""
    import numpy as np
    import torch

    root, threads = logging.getLogger(), torch.get_num_threads()
    handlers, level = root.handlers[:], root.level
    random.seed(0)  # a script must not depend on what ran before it
    np.random.seed(0)
    for path in job.output:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    try:
        with chdir(folder):
            runpy.run_path(job.script, {"snakemake": job}, "__main__")
    finally:
        root.handlers[:], root.level = handlers, level
        torch.set_num_threads(threads)


def main(configuration: str, *targets: str) -> None:
    """Let Snakemake build the DAG; nothing is run."""
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import (
        ConfigSettings,
        DAGSettings,
        OutputSettings,
        Quietness,
        ResourceSettings,
    )

    quiet = OutputSettings(quiet={Quietness.ALL})
    with redirect_stdout(StringIO()), SnakemakeApi(quiet) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[Path(configuration)]),
            snakefile=ROOT / "Snakefile",
            workdir=Path(configuration).parent,
        )
        workflow.dag(DAGSettings(targets=set(targets), forceall=True)).summary()
        dag = workflow._workflow.dag
        # The rule that asks for everything has nothing to run.
        order = [job for level in dag.toposorted() for job in sorted(level, key=str) if job.rule.script]
    jobs = [
        {
            "rule": job.rule.name,
            "script": str(
                Path(job.rule.basedir.get_path_or_uri(secret_free=False), job.rule.script).resolve()
            ),
            "threads": int(job.threads),
            "config": dict(workflow._workflow.globals["config"]),
            "params": job.params,
            "wildcards": job.wildcards,
            **{name: getattr(job, name)._plainstrings() for name in ("input", "output", "log")},
        }
        for job in order
    ]
    sys.stdout.buffer.write(pickle.dumps(jobs))


if __name__ == "__main__":
    main(*sys.argv[1:])
