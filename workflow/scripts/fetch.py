"""Fetch one resource: its verified files and their manifest."""

from pathlib import Path

from spiketext.config.resources import Resource
from spiketext.resources.fetch import fetch
from spiketext.stage import run


def main(snakemake):
    fetch(
        snakemake.wildcards.resource,
        Resource.model_validate(snakemake.params.entry),
        Path(snakemake.output[0]).parent,
        snakemake.config.get("mirror"),
    )


run(snakemake, main)
