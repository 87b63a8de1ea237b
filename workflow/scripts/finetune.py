"""Fine-tune a converted network through time; the best epoch is chosen on dev."""

from spiketext.config import Method
from spiketext.stage import run
from spiketext.training import assemble
from spiketext.training.devices import prepare
from spiketext.training.job import train_and_store


def main(snakemake):
    """Read the converted weights; write the fine-tuned ones and the history."""
    params, files = snakemake.params, snakemake.input
    method = Method(network=params.network, conversion=params.conversion, finetuning=params.finetuning)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = assemble.load_word_table(files, method.network, device)
    weights = assemble.load_weights(files.weights)
    classifier = assemble.spiking(
        method, words, weights, method.finetuning.steps, params.seed, params.classes
    )
    train_and_store(snakemake, classifier, method.finetuning, keep_start=True)


run(snakemake, main)
