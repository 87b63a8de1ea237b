"""Draw one figure of one data set."""

from spiketext.files import read_json
from spiketext.report.charts import draw
from spiketext.report.study import findings
from spiketext.report.style import legible
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write a PNG."""
    params, files = snakemake.params, snakemake.input
    datasets, methods = (
        {name: legible(title, name) for name, title in titles.items()}
        for titles in (params.datasets, params.methods)
    )
    reports = (
        [read_json(path) for path in files.get(kind, [])] for kind in ("evaluations", "energies", "attacks")
    )
    (found,) = findings(datasets, methods, *reports)
    draw(params.kind, found, snakemake.output[0])


run(snakemake, main)
