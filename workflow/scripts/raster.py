"""Run the spiking network on one test sentence; keep and draw its spikes."""

from spiketext.arrays import write_arrays
from spiketext.config.methods import Method
from spiketext.devices import prepare
from spiketext.files import read_json, write_json
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.networks.weights import load_weights
from spiketext.report.figures.raster import choose, describe, draw_raster, record
from spiketext.stage import run
from spiketext.tables import read_table
from spiketext.tasks.classes import Classes


def main(snakemake):
    """Read weights and predictions; write spikes, the sentence and an SVG."""
    params, files, wildcards, output = (
        snakemake.params,
        snakemake.input,
        snakemake.wildcards,
        snakemake.output,
    )
    method = Method(**params.method)
    device = prepare(params.device, params.torch_threads, params.seed)
    table = load_word_table(files, method.inputs, device)
    labels = Classes("accuracy", len(params.classes)).labels
    texts = Texts.load(files.tokens, params.max_length, len(table.values), labels)
    predictions = read_table(files.predictions, ["row", "label", "prediction"])
    steps = method.detailed_steps(params.stage)
    weights = load_weights(files.weights)
    network = assemble.spiking(method, table, weights, steps, params.seed, len(params.classes))
    classifier = network.evaluated()[0]  # as the predictions are
    row = choose(predictions, texts.lengths)
    raster, populations = record(classifier, texts, row)
    sentence = {
        "dataset": wildcards.dataset,
        "method": wildcards.method,
        "stage": params.stage,
        "seed": params.seed,
        "T": steps,
        "analog": not classifier.network.encoder.spiking,
        "classes": list(params.classes),
        "populations": populations,
        **describe(texts, row, read_json(files.words)["words"], predictions),
    }
    write_arrays(output.spikes, raster.arrays())
    write_json(output.sentence, sentence)
    draw_raster(raster, {"title": ": ".join(params.titles), **sentence}, output.figure)


run(snakemake, main)
