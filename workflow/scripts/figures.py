"""Draw figures of one data set, or of all; the names of the files say which."""

from dataclasses import replace
from pathlib import Path

from spiketext.report.charts import draw
from spiketext.report.load import load_study
from spiketext.report.names import Names
from spiketext.report.style import legible
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write PNGs."""
    names = Names(**snakemake.params.names)
    datasets, methods = (
        {name: legible(title, name) for name, title in titles.items()}
        for titles in (names.datasets, names.methods)
    )
    study = load_study(snakemake.input, replace(names, datasets=datasets, methods=methods))
    studies = study.each()
    for path in map(Path, snakemake.output):
        draw(path, studies)


run(snakemake, main)
