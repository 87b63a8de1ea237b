"""Draw figures of one data set, or of all; the names of the files say which."""

from pathlib import Path

from spiketext.report.figures.charts import draw
from spiketext.report.load import load_study
from spiketext.report.names import Names
from spiketext.stage import run


def main(snakemake):
    """Read the stages' JSON; write SVGs."""
    studies = load_study(snakemake.input, Names(**snakemake.params.names)).each()
    for path in map(Path, snakemake.output):
        draw(path, studies)


run(snakemake, main)
