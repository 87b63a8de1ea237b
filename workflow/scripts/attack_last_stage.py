"""Figures of the attack on a method's last stage, under a name that is short to ask for."""

from spiketext.files import read_json, write_json
from spiketext.stage import run


def main(snakemake):
    """Read and write the same figures."""
    write_json(snakemake.output[0], read_json(snakemake.input[0]))


run(snakemake, main)
