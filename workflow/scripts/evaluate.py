"""Evaluate one stage of a method on dev and test; nothing is chosen here."""

import pandas as pd

from spiketext.arrays import read_arrays
from spiketext.config import Method
from spiketext.files import atomic_path, write_json
from spiketext.stage import run
from spiketext.training import assemble
from spiketext.training.classifiers import SpikingClassifier
from spiketext.training.data import Sentences
from spiketext.training.devices import prepare
from spiketext.training.evaluate import curve, layer_activity
from spiketext.training.metrics import accuracy, confusion, predict


def main(snakemake):
    """Read weights; write accuracy against T, confusion matrix, firing rates and predictions."""
    params, files, wildcards = snakemake.params, snakemake.input, snakemake.wildcards
    method = Method(network=params.network, conversion=params.conversion, finetuning=params.finetuning)
    device = prepare(params.device, params.torch_threads, params.seed)
    transform = assemble.load_transform(files.vectors_report, method.network.positive)
    words = assemble.load_words(files.table, files.words, transform, device)
    sentences = Sentences.load(files.tokens, params.max_length)
    rows = read_arrays(files.split)
    classes, widths = len(params.classes), method.network.widths

    def load(stage, weights, steps):
        return assemble.classifier(
            method, stage, words, classes, assemble.load_weights(weights), steps, params.seed
        )

    classifier = load(wildcards.stage, files.weights, max(params.steps))
    labels = {name: sentences.labels[rows[name]] for name in ("dev", "test")}
    predictions = {name: predict(classifier, sentences, rows[name], widths, params.steps) for name in labels}
    spiking = isinstance(classifier, SpikingClassifier)
    detailed = params.steps.index(params.detailed_steps)
    chosen = predictions["test"][detailed]
    reference = predict(load("dnn", files.dnn, 1), sentences, rows["test"], widths, [1])[0]
    layers = []
    if spiking:
        layers = layer_activity(load(wildcards.stage, files.weights, params.detailed_steps), sentences,
                                rows["test"], widths)  # fmt: skip
    result = {
        "dataset": wildcards.dataset,
        "method": wildcards.method,
        "stage": wildcards.stage,
        "seed": params.seed,
        "n_test": len(rows["test"]),
        "classes": list(params.classes),
        "curve": curve(labels, predictions, params.steps if spiking else [None], classes),
        "T": params.detailed_steps if spiking else None,
        "confusion": confusion(labels["test"], chosen, classes),
        "layers": layers,
    }
    if wildcards.stage == "converted":
        result["conversion_gap"] = accuracy(labels["test"], reference) - accuracy(labels["test"], chosen)
    with atomic_path(snakemake.output.predictions) as path:
        pd.DataFrame(
            {"row": rows["test"], "label": labels["test"], "prediction": chosen, "dnn_prediction": reference}
        ).to_parquet(path, index=False)
    write_json(snakemake.output.report, result)


run(snakemake, main)
