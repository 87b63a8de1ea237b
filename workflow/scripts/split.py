"""Word numbers with labels → rows of the train, dev and test sets of one seed."""

from spiketext.arrays import read_arrays, write_arrays
from spiketext.stage import run
from spiketext.tasks import make_task
from spiketext.text.splits import split_rows


def main(snakemake):
    params = snakemake.params
    tokens = read_arrays(snakemake.input.tokens, only=["labels", "split"])
    task = make_task(params.target, len(params.classes))
    strata, names = task.strata(tokens["labels"], params.classes)
    rows = split_rows(
        strata,
        tokens["split"],
        names,
        test_fraction=params.test_fraction,
        dev_fraction=params.dev_fraction,
        seed=int(snakemake.wildcards.seed),
    )
    write_arrays(snakemake.output.splits, rows)


run(snakemake, main)
