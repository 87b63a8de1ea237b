"""Run the spiking network on one test sentence; keep and draw its spikes."""

from spiketext.arrays import write_arrays
from spiketext.config import Method
from spiketext.files import read_json, write_json
from spiketext.report.raster import choose, describe, record
from spiketext.report.raster_chart import draw_raster
from spiketext.report.style import legible
from spiketext.stage import run
from spiketext.tables import read_table
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.devices import prepare


def main(snakemake):
    """Read weights and predictions; write spikes, the sentence and a PNG."""
    params, files, wildcards, output = (
        snakemake.params,
        snakemake.input,
        snakemake.wildcards,
        snakemake.output,
    )
    method = Method(network=params.network, conversion=params.conversion, finetuning=params.finetuning)
    device = prepare(params.device, params.torch_threads, params.seed)
    table = assemble.load_word_table(files, method.network, device)
    sentences = Sentences.load(files.tokens, params.max_length, len(table.values), len(params.classes))
    predictions = read_table(files.predictions, ["row", "label", "prediction"])
    steps = method.detailed_steps(params.stage)
    weights = assemble.load_weights(files.weights)
    network = assemble.spiking(method, table, weights, steps, params.seed, len(params.classes))
    classifier = network.evaluated()[0]  # as the predictions are
    row = choose(predictions, sentences.lengths)
    raster = record(classifier, sentences, row, method.network.widths)
    sentence = {
        "dataset": wildcards.dataset,
        "method": wildcards.method,
        "stage": params.stage,
        "seed": params.seed,
        "T": steps,
        "analog": not classifier.code.spiking,
        "classes": list(params.classes),
        **describe(sentences, row, read_json(files.words)["words"], predictions),
    }
    write_arrays(output.spikes, raster.arrays())
    write_json(output.sentence, sentence)
    title = f"{legible(params.titles[0], wildcards.dataset)}: {legible(params.titles[1], wildcards.method)}"
    draw_raster(raster, {"title": title, **sentence}, output.figure)


run(snakemake, main)
