"""README.md and docs/tables.md filled from results."""

import math
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from spiketext.errors import SpikeTextError
from spiketext.files import read_json, write_json
from spiketext.report import systems
from spiketext.report.names import names_of
from tools import kept, readme
from tools.reference import Reference

PAGE = """before
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
<!-- front: made by `make readme` -->
old front
<!-- end of front -->
after
"""
README = """short
<!-- six data sets in brief: made by `make readme` -->
old
<!-- end of six data sets in brief -->
"""


@pytest.fixture
def root(tmp_path):
    """A checkout with both pages and no results."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/tables.md").write_text(PAGE)
    (tmp_path / "README.md").write_text(README)
    return tmp_path


@pytest.fixture
def six(two_sets, root):
    """Results of a study of two data sets where those of the six would lie."""
    shutil.copytree(two_sets, root / "results/six-sets")
    return root


def test_only_the_study_that_was_run_changes(six):
    readme.main(six)
    text = (six / "docs/tables.md").read_text()
    before, begin, rest = text.partition("<!-- six data sets: made by `make readme` -->")
    block, end, rest = rest.partition("<!-- end of six data sets -->")
    energy, marks, rest = rest.partition("<!-- end of energy -->\n<!-- front: made by `make readme` -->")
    front, last, after = rest.partition("<!-- end of front -->")
    assert energy.startswith("\n<!-- energy: made by `make readme` -->\n") and "old front" not in front
    energy = "\n<!-- energy: made by `make readme` -->\nold energy\n"
    assert before + begin + "\nold six\n" + end + energy + marks + "\nold front\n" + last + after == PAGE
    (row,) = [
        line
        for line in block.splitlines()
        if line.startswith("| SNN-TextCNN, fine-tuned") and "−" not in line
    ]
    assert [cell.strip() for cell in row.split("|")[2:4]] == ["75.0 ± 12.7", "74.5 ± 6.4"]
    assert "75.45 [V]" in block
    assert "minus its DNN" in block
    readme.main(six)
    assert (six / "docs/tables.md").read_text() == text
    kept = {path.name for path in (six / "results/reference").iterdir()}
    tables = {"accuracy.csv", "energy.csv", "table.csv", "energy_table.csv", "pairs.csv"}
    assert kept == tables | {"provenance.json"}
    figures = {path.name for path in (six / "docs/figures").iterdir()}
    assert figures == {"overview.svg", "pareto.svg", "energy-tables.svg", "fronts.svg"}


def test_the_default_study(study, root):
    made = study()
    made.summarise()
    made.report(pictures=True)
    (made.folder / "mr/lv2023/seed1/raster").mkdir()
    (made.folder / "mr/lv2023/seed1/raster/raster.svg").touch()
    assert made.folder == root / "results"
    readme.main(root)
    text = (root / "docs/tables.md").read_text()
    assert "old six" in text
    assert "old default" not in text
    assert "| 74.0 [67.5, 79.6]  | 8.0 " in text
    assert (root / "results/reference/default/attack.csv").exists()
    assert len(list((root / "docs/figures").iterdir())) == 4


def test_energies_under_every_cost_table(six):
    readme.main(six)
    block = (six / "docs/tables.md").read_text().partition("<!-- energy: made")[2]
    (row,) = [line for line in block.splitlines() if line.startswith("| SNN-TextCNN, fine-tuned, T = 8")]
    assert [cell.strip() for cell in row.split("|")[4:7]] == ["0.500", "2.00", "1.00"]
    assert "estimate, not a measurement" in block
    assert "old energy" not in block


def test_the_table_of_rivals(six, monkeypatch):
    """Of the spiking networks that are asked for, under the main cost table and those with memory."""
    monkeypatch.setattr(readme, "FRONT", ("lv2023",))
    readme.main(six)
    block = (six / "docs/tables.md").read_text().partition("<!-- front: made")[2]
    rows = [line.split("|")[1:3] for line in block.splitlines() if line.startswith("| ")][1:]
    assert {name.strip() for _, name in rows} == {"SNN-TextCNN, fine-tuned, T = 8"}
    names = names_of(Reference.read(six / "results/reference").record["settings"])
    priced = {names.cost_title(table) for table in systems.price_models(names)}
    assert {table.strip() for table, _ in rows} <= priced and rows


def test_rows_of_a_study_beside_the_six(six, monkeypatch):
    """Each keeps the rows that are its own: the DNN's stay, the spiking network's are of the study beside."""
    readme.main(six)
    kept = six / "results/reference"
    older = Reference.read(kept)
    beside = replace(
        older, accuracy=older.accuracy.assign(test_accuracy=older.accuracy["test_accuracy"] + 0.01)
    )
    beside.write(kept / readme.BESIDE)
    monkeypatch.setattr(readme, "OF_SIX", ("dnn",))
    monkeypatch.setattr(readme, "LEFT_OUT", ())
    both = readme.with_rivals(older, kept).accuracy
    gained = both.merge(older.accuracy, on=["dataset", "method", "stage", "T", "seed"], suffixes=("", "_old"))
    assert len(gained) == len(both) == len(older.accuracy)
    assert not {"lv2023"} & set(older.without(["lv2023"]).record["settings"]["define"]["methods"])
    away = (gained["test_accuracy"] - gained["test_accuracy_old"]).groupby(gained["method"]).unique()
    assert {method: list(own.round(6)) for method, own in away.items()} == {"dnn": [0], "lv2023": [0.01]}
    monkeypatch.setattr(readme, "OF_SIX", ("lv2023",))
    monkeypatch.setattr(readme, "LEFT_OUT", ("lv2023",))
    assert set(readme.with_rivals(older, kept).accuracy["method"]) == {"dnn"}


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
    assert (root / "docs/tables.md").read_text() == PAGE


@pytest.fixture
def again(six, study):
    """The six sets are kept, at commit aaaaaaa, and one method of one set was run again at bbbbbbb."""
    folder = six / "results/six-sets"
    stamp(folder, "a" * 40)
    readme.main(six)
    made = study(
        "again", datasets={"own": "Own"}, seeds=[1, 2], methods=["lv2023"], attacks=False, published="SST-2",
        accuracy=0.8, energy_at_8=1.0, draws=(-0.01, 0.01),
    )  # fmt: skip
    made.summarise()
    made.report()
    stamp(made.folder, "b" * 40)
    shutil.rmtree(folder)
    shutil.move(made.folder, folder)
    return six


def stamp(folder, commit):
    path = folder / "summary/provenance.json"
    write_json(path, {**read_json(path), "commit": commit})


def table_row(text, block, start, place=0):
    rows = text.partition(f"<!-- {block}: made by")[2].splitlines()
    return [
        cell.strip() for cell in [row for row in rows if row.startswith(f"| {start}")][place].split("|")[2:-1]
    ]


def test_cells_that_were_run_anew_replace_the_older_ones(again):
    reference = again / "results/reference"
    before = {name: pd.read_csv(reference / name) for name in ("accuracy.csv", "energy.csv")}
    pictures = {path: path.read_bytes() for path in (again / "docs/figures").iterdir()}
    readme.main(again)
    for name, old in before.items():
        new = pd.read_csv(reference / name)
        key = [
            "dataset",
            "method",
            "stage",
            "T",
            "seed",
            *(["accounting", "cost_table"] * (name == "energy.csv")),
        ]
        assert new[key].equals(old[key])  # the same cells in the same order
        anew = (new["dataset"] == "own") & (new["method"] == "lv2023")
        assert set(new[anew]["run"]) == {"bbbbbbb"}
        assert set(new[~anew]["run"]) == {"aaaaaaa"}
        assert new[~anew].equals(old[~anew])
    table = pd.read_csv(reference / "table.csv").set_index(["dataset", "method", "stage"])
    # Own now has 80 and 82 %, MR still 74 and 76 %; within the seeds 77 and 79 %.
    assert table["mean"].loc[[("mr", "lv2023", "finetuned"), ("own", "lv2023", "finetuned")]].tolist() == (
        pytest.approx([0.75, 0.81])
    )
    assert table.loc["mean", "lv2023", "finetuned"]["mean"] == pytest.approx(0.78)
    assert list(table.loc[("own", "lv2023", "finetuned"), ["draws", "draw_sd"]]) == pytest.approx(
        [2, 0.0002**0.5]
    )
    energy = pd.read_csv(reference / "energy_table.csv").set_index(["dataset", "stage", "cost_table"])
    assert energy.loc[("own", "finetuned", "horowitz-fp32"), "factor"].item() == pytest.approx(4)
    assert energy.loc[("mr", "finetuned", "horowitz-fp32"), "factor"].item() == pytest.approx(0.5)
    text = (again / "docs/tables.md").read_text()
    assert table_row(text, "six data sets", "SNN-TextCNN, fine-tuned")[0] == "75.0 ± 12.7"
    assert table_row(text, "energy", "SNN-TextCNN, fine-tuned")[2] == "1.41"  # √(4 · ½)
    # The pictures are drawn of the same rows as the tables, those from before among them.
    drawn = {path: path.read_bytes() for path in (again / "docs/figures").iterdir()}
    assert drawn.keys() == pictures.keys()
    assert all(drawn[path] != pictures[path] for path in pictures)
    record = read_json(reference / "provenance.json")
    assert record["commit"] == "b" * 40
    assert [one["commit"] for one in record["earlier"]] == ["a" * 40]
    assert record["settings"]["datasets"] == ["mr", "own"]
    assert record["settings"]["methods"] == ["dnn", "lv2023"]


def test_merging_twice_changes_nothing(again):
    readme.main(again)
    files = [
        again / "docs/tables.md",
        again / "README.md",
        *(path for path in (again / "results/reference").iterdir()),
    ]
    before = [path.read_bytes() for path in files]
    readme.main(again)
    assert [path.read_bytes() for path in files] == before
    shutil.rmtree(again / "results/six-sets")  # the tables are made from what is kept
    readme.main(again)
    assert [path.read_bytes() for path in files] == before


def test_figures_that_hold_rows_from_before_a_change_are_marked(again):
    (again / "results/reference/changes.yaml").write_text("""changes:
  - {mark: †, what: the draws, runs: [aaaaaaa], methods: [lv2023], stages: [converted, finetuned]}
  - {mark: ‡, what: the rows of Own, runs: [aaaaaaa], datasets: [own]}
""")
    readme.main(again)
    text = (again / "docs/tables.md").read_text()
    # MR has old rows of the method, and so has the mean; of Own only the DNN's are old.
    first, second, mean = table_row(text, "six data sets", "SNN-TextCNN, fine-tuned")
    assert (first.endswith(" †"), second.endswith("5"), mean.endswith(" †")) == (True, False, True)
    assert "†" not in second and "‡" not in second
    assert [cell.partition(" ‡")[1] for cell in table_row(text, "six data sets", "TextCNN (DNN)")] == [
        "",
        " ‡",
        " ‡",
    ]
    block = text.partition("<!-- six data sets: made by")[2].partition("<!-- end")[0]
    assert "- † from before the change of the draws: run aaaaaaa." in block
    assert "| SNN-TextCNN, fine-tuned, T = 8 † " in text.partition("<!-- energy: made by")[2]
    convertible = table_row(text, "six data sets", "convertible DNN")
    assert not any("†" in cell for cell in convertible)  # nothing is drawn in it
    assert "| TextCNN (DNN) ‡ " in text.partition("<!-- energy: made by")[2]


def test_rows_of_before_draws_were_counted_are_read(again):
    """As the first rows of the reference were: without runs, draws and earlier records."""
    reference = again / "results/reference"
    rows = pd.read_csv(reference / "accuracy.csv").drop(columns=["run", "draws", "draw_sd"])
    rows.to_csv(reference / "accuracy.csv", index=False)
    pd.read_csv(reference / "energy.csv").drop(columns="run").to_csv(reference / "energy.csv", index=False)
    readme.main(again)
    new = pd.read_csv(reference / "accuracy.csv")
    most = new.groupby("run")[["draws", "draw_sd"]].max()
    assert list(most["draws"]) == [1, 2]
    assert list(most["draw_sd"]) == pytest.approx([math.nan, 0.0002**0.5], nan_ok=True)


def test_a_classifier_that_was_not_run_everywhere_is_an_error(six):
    table = six / "results/six-sets/summary/accuracy.csv"
    rows = pd.read_csv(table, dtype={"T": "Int64"})
    rows[(rows["dataset"] == "mr") | (rows["stage"] != "finetuned") | (rows["seed"] == 1)].to_csv(
        table, index=False
    )
    with pytest.raises(
        SpikeTextError, match=r"no row of lv2023 \(finetuned\) on own with seed 2; run that too"
    ):
        readme.main(six)
    assert not (six / "results/reference").exists()


def test_the_readme_has_the_last_stages_alone(six):
    """One row a method."""
    readme.main(six)
    text = (six / "README.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row.split("|")[1].strip() for row in rows] == ["TextCNN (DNN)", "SNN-TextCNN, fine-tuned, T = 8"]
    assert text.startswith("short\n<!-- six")


def test_every_page_of_a_kept_study_has_its_marks():
    """A study that is run tomorrow finds the place of its table."""
    for study in kept.STUDIES:
        text = (readme.ROOT / study.page).read_text(encoding="utf-8")
        assert "new table" in readme.replace_block(text, study.name, "new table", study.page)


def test_a_kept_study_has_a_row_for_each_method():
    """Accuracies of results/reference/mnist-five-seeds, means over seeds with their interval."""
    table = kept.accuracies(readme.ROOT / "results/reference/mnist-five-seeds").splitlines()
    assert len(table) == 4
    assert "98.9 ± 0.2" in table[2]
    assert table[0].count("converted, T = ") == 4


def test_a_kept_study_has_its_tables_and_figures(six):
    """They are made of what results/reference keeps, not of the results."""
    shutil.copytree(six / "results/six-sets", six / "results/lossless")
    page, drawn = six / "docs/lossless.md", six / "docs/figures/lossless/pareto.svg"
    page.write_text("<!-- lossless: made by `make readme` -->\nold\n<!-- end of lossless -->\n")
    readme.main(six)
    text, picture = page.read_text(), drawn.read_bytes()
    assert "| SNN-TextCNN, fine-tuned, T = 8 " in text
    assert "*All systems on the mean of 2 data sets*" in text
    assert "\nold\n" not in text
    shutil.rmtree(six / "results/lossless")
    drawn.unlink()
    readme.main(six)
    assert (page.read_text(), drawn.read_bytes()) == (text, picture)


def test_a_study_of_attacks_stands_on_its_page(study, root):
    """What each stage withstands, and the spiking ones beside their DNNs with the sign of the verdict."""
    made = study(attacked="all")
    made.summarise()
    made.report()
    summary = made.folder / "summary"
    pairs = pd.read_csv(summary / "attack_pairs.csv")
    pairs.loc[pairs["first"] == "lv2023/finetuned", "verdict"] = "more robust"
    pairs.to_csv(summary / "attack_pairs.csv", index=False)
    withstood, beside = (block.splitlines() for block in kept.under_attack(summary).split("\n\n"))
    assert "convertible DNN of SNN-TextCNN" in withstood[0]
    assert withstood[2].count("80.0 → 50.0") == 4
    assert [line.partition("|")[2].partition("|")[2].strip(" |") for line in beside[2:]] == [
        "PWWS     | 0.0 [−12.0, 12.0]",
        "PWWS     | 0.0 [−12.0, 12.0] ▲",
    ]
    # The same beside what else there is to say of each classifier.
    both = kept.attacked_systems(summary)
    assert both.startswith("*All systems on MR*") and both.endswith("\n".join(withstood))
    assert "under attack, 10 % of the words, %" in both
