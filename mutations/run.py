"""Trying mutations: each in a copy of the checkout, with the tests that must notice it."""

import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from mutations.catalogue import ROOT, Mutation

# What the tests named in the list need.
TREE = ("workflow", "tests", "benchmarks", "tools", "config", "examples", "Snakefile", "pyproject.toml")
# What takes long to import; a process that has it is forked for each mutation.
HEAVY = (
    "torch", "numpy", "pandas", "pyarrow.parquet", "scipy.stats", "sklearn.metrics", "hypothesis", "pydantic",
    "spikingjelly.activation_based.neuron", "safetensors.numpy", "yaml", "pytest",
)  # fmt: skip
WORKERS = 2
LIMIT = 300  # seconds for the tests of one mutation
SURVIVED = "SURVIVED"

_DATES = count(1)
_processes = multiprocessing.get_context("forkserver")


class Broken(Exception):
    """The tests could not be run, so that nothing can be said."""


@contextmanager
def copies(root: Path, number: int) -> Iterator[list[Path]]:
    """Copies of what the tests need, in scratch folders; compiled libraries lie beside them."""
    with tempfile.TemporaryDirectory(prefix="mutations-") as scratch:
        trees = [Path(scratch) / str(i) for i in range(number)]
        for tree in trees:
            tree.mkdir()
            for source in (root / name for name in TREE):
                if source.is_dir():
                    ignored = shutil.ignore_patterns("__pycache__")
                    shutil.copytree(source, tree / source.name, ignore=ignored)
                elif source.exists():
                    shutil.copyfile(source, tree / source.name)
        yield trees


def _pytest(tree: Path, tests: Sequence[str], said: Path) -> None:
    """What the forked process does: pytest in the copy, with nothing of the checkout itself imported."""
    import pytest

    os.setsid()
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(tree)
    own = {path.stem for path in ROOT.iterdir()} | {"spiketext"}
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.path[:] = [str(tree), str(tree / "workflow"), *(path for path in sys.path if not _inside(path))]
    sys.dont_write_bytecode = True  # a file that changes twice within a second would not be read again
    os.environ["PYTHONPATH"] = str(tree / "workflow")
    os.environ["XDG_CACHE_HOME"] = str(
        tree.parent / "cache"
    )  # a mistaken C file is not compiled for the user
    os._exit(pytest.main(["-x", "-q", "-rfE", "-p", "no:cacheprovider", *tests]))


def _inside(path: str) -> bool:
    """Whether a place where modules are looked for is the checkout's."""
    return Path(path or ".").resolve() in (ROOT, ROOT / "workflow")


def run_tests(tree: Path, tests: Sequence[str], limit: float = LIMIT) -> str:
    """Name of the first test that fails in the copy, or `SURVIVED`.

    Raises:
        Broken: pytest did not get to a verdict; the message is the end of what it said.
    """
    said = tree.with_suffix(".log")
    process = _processes.Process(target=_pytest, args=(tree, tests, said))
    process.start()
    process.join(limit)
    if process.exitcode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
        return f"the time limit of {limit:.0f} s"
    if process.exitcode == 0:
        return SURVIVED
    if process.exitcode < 0:
        return f"a crash (signal {-process.exitcode})"
    text = said.read_text(encoding="utf-8", errors="replace")
    failed = re.search(r"^(?:FAILED|ERROR) (\S+\.py\S*)", text, flags=re.MULTILINE)
    if process.exitcode != 1 or failed is None:
        raise Broken(text[-2000:])
    return failed[1].partition("[")[0]


def attempt(mutation: Mutation, tree: Path, limit: float = LIMIT) -> str:
    """Make the mistake in the copy, run its tests, take it back; see `run_tests`."""
    path = tree / mutation.file
    right = path.read_text(encoding="utf-8")
    _write(path, mutation.apply(right))
    try:
        return run_tests(tree, mutation.tests, limit)
    except Broken as broken:
        raise Broken(f"{mutation.file}: {mutation.fault}: {broken}") from None
    finally:
        _write(path, right)


def _write(path: Path, text: str) -> None:
    """Write with a date of its own: Python tells by date and size whether compiled code is out of date."""
    path.write_text(text, encoding="utf-8")
    date = next(_DATES)
    os.utime(path, (date, date))


def attempts(
    mutations: Sequence[Mutation], root: Path = ROOT, workers: int = WORKERS
) -> Iterator[tuple[Mutation, str]]:
    """Try all, some at a time; each with what noticed it, in the order in which they end.

    Raises:
        Broken: the tests fail without any mistake, or cannot be run.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    _processes.set_forkserver_preload(list(HEAVY))
    with copies(root, workers) as trees:
        every = sorted({test for mutation in mutations for test in mutation.tests})
        failing = run_tests(trees[0], every, LIMIT * 4)
        if failing != SURVIVED:
            raise Broken(f"without any mistake there is {failing}; mend that first")
        free: SimpleQueue[Path] = SimpleQueue()
        for tree in trees:
            free.put(tree)

        def one(mutation: Mutation) -> str:
            tree = free.get()
            try:
                return attempt(mutation, tree)
            finally:
                free.put(tree)

        with ThreadPoolExecutor(workers) as pool:
            running = {pool.submit(one, mutation): mutation for mutation in mutations}
            try:
                for future in as_completed(running):
                    yield running[future], future.result()
            finally:
                pool.shutdown(cancel_futures=True)
