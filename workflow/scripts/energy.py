"""Price the operations that the evaluation of a method's networks counted."""

from spiketext.config.energy import CostTable
from spiketext.config.stages import STAGES
from spiketext.energy.prices import STATEMENT, energy_uj, terms
from spiketext.evaluation.account import Account
from spiketext.files import read_json, write_json
from spiketext.stage import run


def main(snakemake):
    """Read the operations of all stages; write energy and its terms by number of steps and cost table."""
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    tables = {name: CostTable(**table) for name, table in params.tables.items()}

    def read(stage):
        report = read_json(files[stage])
        return Account.of(report), report["n"]

    dense, sentences = read("dnn")
    rows = []
    for stage, steps in params.steps.items():
        account, _ = read(stage)
        rows += [
            {
                "stage": stage,
                "T": t if STAGES[stage].spiking else None,
                "accounting": accounting,
                "cost_table": name,
                "energy_uj": energy_uj(counts, t, sentences, table),
                "dnn_energy_uj": energy_uj(dense.layers, 1, sentences, table),
                "terms": terms(counts, t, sentences, table),
            }
            for name, table in tables.items()
            for accounting, counts in account.accountings().items()
            for t in steps
        ]
    names = {"dataset": wildcards.dataset, "method": wildcards.method, "seed": params.seed}
    write_json(snakemake.output[0], {**names, "statement": STATEMENT, "n": sentences, "rows": rows})


run(snakemake, main)
