"""Fine-tune a converted network through time; the best epoch is chosen on dev."""

from spiketext.config.methods import Method
from spiketext.devices import prepare
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.networks.weights import load_weights
from spiketext.stage import run
from spiketext.training.job import train_and_store


def main(snakemake):
    """Read the converted weights; write the fine-tuned ones and the history."""
    params, files = snakemake.params, snakemake.input
    method = Method(**params.method)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = load_word_table(files, method.inputs, device)
    weights = load_weights(files.weights)
    steps = method.finetuning.steps
    classifier = assemble.spiking(method, words, weights, steps, params.seed, params.classes)
    train_and_store(snakemake, classifier, method.finetuning, keep_start=True)


run(snakemake, main)
