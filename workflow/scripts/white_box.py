"""Attack a trained network that the attacker knows, on a sample of test texts."""

from dataclasses import asdict
from pathlib import Path

from spiketext.attack.sample import read_sample
from spiketext.attack.store import RowStore
from spiketext.attack.white_box.base import Vocabulary
from spiketext.attack.white_box.run import attack_sample, write_rows
from spiketext.attack.white_box.target import Target
from spiketext.devices import prepare
from spiketext.evaluation.predictor import load_predictor
from spiketext.files import write_json
from spiketext.inputs.embeddings.table import load_table
from spiketext.provenance import fingerprint
from spiketext.stage import run


def main(snakemake):
    """Read the network, the words and the sample; write figures and rows."""
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    device = prepare(params.device, params.torch_threads, params.seed)
    predictor = load_predictor(files, params, device)
    words, vectors, covered = load_table(files.table, files.words)
    vocabulary = Vocabulary(words, vectors, predictor.transform(vectors, covered), covered)
    examples = read_sample(files.corpus, files.split, params.sample, params.seed)
    output = Path(snakemake.output.figures)
    network = [files.weights, files.table, files.words, files.fit, files.vectors_report]
    key = fingerprint(
        dict(params),
        wildcards.kind,
        list(map(asdict, examples)),
        files=[*network, *files.vector_manifests, *files.vector_files],
    )
    store = RowStore(output.with_suffix(".partial.jsonl"), key)
    target = Target(predictor, params.classes)
    figures = attack_sample(wildcards.kind, target, vocabulary, examples, params.seed, store)
    names = {name: getattr(wildcards, name) for name in ("dataset", "method", "kind")}
    write_rows(snakemake.output.rows, wildcards.kind, store.rows, figures["members"])
    write_json(output, {**names, "seed": params.seed, "stage": params.stage, **figures})
    store.delete()


run(snakemake, main)
