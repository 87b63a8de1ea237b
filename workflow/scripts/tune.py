"""Fine-tune a pretrained encoder; the best epoch is chosen on dev, the test set is not read."""

from spiketext.config.methods import Method
from spiketext.devices import prepare
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.stage import run
from spiketext.training.job import train_and_store


def main(snakemake):
    """Read tokens, split, words and the encoder's resource; write weights and the history."""
    params, files = snakemake.params, snakemake.input
    method = Method(**params.method)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = load_word_table(files, method.inputs, device)
    classifier = assemble.pretrained(method, params.language, files.pretrained, words, params.classes)
    train_and_store(snakemake, classifier, method.training, keep_start=False)


run(snakemake, main)
