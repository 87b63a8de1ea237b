"""Train the DNN of a method; the best epoch is chosen on dev, the test set is not read."""

from spiketext.config.methods import Method
from spiketext.devices import prepare
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.networks.weights import load_weights
from spiketext.stage import run
from spiketext.tasks import make_task
from spiketext.training.job import train_and_store


def main(snakemake):
    """Read tokens, split and word table; write weights and the history."""
    params, files = snakemake.params, snakemake.input
    method = Method(**params.method)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = load_word_table(files, method.inputs, device)
    outputs = make_task(params.target, params.classes).outputs
    start = load_weights(files.start) if method.start else None
    classifier = assemble.untrained(method, words, outputs, start)
    train_and_store(snakemake, classifier, method.training, keep_start=False)


run(snakemake, main)
