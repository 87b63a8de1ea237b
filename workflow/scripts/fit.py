"""Fit a classifier that is no network; its settings are chosen on dev, the test set is not read."""

from spiketext.arrays import write_arrays
from spiketext.config.methods import Method
from spiketext.devices import prepare
from spiketext.files import write_json
from spiketext.inputs.batches import Texts
from spiketext.inputs.class_weights import class_weights
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.stage import run
from spiketext.tasks.classes import Classes
from spiketext.text.splits import load_split


def main(snakemake):
    """Read tokens, split and word table; write weights and what was tried."""
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    method = Method(**params.method)
    device = prepare("cpu", params.torch_threads, params.seed)
    words = load_word_table(files, method.inputs, device)
    task = Classes(params.metric, params.classes)
    texts = Texts.load(files.tokens, params.max_length, len(words.values), task.labels)
    rows = load_split(files.split, len(texts.labels))
    counted = class_weights(params.class_weights, texts.labels[rows["train"]], params.classes)
    weights, report = assemble.fit(method, words, texts, rows, task, counted)
    write_arrays(output.weights, weights)
    write_json(output.report, report)


run(snakemake, main)
