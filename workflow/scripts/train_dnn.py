"""Train the DNN of a method; the best epoch is chosen on dev, the test set is not read."""

from spiketext.config import Method
from spiketext.stage import run
from spiketext.training import assemble
from spiketext.training.devices import prepare
from spiketext.training.job import train_and_store


def main(snakemake):
    """Read tokens, split and word table; write weights and the history."""
    params, files = snakemake.params, snakemake.input
    method = Method(network=params.network, training=params.training)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = assemble.load_word_table(files, method.network, device)
    classifier = assemble.dnn(method, words, params.classes, weights=None)
    train_and_store(snakemake, classifier, method.training, keep_start=False)


run(snakemake, main)
