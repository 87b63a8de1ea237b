"""README.md filled from results."""

import shutil

import pytest

from spiketext.errors import SpikeTextError
from spiketext.files import read_json
from spiketext.report import readme

README = """before
<!-- results: made by `make readme` -->
old default
<!-- end of results -->
between
<!-- six data sets: made by `make readme` -->
old six
<!-- end of six data sets -->
<!-- energy: made by `make readme` -->
old energy
<!-- end of energy -->
after
"""


@pytest.fixture
def root(tmp_path):
    """A checkout with a README and no results."""
    (tmp_path / "README.md").write_text(README)
    return tmp_path


@pytest.fixture
def six(study, root):
    """Results of a study of two data sets where those of the six would lie."""
    made = study(datasets={"mr": "MR", "own": "Own"}, seeds=[1, 2], attacks=False, published="SST-2")
    made.summarise()
    made.report(pictures=True)
    shutil.move(made.folder, root / "moved")
    (root / "results").mkdir()
    shutil.move(root / "moved", root / "results/six-sets")
    return root


def test_only_the_study_that_was_run_changes(six):
    readme.main(six)
    text = (six / "README.md").read_text()
    before, begin, rest = text.partition("<!-- six data sets: made by `make readme` -->")
    block, end, rest = rest.partition("<!-- end of six data sets -->")
    _, marks, after = rest.partition("<!-- end of energy -->")
    energy = "\n<!-- energy: made by `make readme` -->\nold energy\n"
    assert before + begin + "\nold six\n" + end + energy + marks + after == README
    (row,) = [
        line
        for line in block.splitlines()
        if line.startswith("| SNN-TextCNN, fine-tuned") and "−" not in line
    ]
    assert [cell.strip() for cell in row.split("|")[2:4]] == ["75.0 ± 12.7", "74.5 ± 6.4"]
    assert "75.45 [V]" in block
    assert "minus its DNN" in block
    readme.main(six)
    assert (six / "README.md").read_text() == text
    kept = {path.name for path in (six / "results/reference").iterdir()}
    tables = {"accuracy.csv", "energy.csv", "table.csv", "energy_table.csv"}
    assert kept == tables | {"overview.png", "provenance.json"}
    figures = {path.name for path in (six / "docs/figures").iterdir()}
    assert figures == {"six-sets.png", "pareto.png", "energy-tables.png"}


def test_the_default_study(study, root):
    made = study()
    made.summarise()
    made.report(pictures=True)
    (made.folder / "mr/lv2023/seed1/raster").mkdir()
    (made.folder / "mr/lv2023/seed1/raster/raster.png").touch()
    assert made.folder == root / "results"
    readme.main(root)
    text = (root / "README.md").read_text()
    assert "old six" in text
    assert "old default" not in text
    assert "| 74.0 [67.5, 79.6]  | 8.0 " in text
    assert (root / "results/reference/default/attack.csv").exists()
    assert len(list((root / "docs/figures").iterdir())) == 4


def test_energies_under_every_cost_table(six):
    readme.main(six)
    block = (six / "README.md").read_text().partition("<!-- energy: made")[2]
    (row,) = [line for line in block.splitlines() if line.startswith("| SNN-TextCNN, fine-tuned, T = 8")]
    assert [cell.strip() for cell in row.split("|")[4:7]] == ["0.500", "2.00", "1.00"]
    assert "estimate, not a measurement" in block
    assert "old energy" not in block


def test_provenance(six):
    readme.main(six)
    record = read_json(six / "results/reference/provenance.json")
    assert set(record) == {"commit", "clean", "versions", "machine", "time", "resources", "settings"}
    assert record["settings"]["seeds"] == [1, 2]
    assert record["resources"] == {"movie-reviews": "00"}


def test_missing_marks_are_an_error_and_change_nothing(six):
    (six / "README.md").write_text("no marks")
    with pytest.raises(SpikeTextError, match="end of six data sets"):
        readme.main(six)
    assert not (six / "results/reference").exists()


def test_no_results_are_an_error(root):
    with pytest.raises(SpikeTextError, match="run `make` first"):
        readme.main(root)
    assert (root / "README.md").read_text() == README
