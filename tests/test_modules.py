"""The house rules that a machine can check."""

from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_modules_are_short():
    """Under 300 lines each."""
    long = [p for p in (ROOT / "workflow").rglob("*.py") if len(p.read_text().splitlines()) >= 300]
    assert long == []


def test_no_module_asks_for_a_methods_name():
    """A method is data: its name stands in the catalogue only."""
    names = ('"lv2023"', "'lv2023'", 'method == "')
    package = ROOT / "workflow" / "spiketext"
    found = [p for p in package.rglob("*.py") if any(name in p.read_text() for name in names)]
    assert [p.name for p in found] == ["study.py"]  # the default of `methods`
