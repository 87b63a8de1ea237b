"""The tables and figures of README.md, taken from the results of the studies that were run.

`python -m spiketext.report.readme` (`make readme`) writes the tables between the README's marks, one block
for each study, and keeps the tables behind them, with their provenance, in results/reference. The block and
the tables of a study that was not run stay as they are.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from spiketext.attack.metrics import wilson
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, read_json
from spiketext.report import overview
from spiketext.report.energies import SKIPPING
from spiketext.report.energy_tables import accuracy_energy_table
from spiketext.report.render import table_markdown
from spiketext.report.settings import names_of

ROOT = Path(__file__).parents[3]
STAGES = {"dnn": "DNN", "tailored": "tailored DNN", "converted": "converted", "finetuned": "fine-tuned"}


def results_table(results: Path) -> str:
    """One row for each data set, method and stage; spiking stages at the T of their fine-tuning."""
    accuracy, energy, attack = (
        pd.read_csv(results / "summary" / f"{name}.csv") for name in ("accuracy", "energy", "attack")
    )
    main = read_json(results / "summary" / "provenance.json", sealed=False)["settings"]["cost_table"]
    energy = energy[(energy.cost_table == main) & (energy.accounting != SKIPPING)]
    merged = accuracy.merge(energy, on=["dataset", "method", "stage", "T", "seed"])
    steps = merged[merged.stage == "finetuned"].groupby("method")["T"].max()
    rows = []
    shown: Any = merged[merged["T"].isna() | (merged["T"] == merged["method"].map(steps))]
    for row in shown.itertuples():
        low, high = wilson(round(row.test_accuracy * row.n_test), row.n_test) or [0.0, 1.0]
        attacked = attack[(attack.dataset == row.dataset) & (attack.method == row.method)]
        last = row.stage == merged[merged.method == row.method].stage.iloc[-1]
        rows.append(
            {
                "data set": row.dataset,
                "method": row.method,
                "stage": STAGES["tailored" if row.stage == "dnn" and not last else row.stage],
                "T": "" if pd.isna(row.T) else str(int(row.T)),
                "test accuracy, %": f"{100 * row.test_accuracy:.1f} [{100 * low:.1f}, {100 * high:.1f}]",
                "energy a sentence, µJ": f"{row.energy_uj:.1f}",
                "of its DNN's": f"{row.energy_uj / row.dnn_energy_uj:.3f}",
                "under attack, %": "; ".join(
                    f"{one.recipe} {100 * one.clean_accuracy:.0f} → {100 * one.after_attack_accuracy:.0f}"
                    for one in attacked.itertuples()
                    if last
                ),
            }
        )
    return str(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


def overview_tables(results: Path) -> str:
    """The tables over all data sets, as in the report."""
    frame = pd.read_csv(results / "summary" / "table.csv", dtype={"T": "Int64"})
    names = names_of(read_json(results / "summary" / "provenance.json", sealed=False)["settings"])
    return "\n\n".join(map(table_markdown, overview.tables(frame, names)))


def energy_tables(results: Path) -> str:
    """Accuracy and energy of every classifier under every cost table, mean of all data sets."""
    frame = pd.read_csv(results / "summary" / "energy_table.csv", dtype={"T": "Int64"})
    names = names_of(read_json(results / "summary" / "provenance.json", sealed=False)["settings"])
    return table_markdown(accuracy_energy_table(frame, names))


@dataclass(frozen=True)
class Study:
    """What the README shows of a study.

    Attributes:
        results: its folder.
        reference: folder for the tables behind the block.
        table: what stands in the block, from the folder of results.
        summary: files of its summary that are kept.
        figures: pictures that are kept in docs/figures, by the name there.
    """

    results: str
    reference: str
    table: Callable[[Path], str]
    summary: tuple[str, ...]
    figures: Mapping[str, str]

    def keep(self, root: Path) -> None:
        """Copy tables, provenance and figures to where they are kept."""
        results, reference, figures = root / self.results, root / self.reference, root / "docs" / "figures"
        for folder in (reference, figures):
            folder.mkdir(parents=True, exist_ok=True)
        for name in (*self.summary, "provenance.json"):
            shutil.copyfile(results / "summary" / name, reference / name)
        for name, source in self.figures.items():
            shutil.copyfile(results / source, figures / name)


# By the name in the README's marks.
STUDIES = {
    "results": Study(
        "results",
        "results/reference/default",
        results_table,
        ("accuracy.csv", "energy.csv", "attack.csv"),
        {
            "accuracy.png": "mr/figures/accuracy.png",
            "energy.png": "mr/figures/energy.png",
            "raster.png": "mr/lv2023/seed1/raster/raster.png",
            "attack.png": "mr/figures/attack.png",
        },
    ),
    "six data sets": Study(
        "results/six-sets",
        "results/reference",
        overview_tables,
        ("accuracy.csv", "energy.csv", "table.csv", "overview.png"),
        {"six-sets.png": "summary/overview.png"},
    ),
    "energy": Study(
        "results/six-sets",
        "results/reference",
        energy_tables,
        ("energy_table.csv",),
        {"pareto.png": "summary/pareto.png", "energy-tables.png": "summary/energy-tables.png"},
    ),
}


def replace_block(text: str, name: str, body: str) -> str:
    """The text with `body` between the marks of a name.

    Raises:
        SpikeTextError: the marks are gone.
    """
    begin, end = f"<!-- {name}: made by `make readme` -->", f"<!-- end of {name} -->"
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise SpikeTextError(f"README.md: the marks `{begin}` and `{end}` are gone; put them back")
    return f"{head}{begin}\n\n{body}\n\n{end}{tail}"


def main(root: Path = ROOT) -> None:
    """Fill the blocks of the studies that were run; keep their tables and figures.

    Raises:
        SpikeTextError: there are no results, or the README has lost its marks.
    """
    readme = root / "README.md"
    last = Path("summary", "provenance.json")  # is written when all else is there
    run = {name: one for name, one in STUDIES.items() if (root / one.results / last).exists()}
    if not run:
        raise SpikeTextError(f"{root / 'results'}: no results of a study for the README; run `make` first")
    text = readme.read_text(encoding="utf-8")
    for name, study in run.items():
        text = replace_block(text, name, study.table(root / study.results))
    for study in run.values():
        study.keep(root)
    with atomic_path(readme) as partial:
        partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except SpikeTextError as error:
        raise SystemExit(f"ERROR {error}") from None
