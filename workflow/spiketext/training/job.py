"""What the two training rules share: sentences and split in, weights and history out."""

from pathlib import Path
from typing import Any

from spiketext.arrays import write_arrays
from spiketext.files import write_json
from spiketext.provenance import fingerprint
from spiketext.text.splits import load_split
from spiketext.training.classifiers import Classifier
from spiketext.training.data import Sentences
from spiketext.training.loop import Schedule, Split, fit


def train_and_store(snakemake: Any, classifier: Classifier, schedule: Schedule, keep_start: bool) -> None:
    """Train a classifier on a rule's inputs; write its `weights` and `report`.

    The checkpoint lies beside the weights until both are written; it belongs to the rule's parameters
    and to the contents of its inputs.
    """
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    module = classifier.module
    sentences = Sentences.load(
        files.tokens, params.max_length, len(classifier.words.values), len(module.readout)
    )
    rows = load_split(files.split, len(sentences.labels))
    checkpoint = Path(output.weights).with_suffix(".checkpoint")
    trained = fit(
        classifier,
        sentences,
        Split(rows["train"], rows["dev"]),
        schedule,
        module.network.widths,
        params.seed,
        checkpoint,
        fingerprint(dict(params), files=files),
        keep_start,
    )
    write_arrays(output.weights, {name: tensor.cpu().numpy() for name, tensor in trained.weights.items()})
    write_json(output.report, trained.report())
    checkpoint.unlink()
