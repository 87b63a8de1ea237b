"""Write the environments for `snakemake --sdm conda`, envs/core.yaml and envs/attack.yaml, from the lock.

`make lock` calls this; `python envs/make_yaml.py` alone does too. It walks the installed packages, so
.venv has to be up to date.
"""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).resolve().parent
PYTHON = "3.11"
# The YAML must not depend on the machine that writes it.
TARGET = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{PYTHON}.0",
    "python_version": PYTHON,
    "sys_platform": "linux",
}
# Environment: the headings of requirements.in whose packages it holds.
ENVIRONMENTS = {"core": ["core"], "attack": ["core", "attack"]}
HEADER = """\
# Made from requirements.lock by envs/make_yaml.py; do not edit.
# pip adds what torch and spikingjelly declare beyond the lock: CUDA libraries, torchvision, torchaudio.
"""


def read_groups(text: str) -> dict[str, list[Requirement]]:
    """Read requirements.in: the packages below each heading `# name: what it is for`."""
    groups: dict[str, list[Requirement]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("# ") and ":" in line:
            name = line[2 : line.index(":")]
        elif line and not line.startswith("#"):
            groups.setdefault(name, []).append(Requirement(line))
    return groups


def read_lock(text: str) -> dict[str, Requirement]:
    """Read requirements.lock: canonical name to pinned requirement, for the target platform."""
    pins = [Requirement(line) for line in text.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins if applies(pin)}


def applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    """Whether a requirement counts on the target platform, for a package asked for with `extras`."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**TARGET, "extra": extra}) for extra in {"", *extras})


def closure(roots: list[Requirement], pins: dict[str, Requirement]) -> list[str]:
    """Names of the locked packages that `roots` need, directly or not, sorted."""
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = list(roots)
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in seen or name not in pins:
            continue
        seen.add(key)
        try:
            needs = requires(name) or []
        except PackageNotFoundError:  # locked for another Python than this one
            needs = []
        todo += [need for need in map(Requirement, needs) if applies(need, requirement.extras)]
    return sorted({name for name, _ in seen})


def render(name: str) -> str:
    """Text of envs/`name`.yaml."""
    groups = read_groups((FOLDER / "requirements.in").read_text(encoding="utf-8"))
    pins = read_lock((FOLDER / "requirements.lock").read_text(encoding="utf-8"))
    roots = [requirement for group in ENVIRONMENTS[name] for requirement in groups[group]]
    lines = ["channels:", "  - conda-forge", "  - nodefaults", "dependencies:", f"  - python ={PYTHON}"]
    names = closure(roots, pins)
    lines += [f"  - pip {pins['pip'].specifier}", "  - pip:"]
    lines += [f"      - {pins[name].name}{pins[name].specifier}" for name in names if name != "pip"]
    return HEADER + "\n".join(lines) + "\n"


if __name__ == "__main__":
    for environment in ENVIRONMENTS:
        (FOLDER / f"{environment}.yaml").write_text(render(environment), encoding="utf-8")
