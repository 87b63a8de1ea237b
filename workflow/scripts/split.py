"""Word numbers with labels → rows of the train, dev and test sets of one seed."""

from spiketext.arrays import read_arrays, write_arrays
from spiketext.files import read_json
from spiketext.stage import run
from spiketext.tasks import make_task
from spiketext.text.splits import content_hashes, split_rows


def main(snakemake):
    params = snakemake.params
    fixed = params.test_set == "fixed"
    tokens = read_arrays(snakemake.input.tokens, only=["labels", "split", *["ids", "offsets"] * fixed])
    task = make_task(params.target, len(params.classes))
    strata, names = task.strata(tokens["labels"], params.classes)
    rows = split_rows(
        strata,
        tokens["split"],
        names,
        test_fraction=params.test_fraction,
        dev_fraction=params.dev_fraction,
        seed=int(snakemake.wildcards.seed),
        contents=content_hashes(tokens["ids"], tokens["offsets"], read_json(snakemake.input.words)["words"])
        if fixed
        else None,
    )
    write_arrays(snakemake.output.splits, rows)


run(snakemake, main)
