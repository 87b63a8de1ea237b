"""What a trained classifier answers to training texts and to texts without a label: others learn from it."""

from pathlib import Path

import numpy as np

from spiketext.config.methods import Method
from spiketext.devices import prepare
from spiketext.inputs.batches import Texts
from spiketext.inputs.taught import SoftLabels
from spiketext.inputs.unlabelled import Unlabelled
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.networks.weights import load_weights
from spiketext.provenance import fingerprint
from spiketext.stage import run
from spiketext.tasks.classes import Classes
from spiketext.text.splits import load_split
from spiketext.training.soft_labels import soft_labels


def main(snakemake):
    """Read weights, tokens and split; write scores. No dev or test text is classified."""
    params, files, output = snakemake.params, snakemake.input, Path(snakemake.output[0])
    method = Method(**params.method)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = load_word_table(files, method.inputs, device)
    labels = Classes("accuracy", params.classes).labels
    texts = Texts.load(files.tokens, params.max_length, len(words.values), labels)
    train = load_split(files.split, len(texts.labels))["train"]
    rows = train
    for path in files.unlabelled:
        more = Unlabelled.load(path, len(words.values)).texts(params.max_length)
        every = np.arange(len(more.labels))
        rows = np.concatenate([rows, len(texts.labels) + every])
        texts = texts.followed_by(more, every)
    weights = load_weights(files.weights)
    classifier = assemble.classifier(
        method, params.stage, words, params.classes, weights, params.steps, params.seed
    )
    checkpoint = output.with_suffix(".checkpoint")
    own = fingerprint(dict(params), files=files)
    scores = soft_labels(classifier.evaluated()[0], texts, rows, params.classes, checkpoint, own)
    SoftLabels(train, scores[: len(train)], scores[len(train) :]).save(output)
    checkpoint.unlink(missing_ok=True)


run(snakemake, main)
