"""Convert a DNN into a spiking network: thresholds from training texts, no training."""

import numpy as np

from spiketext.arrays import write_arrays
from spiketext.config.methods import Method
from spiketext.conversion.convert import find_thresholds
from spiketext.devices import prepare
from spiketext.files import write_json
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.networks.weights import load_weights
from spiketext.stage import run
from spiketext.tasks import make_task
from spiketext.text.splits import load_split


def main(snakemake):
    """Read the DNN's weights; write those of the spiking network."""
    params, files = snakemake.params, snakemake.input
    method = Method(**params.method)
    rule = method.conversion.rule
    device = prepare(params.device, params.torch_threads, params.seed)
    words = load_word_table(files, method.inputs, device)
    task = make_task(params.target, params.classes)
    dnn = assemble.dnn(method, words, task.outputs, load_weights(files.weights))
    texts = Texts.load(files.tokens, params.max_length, len(words.values), task.labels)
    train = load_split(files.split, len(texts.labels))["train"]
    size = min(rule.texts, len(train))
    sample = np.random.default_rng(params.seed).choice(train, size, replace=False)
    layers = assemble.balanced(method)
    thresholds = find_thresholds(dnn, texts, sample, rule, layers)
    weights = assemble.converted(method, dnn, thresholds, params.steps)
    write_arrays(snakemake.output.weights, {k: v.cpu().numpy() for k, v in weights.items()})
    found = {name: values.tolist() for name, values in thresholds.items()}
    write_json(snakemake.output.report, {"calibration_texts": size, "thresholds": found})


run(snakemake, main)
