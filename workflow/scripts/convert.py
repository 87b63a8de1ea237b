"""Convert a tailored DNN into a spiking network: balance thresholds on training sentences."""

from dataclasses import asdict

import numpy as np

from spiketext.arrays import write_arrays
from spiketext.coding.codes import coded_weights, make_code
from spiketext.config import Method
from spiketext.conversion.balance import balanced_weights, find_scales
from spiketext.files import write_json
from spiketext.stage import run
from spiketext.text.splits import load_split
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.devices import prepare


def main(snakemake):
    """Read the DNN's weights; write those of the spiking network."""
    params, files = snakemake.params, snakemake.input
    method = Method(network=params.network, conversion=params.conversion)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = assemble.load_word_table(files, method.network, device)
    network = assemble.dnn(method, words, params.classes, assemble.load_weights(files.weights)).module
    sentences = Sentences.load(files.tokens, params.max_length, len(words.values), params.classes)
    train = load_split(files.split, len(sentences.labels))["train"]
    size = min(method.conversion.calibration, len(train))
    sample = np.random.default_rng(params.seed).choice(train, size, replace=False)
    scales = find_scales(network, words, sentences, sample, method.conversion)
    code = make_code(method.conversion, words.values.shape[1], params.steps)
    weights = coded_weights(balanced_weights(network, scales, method.conversion), code)
    write_arrays(snakemake.output.weights, {k: v.cpu().numpy() for k, v in weights.items()})
    write_json(snakemake.output.report, {"calibration_sentences": size, "scales": asdict(scales)})


run(snakemake, main)
