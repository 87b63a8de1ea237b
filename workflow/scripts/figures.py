"""Draw figures of one data set; the names of the files say which."""

from pathlib import Path

from spiketext.files import read_json
from spiketext.report.charts import draw
from spiketext.report.study import findings
from spiketext.report.style import legible
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write PNGs."""
    params, files = snakemake.params, snakemake.input
    datasets, methods = (
        {name: legible(title, name) for name, title in titles.items()}
        for titles in (params.datasets, params.methods)
    )
    reports = (
        [read_json(path) for path in files.get(kind, [])] for kind in ("evaluations", "energies", "attacks")
    )
    (found,) = findings(datasets, methods, *reports)
    for path in map(Path, snakemake.output):
        draw(path.stem, found, path)


run(snakemake, main)
