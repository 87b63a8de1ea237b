"""Word numbers with labels → rows of the train, dev and test sets of one seed."""

from spiketext.arrays import read_arrays, write_arrays
from spiketext.stage import run
from spiketext.text.splits import split_rows


def main(snakemake):
    params = snakemake.params
    tokens = read_arrays(snakemake.input.tokens, only=["labels", "split"])
    rows = split_rows(
        tokens["labels"],
        tokens["split"],
        params.classes,
        test_fraction=params.test_fraction,
        dev_fraction=params.dev_fraction,
        seed=int(snakemake.wildcards.seed),
    )
    write_arrays(snakemake.output.splits, rows)


run(snakemake, main)
