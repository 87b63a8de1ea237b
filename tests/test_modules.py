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
