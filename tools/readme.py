"""The tables and figures of README.md and docs/tables.md, taken from the results of studies.

`python -m tools.readme` (`make readme`) writes the tables between the pages' marks and keeps
what is behind them, with its provenance, in results/reference. The default study is taken as it is. Of the
six data sets, the cells (data set, method, stage, seed) that results/six-sets has replace those that
results/reference keeps, all others stay, and the tables are made from the merged rows; so a part of that
study can be run anew (reference.py). What was not run stays as it is.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from spiketext.attack.metrics import HEADLINE
from spiketext.config.stages import STAGES
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, read_json
from spiketext.report import overview, systems
from spiketext.report.document import table_markdown
from spiketext.report.energy.readings import USUAL
from spiketext.report.energy.rivals import rivals_table
from spiketext.report.energy.tables import accuracy_energy_table
from spiketext.report.estimates import proportion, significant
from spiketext.report.figures.charts import draw
from spiketext.report.names import in_mode, names_of
from spiketext.report.published import conditions
from spiketext.report.summary import comparison_frame, energy_table_frame, pairs_frame, write_csv
from tools import kept as studies
from tools import reference
from tools.reference import Reference

ROOT = Path(__file__).parents[1]
# Which tables stand on which page, by the names in its marks.
PAGES = {
    Path("README.md"): ("six data sets in brief",),
    Path("docs", "tables.md"): ("results", "six data sets", "energy", "front"),
}
LAST = Path("summary", "provenance.json")  # is written when all else of a study is there
# Files of the summary of the default study that are kept, and pictures, by the name in docs/figures.
DEFAULT_TABLES = ("accuracy.csv", "energy.csv", "attack.csv", "provenance.json")
DEFAULT_FIGURES = {
    "accuracy.svg": "mr/figures/accuracy.svg",
    "energy.svg": "mr/figures/energy.svg",
    "raster.svg": "mr/lv2023/seed1/raster/raster.svg",
    "attack.svg": "mr/figures/attack.svg",
}
# Not in README.md, which has room for a dozen rows: variants of what stands there.
VARIANTS = ("lv2023-max", "lv2023-raw", "sparse-50", "bu2024-mean")
# Drawn of the rows that are kept.
SIX_FIGURES = ("overview.svg", "pareto.svg", "energy-tables.svg")
# A study of the same data sets and seeds: its rows stand beside those of the six where fronts are drawn. It
# has quantised DNNs and prices more ways of counting. What the six have with more steps, and its DNN, is left
# out of it; what was made from a DNN that is then of that study is left out of the six.
BESIDE, OF_SIX, LEFT_OUT = "lossless", ("dnn", "bu2024"), ("sparse-50",)
FRONT = ("lv2023", "even-8", "bu2024", "su2024-max-4bit", "lossless-1", "sparse-20")  # in the table of rivals


def results_table(results: Path) -> str:
    """One row for each data set, method and stage; spiking stages at the largest T of their last one."""
    accuracy, energy, attack = (
        pd.read_csv(results / "summary" / f"{name}.csv") for name in ("accuracy", "energy", "attack")
    )
    main = read_json(results / "summary" / "provenance.json", sealed=False)["settings"]["cost_table"]
    energy = energy[(energy.cost_table == main) & energy.accounting.isin(USUAL)]
    merged = accuracy.merge(energy, on=["dataset", "method", "stage", "T", "seed"])
    spiking = merged[merged["T"].notna()]
    steps = (
        spiking[spiking.stage == spiking.groupby("method").stage.transform("last")]
        .groupby("method")["T"]
        .max()
    )
    rows = []
    shown: Any = merged[merged["T"].isna() | (merged["T"] == merged["method"].map(steps))]
    for row in shown.itertuples():
        draw_sd = 0.0 if pd.isna(row.draw_sd) else row.draw_sd
        own = proportion([row.test_accuracy], [row.n_test], draw_sd)
        attacked = attack[
            (attack.dataset == row.dataset) & (attack.method == row.method) & (attack.stage == row.stage)
        ].pivot_table(
            "after_attack_accuracy", ["recipe", "mode", "clean_accuracy", "n"], "budget", sort=False
        )
        last = row.stage == merged[merged.method == row.method].stage.iloc[-1]
        rows.append(
            {
                "data set": row.dataset,
                "method": row.method,
                "stage": "convertible DNN" if pd.isna(row.T) and not last else STAGES[row.stage].title,
                "T": "" if pd.isna(row.T) else str(int(row.T)),
                "test texts": f"{row.n_test:,}",
                "test accuracy, %": own.text(),
                "energy a text, µJ": significant(row.energy_uj, 2),
                "of its DNN's": significant(row.energy_uj / row.dnn_energy_uj, 2),
                "under attack (10 % of words, unlimited), % of n texts": "; ".join(
                    f"{in_mode(str(recipe), str(mode))} {100 * clean:.0f} → {100 * one[HEADLINE]:.0f} → "
                    f"{100 * one['unlimited']:.0f} of {n}"
                    for (recipe, mode, clean, n), one in attacked.iterrows()
                ),
            }
        )
    return str(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


class SixSets:
    """The study of the six data sets: rows of the newest run and older ones, and the tables made of them."""

    def __init__(self, rows: Reference, changes: list[reference.Change]) -> None:
        """Make the tables.

        Raises:
            SpikeTextError: a classifier has not been run on every data set with every seed.
        """
        self.rows = rows
        self.names = names_of(rows.record["settings"])
        self.older = {change.mark: change.note for change in changes}
        self.found = found = rows.study().each()
        self.frames = {
            "table.csv": comparison_frame(found),
            "energy_table.csv": energy_table_frame(found),
            "pairs.csv": pairs_frame(found),
        }
        self.marks = rows.marks(changes)

    @classmethod
    def of(cls, results: Path, kept: Path) -> "SixSets | None":
        """The rows that are kept with those of a newer run, if there are such; None: neither."""
        newer = Reference.read(results / "summary") if (results / LAST).exists() else None
        older = Reference.read(kept) if (kept / "accuracy.csv").exists() else None
        rows = older.updated(newer) if older and newer else older or newer
        return None if rows is None else cls(rows, reference.changes(kept))

    def blocks(self) -> dict[str, str]:
        """Tables by the name in the pages' marks, as in the report."""
        accuracies, energies = (self._marked(self.frames[name]) for name in ("table.csv", "energy_table.csv"))
        tables = [
            *overview.tables(accuracies, self.names, self.older),
            *conditions(self.rows.record["settings"], self.found),
        ]
        energy = accuracy_energy_table(energies, self.names, older=self.older)
        last = accuracies.groupby("method")["stage"].transform("last")
        shown = (accuracies["stage"] == last) & ~accuracies["method"].isin(VARIANTS)
        brief, *_ = overview.tables(accuracies[shown], self.names, self.older)
        return {
            "six data sets in brief": table_markdown(brief),
            "six data sets": "\n\n".join(map(table_markdown, tables)),
            "energy": table_markdown(energy),
        }

    def _marked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """With the marks of figures that hold rows from before a change."""
        keys = zip(frame["dataset"], frame["method"], frame["stage"], strict=True)
        return frame.assign(older=[self.marks.get(key, "") for key in keys])

    def keep(self, kept: Path) -> None:
        """Write the rows, their provenance and the tables."""
        kept.mkdir(parents=True, exist_ok=True)
        self.rows.write(kept)
        for name, frame in self.frames.items():
            write_csv(kept / name, frame)


def with_rivals(six: Reference, kept: Path) -> Reference:
    """The rows of the six data sets with those of `BESIDE`, if that is kept."""
    if not (kept / BESIDE / "accuracy.csv").exists():
        return six
    return six.without(LEFT_OUT).updated(Reference.read(kept / BESIDE).without(OF_SIX))


def copy(files: Mapping[str, Path], folder: Path) -> None:
    """Copy files into a folder under these names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in files.items():
        shutil.copyfile(path, folder / name)


def replace_block(text: str, name: str, body: str, page: Path) -> str:
    """The text of a page with `body` between the marks of a name.

    Raises:
        SpikeTextError: the marks are gone.
    """
    begin, end = f"<!-- {name}: made by `make readme` -->", f"<!-- end of {name} -->"
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise SpikeTextError(f"{page}: the marks `{begin}` and `{end}` are gone; put them back")
    return f"{head}{begin}\n\n{body}\n\n{end}{tail}"


def main(root: Path = ROOT) -> None:
    """Fill the pages' blocks; keep the tables and figures behind them.

    Raises:
        SpikeTextError: there are no results, or a page has lost its marks.
    """
    results = root / "results"
    kept, figures = results / "reference", root / "docs" / "figures"
    default = results / LAST
    six = SixSets.of(results / "six-sets", kept)
    if six is None and not default.exists():
        raise SpikeTextError(f"{results}: no results of a study for the README; run `make` first")
    blocks: dict[str, str] = {"results": results_table(results)} if default.exists() else {}
    if six:
        fronts = with_rivals(six.rows, kept).study().each()
        memory = systems.price_models(six.names)
        blocks |= six.blocks() | {"front": table_markdown(rivals_table(fronts, memory, FRONT))}
    pages = dict(PAGES)
    for study in studies.STUDIES:
        if (results / study.name / LAST).exists():
            summary = results / study.name / "summary"
            copy({name: summary / name for name in study.files}, kept / study.name)
        if (kept / study.name / LAST.name).exists():
            blocks[study.name] = study.table(kept / study.name)
            pages[study.page] = (*pages.get(study.page, ()), study.name)
            for kind in study.figures:
                own = figures / study.name
                own.mkdir(parents=True, exist_ok=True)
                draw(own / f"{kind}.svg", Reference.read(kept / study.name).study().each())
    texts = {page: (root / page).read_text(encoding="utf-8") for page in pages}
    for page, names in pages.items():
        for name in names:
            if name in blocks:
                texts[page] = replace_block(texts[page], name, blocks[name], page)
    if default.exists():
        copy({name: default.parent / name for name in DEFAULT_TABLES}, kept / "default")
        copy({name: results / source for name, source in DEFAULT_FIGURES.items()}, figures)
    if six:
        six.keep(kept)
        for name in SIX_FIGURES:
            draw(figures / name, six.found)
        draw(figures / "fronts.svg", fronts)
    for page, text in texts.items():
        with atomic_path(root / page) as partial:
            partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except SpikeTextError as error:
        raise SystemExit(f"ERROR {error}") from None
