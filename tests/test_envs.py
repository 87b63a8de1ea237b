"""The lock, the conda environments made from it, and the scripts that install it."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
ENVS = ROOT / "envs"
LOCK = (ENVS / "requirements.lock").read_text(encoding="utf-8")
PINS = [Requirement(line) for line in LOCK.splitlines()]


def load_make_yaml():
    spec = spec_from_file_location("make_yaml", ENVS / "make_yaml.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_yaml = load_make_yaml()
GROUPS = make_yaml.read_groups((ENVS / "requirements.in").read_text(encoding="utf-8"))


@pytest.fixture
def checkout(tmp_path):
    """A copy of what setting up needs, in a folder whose name has a blank."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ENVS, folder / "envs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def write_command(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def run(checkout, *command, **variables):
    """Run a command in the checkout with nothing inherited but PATH."""
    env = {"PATH": os.environ["PATH"], "HOME": str(checkout), "PIP_CONFIG_FILE": os.devnull, **variables}
    return subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)


def test_lock_holds_plain_pins_only():
    for pin in PINS:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert "+" not in specifier.version, f"{pin}: a local build such as +cpu is not on every index"
        assert pin.url is None
    assert "//" not in LOCK


def test_lock_leaves_out_what_setup_must_not_install():
    unwanted = ("torchvision", "torchaudio", "triton", "nvidia-", "cuda-")
    assert not [pin.name for pin in PINS if pin.name.startswith(unwanted)]


def test_lock_satisfies_requirements():
    pins = make_yaml.read_lock(LOCK)
    for requirement in (requirement for group in GROUPS.values() for requirement in group):
        pin = pins[canonicalize_name(requirement.name)]
        (specifier,) = pin.specifier
        assert requirement.specifier.contains(specifier.version), (
            f"{requirement} against {pin}: run make lock"
        )


def test_installed_packages_are_the_locked_ones():
    wanted = {
        pin.name: next(iter(pin.specifier)).version for pin in PINS if not pin.marker or pin.marker.evaluate()
    }
    differing = {
        name: found for name, want in wanted.items() if (found := version(name)).partition("+")[0] != want
    }
    assert not differing, "run make setup"


@pytest.mark.parametrize("name", make_yaml.ENVIRONMENTS)
def test_conda_environment_matches_lock(name):
    text = (ENVS / f"{name}.yaml").read_text(encoding="utf-8")
    assert text == make_yaml.render(name), "run make lock, or python envs/make_yaml.py"


def test_conda_environments_hold_their_groups():
    def packages(name):
        (pip,) = [item["pip"] for item in load(name)["dependencies"] if isinstance(item, dict)]
        return {Requirement(line).name for line in pip}

    def load(name):
        return yaml.safe_load((ENVS / f"{name}.yaml").read_text(encoding="utf-8"))

    assert packages("core") < packages("attack")
    assert {canonicalize_name(r.name) for r in GROUPS["core"]} - {"pip"} <= packages("core")
    assert {canonicalize_name(r.name) for r in GROUPS["attack"]} <= packages("attack")
    assert not {"textattack", "snakemake", "pytest"} & packages("core")


def test_package_is_importable_from_anywhere(tmp_path):
    code = "import spiketext; print(spiketext.__file__)"
    done = run(tmp_path, sys.executable, "-c", code)
    assert Path(done.stdout.strip()).parent == ROOT / "workflow" / "spiketext", done.stderr


@pytest.mark.parametrize(
    ("variables", "hint"),
    [
        ({"PYTHON": "no-such-python"}, "no Python 3.11 or newer (looked for: no-such-python)"),
        ({"PYTHON": "./old"}, "no Python 3.11 or newer (looked for: ./old)"),
    ],
)
def test_setup_without_a_suitable_python_says_so_in_one_line(checkout, variables, hint):
    write_command(checkout / "old", "exit 1\n")
    done = run(checkout, "bash", "envs/setup.sh", **variables)
    assert done.returncode == 1
    assert done.stderr.startswith("setup: ")
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1


def test_setup_without_ensurepip_says_what_to_type(checkout):
    # A Python that is new enough but lacks the part that Debian splits off, for a user who is not root.
    write_command(
        checkout / "python",
        'case "$2" in *ensurepip*) exit 1 ;; *print*) echo python3.11-venv ;; esac\n',
    )
    write_command(checkout / "bin" / "id", "echo 1000\n")
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"
    done = run(checkout, "bash", "envs/setup.sh", PYTHON="./python", PATH=path)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("type: sudo apt-get install python3.11-venv")
    assert done.stderr.count("\n") == 1


def stub_environment(checkout, pip_find_links=""):
    """A .venv whose commands only note down how they were called, in `calls`."""
    write_command(
        checkout / ".venv/bin/python",
        f'''case "$*" in
*"config get global.find-links"*) echo "{pip_find_links}" ;;
*"config get"*) exit 1 ;;
*sysconfig*) echo "$PWD/site" ;;
*) echo "python $*" >> calls ;;
esac
''',
    )
    write_command(checkout / ".venv/bin/uv", 'echo "uv $*" >> calls\n')
    (checkout / "site").mkdir()


def test_setup_runs_once_and_again_when_the_lock_changes(checkout):
    stub_environment(checkout)
    calls = checkout / "calls"
    first = run(checkout, "bash", "envs/setup.sh")
    assert first.returncode == 0, first.stderr
    assert "uv pip sync --quiet envs/requirements.lock\n" in calls.read_text()
    assert (checkout / "site" / "spiketext.pth").read_text() == "../../../../workflow\n"

    calls.unlink()
    second = run(checkout, "bash", "envs/setup.sh")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert not calls.exists()

    with (checkout / "envs" / "requirements.lock").open("a") as lock:
        lock.write("another==1.0\n")
    run(checkout, "bash", "envs/setup.sh")
    assert "uv pip sync" in calls.read_text()


def test_setup_falls_back_to_pip(checkout):
    stub_environment(checkout)
    write_command(checkout / ".venv/bin/uv", "exit 1\n")
    write_command(checkout / "bin" / "sleep", "exit 0\n")
    done = run(checkout, "bash", "envs/setup.sh", PATH=f"{checkout / 'bin'}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert "--no-deps --requirement envs/requirements.lock" in (checkout / "calls").read_text()
    assert done.stderr.count("attempt") == 3


def test_uv_gets_the_index_settings_of_pip(checkout):
    stub_environment(checkout, pip_find_links="/wheels /more")
    write_command(checkout / ".venv/bin/uv", "env\n")
    asked = {"PIP_EXTRA_INDEX_URL": "https://one.example https://two.example", "UV_DEFAULT_INDEX": "kept"}
    seen = run(checkout, "envs/uv.sh", **asked, PIP_INDEX_URL="https://three.example").stdout.splitlines()
    assert "UV_FIND_LINKS=/wheels,/more" in seen
    assert "UV_EXTRA_INDEX_URL=https://one.example https://two.example" in seen
    assert "UV_DEFAULT_INDEX=kept" in seen
    assert f"VIRTUAL_ENV={checkout}/.venv" in seen


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@needs_make
def test_clean_keeps_downloads_and_reference(checkout):
    for name in ("reference/a.csv", "resources/b.zip", "mr/dnn/c.json", ".hidden", "report.html"):
        (checkout / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / "results" / name).touch()
    assert run(checkout, "make", "clean").returncode == 0
    left = {path.name for path in (checkout / "results").rglob("*") if path.is_file()}
    assert left == {"a.csv", "b.zip"}


@needs_make
def test_help_lists_every_target(checkout):
    makefile = (checkout / "Makefile").read_text()
    (phony,) = [line for line in makefile.splitlines() if line.startswith(".PHONY:")]
    text = run(checkout, "make", "help").stdout
    assert {line.split()[1] for line in text.splitlines()} == set(phony.split()[1:])


@needs_make
@pytest.mark.parametrize("name", ["two words.csv", "it's.csv", '"a" & b; `c`.csv', "评论.csv", "-x.csv"])
def test_own_data_reach_the_command_whole(checkout, name):
    """Whatever the file is called, it is one word; the options are several."""
    write_command(checkout / "envs/setup.sh", "")
    write_command(checkout / ".venv/bin/python", 'printf "%s\\n" "$@"\n')
    done = run(checkout, "make", "own", f"DATA={name}", "CORES=2", "OPTIONS=--label 'the kind'")
    assert done.stdout.splitlines() == [
        *("-m", "spiketext", "init", "--run", "2", "--label", "the kind", "--", name)
    ]


@needs_make
def test_own_data_need_a_file(checkout):
    write_command(checkout / "envs/setup.sh", "")
    done = run(checkout, "make", "own")
    assert done.returncode == 2
    assert "make own DATA=reviews.csv" in done.stderr
