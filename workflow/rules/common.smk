"""Shared by all files of rules: the checked configuration, wildcards, inputs that many need."""

import atexit
import json
import os
import shlex
import sys
from importlib.metadata import version
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Snakemake leaves the interpreter unquoted in its commands; a checkout may lie in a path with spaces.
sys.executable = shlex.quote(sys.executable)

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW))
# The scripts are processes of their own, with or without conda: this is how they find the package.
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [str(WORKFLOW), os.environ.get("PYTHONPATH")])))
# Large arrays come and go with every batch; without this, glibc hands their memory back to the system
# each time and the system clears it anew, which costs as much time as the networks' arithmetic.
os.environ.update(MALLOC_MMAP_THRESHOLD_="1000000000", MALLOC_TRIM_THRESHOLD_="500000000")
# Where Python may not keep what it has compiled (as in many container images), each job compiles the packages anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from spiketext.errors import SpikeTextError
from spiketext.kinds import file_of, files_of_stage
from spiketext.config.load import load_config
from spiketext.messages import errors_of_this_run, runs_at_work
from spiketext.owner import check_owner, note_owner
from spiketext.preflight import check_device
from spiketext.programs import path_of
from spiketext.provenance import code_digest, contents
from spiketext.runs import RUN, clear_dead_locks, note_run, this_run

# Snakemake holds the files of --configfile in their order, and the Snakefile's own, which comes first, last.
GIVEN = workflow.config_settings.configfiles
OWN = workflow.configfiles[len(GIVEN) :]
try:
    CFG = load_config(
        config,
        [*OWN, *GIVEN],
        workflow.config_settings.config,
        logger.warning if workflow.is_main_process else logger.debug,
    )
    if workflow.is_main_process:
        os.environ.pop(RUN, None)
        if said := check_owner(CFG.results, GIVEN or OWN, CFG.origins):
            logger.warning(said)
    # Jobs on a cluster look for the GPU where they run, and outlive this process.
    if workflow.is_main_process and workflow.resource_settings.nodes is None:
        check_device(CFG.device)
        os.environ[RUN] = json.dumps(this_run())
        for said in filter(None, (runs_at_work(), clear_dead_locks())):
            logger.warning(said)
except SpikeTextError as error:
    raise WorkflowError(str(error)) from None

# The script that fetches reads it from here, as it counts from the file that names it.
config["mirror"] = CFG.mirror


onstart:
    note_owner(CFG.results, GIVEN or OWN, CFG.origins)
    # The next run removes the lock of this one if it is killed.
    if RUN in os.environ:
        atexit.register(note_run(workflow.persistence._lockfile.values()).unlink, missing_ok=True)


RESULTS = CFG.results
RESOURCES = CFG.resources
SEED_FOLDER = f"{RESULTS}/{{dataset}}/{{method}}/seed{{seed}}"


wildcard_constraints:
    dataset="|".join(CFG.datasets),
    method="|".join(CFG.classifiers),
    seed="|".join(str(seed) for seed in CFG.seeds),
    resource="[A-Za-z0-9][A-Za-z0-9_-]*",


def code(script):
    """Digest of a script and of the package modules that it uses; a change of it runs the job again."""
    return code_digest(WORKFLOW / "scripts" / script)


def code_of_stage(script, stage, *others):
    """A `params` function: likewise, with the modules of the kinds that a stage of the method uses."""
    return lambda w: code_digest(
        WORKFLOW / "scripts" / script, tuple(files_of_stage(method_of(w), stage(w), *others))
    )


def sections(*names, method=lambda w: w.method):
    """A `params` function: sections of the method as plain values."""
    return lambda w: {
        name: value
        for name, value in CFG.define.methods[method(w)].model_dump(mode="json").items()
        if name in names and value is not None
    }


def versions(*packages):
    """Versions of packages on which a rule's results depend: another version runs the job again."""
    return {package: version(package) for package in packages}


def dataset_of(wildcards):
    """The data set's definition."""
    return CFG.define.datasets[wildcards.dataset]


def datasets_of_words(yes):
    """A constraint of the wildcard `dataset`: those whose examples are made of words, or those that have none."""
    return "|".join(name for name in CFG.datasets if CFG.define.datasets[name].of_words == yes) or "(?!)"


def method_of(wildcards):
    """The method's definition."""
    return CFG.define.methods[wildcards.method]


def part(choose):
    """A `params` function: the chosen part of the configuration as plain values, None if it is absent."""

    def values(wildcards):
        chosen = choose(wildcards)
        return None if chosen is None else chosen.model_dump(mode="json")

    return values


def growing(amount):
    """A `resources` function: as much as said for the first attempt, and that much more for each further one.

    `amount` is a number, or a function of the wildcards.

    A job that ran out of memory or time on a cluster gets more of it when `--retries` submits it again.
    """
    return lambda wildcards, attempt: (amount(wildcards) if callable(amount) else amount) * attempt


def manifests(items):
    """Manifests of the resources that data files or vector sources come from."""
    names = dict.fromkeys(item.resource for item in items if item.resource is not None)
    return [f"{RESOURCES}/{name}/manifest.json" for name in names]


def local_files(items):
    """The user's own files among data files or vector sources."""
    return [item.path for item in items if item.path is not None]


def local_contents(choose):
    """A `params` function: what is in the user's own files among the chosen data files or vector sources."""
    return lambda wildcards: contents(local_files(choose(wildcards)))


def embedding_of(wildcards):
    """The definition of the data set's word vectors; None if it has no words."""
    return CFG.define.embeddings.get(dataset_of(wildcards).embedding)


def vector_sources(dataset):
    """Where the word vectors of a data set come from; nowhere if it has no words."""
    return CFG.define.embeddings[dataset.embedding].sources if dataset.embedding else []
