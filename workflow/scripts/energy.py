"""Price the operations that the evaluation of a method's networks counted."""

from spiketext.config import CostTable
from spiketext.energy.account import STATEMENT, Count, energy_uj, terms
from spiketext.files import read_json, write_json
from spiketext.stage import run


def main(snakemake):
    """Read the operations of all stages; write energy and its terms for each number of steps."""
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    table = CostTable(**params.table)

    def read(stage):
        report = read_json(files[stage])
        return [Count.of(layer) for layer in report["layers"]], report["n"]

    dense, sentences = read("dnn")
    rows = []
    for stage, steps in params.steps.items():
        counts, _ = read(stage)
        rows += [
            {
                "stage": stage,
                "T": None if stage == "dnn" else t,
                "cost_table": params.table_name,
                "energy_uj": energy_uj(counts, t, sentences, table),
                "dnn_energy_uj": energy_uj(dense, 1, sentences, table),
                "terms": terms(counts, t, sentences, table),
            }
            for t in steps
        ]
    names = {"dataset": wildcards.dataset, "method": wildcards.method, "seed": params.seed}
    write_json(snakemake.output[0], {**names, "statement": STATEMENT, "n": sentences, "rows": rows})


run(snakemake, main)
