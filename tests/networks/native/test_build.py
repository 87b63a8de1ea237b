"""The cache of compiled code: what is damaged or not ours is never loaded."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiketext.networks.native import build

pytestmark = pytest.mark.skipif(build.find_compiler() is None, reason="no C compiler")
LOAD = """
import logging, sys
from pathlib import Path
from spiketext.networks.native import build
logging.basicConfig()
print(build.load(Path(sys.argv[1])).answer())
"""

THREADS = """
from pathlib import Path
from spiketext.networks.native.library import library
print(b"GOMP_parallel" in Path(library()._name).read_bytes())
lines = Path("/proc/self/maps").read_text().splitlines()
print(len({line.split()[-1] for line in lines if "libgomp" in line}))
"""


def here(**others):
    """The environment of a process that runs this package."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "workflow"), **others}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "some.c"
    path.write_text("int answer(void) { return 42; }")
    return path


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "spiketext"


def run(source, cache):
    """Load the library in a process of its own, which a damaged one may kill; answer and warnings."""
    environment = here(XDG_CACHE_HOME=str(cache.parent))
    command = [sys.executable, "-c", LOAD, str(source)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done
    return done.stdout.strip(), done.stderr


def test_what_is_in_the_cache_is_used_again(source, cache):
    assert run(source, cache) == ("42", "")
    (library,) = cache.iterdir()
    before = library.stat()
    assert run(source, cache) == ("42", "")
    assert library.stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_uid == os.getuid()
    assert cache.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("keep", [0, 100, 4096, -1])
def test_a_truncated_library_is_compiled_anew(source, cache, keep):
    """Loading it would end the process with a bus error."""
    run(source, cache)
    (library,) = cache.iterdir()
    good = library.read_bytes()
    library.write_bytes(good[:keep])
    assert run(source, cache) == ("42", "")
    (library,) = cache.iterdir()
    assert library.read_bytes() == good


@settings(max_examples=60)
@given(st.data())
def test_no_damaged_library_is_loaded(source, tried, tmp_path_factory, data):
    """Any bytes changed anywhere: never handed to the loader, which trusts them."""
    folder = tmp_path_factory.mktemp("damaged") / "spiketext"
    loaded = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder.parent))
        patch.setattr(ctypes, "CDLL", lambda path: loaded.append(Path(path).read_bytes()))
        build.load.__wrapped__(source)
        (library,) = folder.iterdir()
        place = data.draw(st.integers(0, len(loaded[0]) - 1))
        damage = data.draw(st.binary(min_size=1, max_size=64))
        library.write_bytes(loaded[0][:place] + damage + loaded[0][place + len(damage) :])
        build.load.__wrapped__(source)
    tried()
    assert loaded[1] == loaded[0]


def test_a_compiler_without_openmp_makes_a_library_of_one_thread(source, cache, tmp_path, monkeypatch):
    plain = tmp_path / "plain-cc"
    plain.write_text(
        '#!/bin/sh\nfor word; do test "$word" != -fopenmp || exit 1; done\n'
        f'exec {build.find_compiler()} "$@"\n'
    )
    plain.chmod(0o755)
    monkeypatch.setenv("CC", str(plain))
    answer, warnings = run(source, cache)
    assert answer == "42"
    assert len(warnings.splitlines()) == 1
    assert "no OpenMP" in warnings
    assert run(source, cache) == ("42", "")


def test_the_threads_are_those_of_pytorch():
    """Others would share the cores with PyTorch's, which wait for work by spinning."""
    if "Free Software Foundation" not in build.version(build.find_compiler()):
        pytest.skip("another compiler than GCC has an OpenMP of its own")
    # A process of its own: scikit-learn would bring a third one.
    done = subprocess.run([sys.executable, "-c", THREADS], env=here(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    calls, libraries = done.stdout.splitlines()
    assert calls == "True"
    assert libraries == "1"


def planted(cache, source):
    """A library under the right name and with the right checksum, that does something else."""
    run(source, cache)
    (library,) = cache.iterdir()
    other = source.with_name("other.c")
    other.write_text("int answer(void) { return 13; }")
    compiled = build._compile(build.find_compiler(), other, cache.parent)
    library.unlink()
    name = library.name.rsplit("-", 1)[0]
    compiled.replace(cache / f"{name}-{build._digest(compiled)}.so")
    assert run(source, cache)[0] == "13"  # the plant would be taken


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o703])
def test_a_folder_that_others_may_write_to_is_not_trusted(source, cache, mode):
    """It works all the same, with one warning."""
    planted(cache, source)
    cache.chmod(mode)
    answer, warnings = run(source, cache)
    assert answer == "42"
    assert len(warnings.splitlines()) == 1
    assert "others may write to" in warnings


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_folder_of_somebody_else_is_not_trusted(source, cache):
    planted(cache, source)
    os.chown(cache, 12345, 12345)
    answer, warnings = run(source, cache)
    assert (answer, len(warnings.splitlines())) == ("42", 1)


def test_a_cache_that_cannot_be_written_is_one_warning(source, cache):
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    answer, warnings = run(source, cache)
    assert answer == "42"
    assert len(warnings.splitlines()) == 1
    assert "some.c is compiled in every process" in warnings
