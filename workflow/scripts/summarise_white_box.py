"""Collect the figures of white-box attacks in a table."""

from spiketext.files import read_json
from spiketext.report.attacks.white_box import frame
from spiketext.report.summary import write_csv
from spiketext.stage import run


def main(snakemake):
    """Read the attacks' JSON; write one CSV."""
    reports = [read_json(path) for path in snakemake.input.attacks]
    write_csv(snakemake.output.table, frame(reports, snakemake.params.dnns))


run(snakemake, main)
