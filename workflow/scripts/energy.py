"""Count the operations of a method's networks over the whole test set and estimate their energy."""

from spiketext.arrays import read_arrays
from spiketext.config import CostTable, Method
from spiketext.energy.account import STATEMENT, energy_uj, terms
from spiketext.energy.counters import Shape, count_dataset
from spiketext.files import write_json
from spiketext.stage import run
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.devices import prepare


def main(snakemake):
    """Read the weights of all stages; write energy and its terms for each number of steps."""
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    method = Method(network=params.network, conversion=params.conversion, finetuning=params.finetuning)
    table = CostTable(**params.table)
    device = prepare(params.device, params.torch_threads, params.seed)
    transform = assemble.load_transform(files.vectors_report, method.network.positive)
    words = assemble.load_words(files.table, files.words, transform, device)
    sentences = Sentences.load(files.tokens, params.max_length)
    rows = read_arrays(files.split)["test"]
    network = method.network
    shape = Shape(network.widths, network.channels, words.values.shape[1], params.classes, network.bias)
    results = []
    for stage in params.steps:
        steps = params.steps[stage]
        classifier = None
        if stage != "dnn":
            weights = assemble.load_weights(files[stage])
            classifier = assemble.spiking(method, words, weights, max(steps), params.seed)
        dense, spiking = count_dataset(classifier, sentences, rows, shape)
        dnn_energy = energy_uj(dense, 1, len(rows), table)
        for t in steps:
            counts = spiking if classifier is not None else dense
            results.append(
                {
                    "stage": stage,
                    "T": t if classifier is not None else None,
                    "cost_table": params.table_name,
                    "energy_uj": energy_uj(counts, t, len(rows), table),
                    "dnn_energy_uj": dnn_energy,
                    "terms": terms(counts, t, len(rows), table),
                }
            )
    names = {"dataset": wildcards.dataset, "method": wildcards.method, "seed": params.seed}
    write_json(snakemake.output[0], {**names, "statement": STATEMENT, "n": len(rows), "rows": results})


run(snakemake, main)
