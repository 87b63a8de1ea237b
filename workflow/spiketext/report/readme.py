"""The table and figures of README.md, taken from the results of the default study.

`python -m spiketext.report.readme` (`make readme`) writes them between the README's two marks, and keeps
the tables behind them, with their provenance, in results/reference/default.
"""

import shutil
from pathlib import Path

import pandas as pd
from tabulate import tabulate

from spiketext.attack.metrics import wilson
from spiketext.errors import SpikeTextError
from spiketext.files import atomic_path, read_json, write_json
from spiketext.report.machine import commit, machine, time_taken, versions

ROOT = Path(__file__).parents[3]
FIGURES = {
    "accuracy.png": "mr/figures/accuracy.png",
    "energy.png": "mr/figures/energy.png",
    "raster.png": "mr/lv2023/seed1/raster/raster.png",
    "attack.png": "mr/figures/attack.png",
}
BEGIN, END = "<!-- results: made by `make readme` -->", "<!-- end of results -->"
STAGES = {"dnn": "DNN", "tailored": "tailored DNN", "converted": "converted", "finetuned": "fine-tuned"}


def results_table(summary: Path) -> str:
    """One row for each data set, method and stage, at the largest T that all spiking stages share."""
    accuracy, energy = (pd.read_csv(summary / f"{name}.csv") for name in ("accuracy", "energy"))
    attack = pd.read_csv(summary / "attack.csv")
    merged = accuracy.merge(energy, on=["dataset", "method", "stage", "T", "seed"])
    steps = merged[merged.stage == "finetuned"]["T"].max()
    rows = []
    for row in merged[merged["T"].isna() | (merged["T"] == steps)].itertuples():
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
                "of its DNN's": f"{row.energy_uj / row.dnn_energy_uj:.2f}",
                "under attack, %": "; ".join(
                    f"{one.recipe} {100 * one.clean_accuracy:.0f} → {100 * one.after_attack_accuracy:.0f}"
                    for one in attacked.itertuples()
                    if last
                ),
            }
        )
    return str(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


def provenance(results: Path) -> dict[str, object]:
    """Where the results come from: commit, versions, machine, time, checksums of the data."""
    manifests = [read_json(path) for path in sorted((results / "resources").glob("*/manifest.json"))]
    return {
        "commit": commit(),
        "versions": versions(),
        "machine": machine(),
        "time": time_taken(results / "benchmarks"),
        "resources": {one["resource"]: one["sha256"] for one in manifests},
    }


def main() -> None:
    """Replace what stands between the marks, copy the figures to docs/figures and the tables to reference.

    Raises:
        SpikeTextError: there are no results, or the README has lost its marks.
    """
    readme, results = ROOT / "README.md", ROOT / "results"
    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise SpikeTextError(f"{readme}: the marks `{BEGIN}` and `{END}` are gone; put them back")
    if not (results / "report.html").exists():
        raise SpikeTextError(f"{results}: no results of the default study; run `make` first")
    figures, reference = ROOT / "docs" / "figures", results / "reference" / "default"
    for folder in (figures, reference):
        folder.mkdir(parents=True, exist_ok=True)
    for name, source in FIGURES.items():
        shutil.copyfile(results / source, figures / name)
    for name in ("accuracy", "energy", "attack"):
        shutil.copyfile(results / "summary" / f"{name}.csv", reference / f"{name}.csv")
    write_json(reference / "provenance.json", provenance(results))
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    with atomic_path(readme) as partial:
        body = f"{BEGIN}\n\n{results_table(results / 'summary')}\n\n{END}"
        partial.write_text(head + body + tail, encoding="utf-8")


if __name__ == "__main__":
    main()
