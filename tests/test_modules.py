"""The house rules that a machine can check."""

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "workflow" / "spiketext"
ROOMS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def layers():
    """The rooms of the import contract, the lowest first; those of one layer import nothing of each other."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    rooms_only, *_ = tools["importlinter"]["contracts"]
    return [layer.split(" | ") for layer in reversed(rooms_only["layers"])]


def test_every_room_stands_in_the_import_contract():
    """None is left out, and docs/house.md shows them in its order."""
    places = {room: place for place, layer in enumerate(layers()) for room in layer}
    assert places.keys() == ROOMS
    house = (ROOT / "docs/house.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[a-z]+/`(?:, `[a-z]+/`)*) \|", house, flags=re.MULTILINE)
    shown = [room for cell in cells for room in re.findall("[a-z]+", cell) if room in ROOMS]
    assert sorted(shown) == sorted(ROOMS)
    assert [places[room] for room in shown] == sorted(places[room] for room in shown)


def test_what_all_rooms_share_imports_none_of_them():
    """The modules beside the rooms may import the configuration, or a room could reach any other by them."""
    for path in set(PACKAGE.glob("*.py")) - {PACKAGE / "__main__.py"}:
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        rooms = {
            one.module.split(".")[1]
            for one in tree
            if isinstance(one, ast.ImportFrom) and (one.module or "").startswith("spiketext.")
        }
        assert rooms & ROOMS <= {"config"}, path.name


def test_modules_are_short():
    """Under 300 lines each."""
    long = [p for p in (ROOT / "workflow").rglob("*.py") if len(p.read_text().splitlines()) >= 300]
    assert long == []


def test_no_module_asks_for_a_methods_name():
    """A method is data: its name stands in the catalogue only."""
    names = ('"lv2023"', "'lv2023'", 'method == "')
    found = [p for p in PACKAGE.rglob("*.py") if any(name in p.read_text() for name in names)]
    assert [p.name for p in found] == ["study.py"]  # the default of `methods`


# Rooms that work from declarations, and general words among the names that are declared.
DECLARED_TO = (
    "conversion",
    "objectives",
    "training",
    "evaluation",
    "energy",
    "attack",
    "report",
    "use",
    "commands",
)
GENERAL = {"bias", "look-up", "mean", "terms", "vectors"}
SETTINGS = {  # keys of the configuration of that name, and a module of each architecture
    ("report/published.py", "readout"),
    ("report/published.py", "embedding"),
    ("use/classifier.py", "readout"),
}


def strings(tree):
    """String literals below a node."""
    return {
        one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def declared_names():
    """What the package's networks call their populations and layers."""
    found = set()
    for path in (PACKAGE / "networks").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("Population", "Synapses"):
                found |= {name for one in call.args[:2] for name in strings(one)}
            if isinstance(call, ast.keyword) and call.arg == "layer":
                found |= strings(call.value)
    return found - GENERAL


def test_no_other_room_names_a_layer():
    """The rooms that count, price, draw and tell know populations and layers from what a network declares."""
    names = declared_names()
    assert {"convolution", "pooled", "pooling", "readout", "embedding"} <= names
    found = {
        (str(path.relative_to(PACKAGE)), name)
        for room in DECLARED_TO
        for path in (PACKAGE / room).rglob("*.py")
        for name in strings(ast.parse(path.read_text(encoding="utf-8"))) & names
    }
    # The input's population is no layer of a network's own, and a role is called so too.
    assert found == SETTINGS | {("report/prose.py", "input"), ("report/energy/readings.py", "input")}
