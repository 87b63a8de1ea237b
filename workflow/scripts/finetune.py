"""Fine-tune a converted network through time; the best epoch is chosen on dev."""

from pathlib import Path

from spiketext.arrays import read_arrays, write_arrays
from spiketext.config import Method
from spiketext.files import write_json
from spiketext.provenance import fingerprint
from spiketext.stage import run
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.devices import prepare
from spiketext.training.loop import Split, fit


def main(snakemake):
    """Read the converted weights; write the fine-tuned ones and the history."""
    params, files = snakemake.params, snakemake.input
    method = Method(network=params.network, conversion=params.conversion, finetuning=params.finetuning)
    device = prepare(params.device, params.torch_threads, params.seed)
    transform = assemble.load_transform(files.vectors_report, method.network.positive)
    words = assemble.load_words(files.table, files.words, transform, device)
    rows = read_arrays(files.split)
    weights = assemble.load_weights(files.weights)
    checkpoint = Path(snakemake.output.weights).with_suffix(".checkpoint")
    trained = fit(
        assemble.spiking(method, words, weights, method.finetuning.steps, params.seed),
        Sentences.load(files.tokens, params.max_length),
        Split(rows["train"], rows["dev"]),
        method.finetuning,
        method.network.widths,
        params.seed,
        checkpoint,
        fingerprint(dict(params), files=files),
    )
    write_arrays(snakemake.output.weights, {k: v.cpu().numpy() for k, v in trained.weights.items()})
    write_json(snakemake.output.report, trained.report())
    checkpoint.unlink()


run(snakemake, main)
