"""Evaluate one stage of a method on dev and test; nothing is chosen here."""

import numpy as np
import pandas as pd

from spiketext.config import Method
from spiketext.energy.shape import Shape
from spiketext.files import write_json
from spiketext.stage import run
from spiketext.tables import read_table, write_table
from spiketext.text.splits import load_split
from spiketext.training import assemble
from spiketext.training.data import Sentences
from spiketext.training.devices import prepare
from spiketext.training.evaluate import curve, measure
from spiketext.training.metrics import accuracy, confusion, predict


def main(snakemake):
    """Read weights; write accuracy against T, confusion matrix, firing rates, predictions and operations."""
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    stage, steps, classes = snakemake.wildcards.stage, params.steps, len(params.classes)
    method = Method(network=params.network, conversion=params.conversion, finetuning=params.finetuning)
    device = prepare(params.device, params.torch_threads, params.seed)
    words = assemble.load_word_table(files, method.network, device)
    sentences = Sentences.load(files.tokens, params.max_length, len(words.values), classes)
    rows = load_split(files.split, len(sentences.labels))
    labels = {name: sentences.labels[rows[name]] for name in ("dev", "test")}
    weights = assemble.load_weights(files.weights)
    classifier = assemble.classifier(method, stage, words, classes, weights, max(steps), params.seed)
    longest = int(sentences.lengths.max())
    shape = Shape.of(method.network, tuple(words.values.shape), classes, longest)
    # The test accuracy is a mean over all draws; all else is of the first.
    first, *others = classifier.evaluated()
    run = measure(first, sentences, rows["test"], shape, steps, params.detailed_steps)
    dev = [predict(first, sentences, rows["dev"], shape.widths, steps)]
    test = [run.predictions, *(predict(one, sentences, rows["test"], shape.widths, steps) for one in others)]
    detailed = np.stack(test)[:, steps.index(params.detailed_steps)]
    chosen = detailed[0]
    names = {name: getattr(snakemake.wildcards, name) for name in ("dataset", "method", "stage")}
    names["seed"] = params.seed
    result = {
        **names,
        "n_test": len(rows["test"]),
        "classes": list(params.classes),
        "curve": curve(
            labels,
            {"dev": np.stack(dev), "test": np.stack(test)},
            [None] if stage == "dnn" else steps,
            classes,
        ),
        "T": None if stage == "dnn" else params.detailed_steps,
        "confusion": confusion(labels["test"], chosen, classes),
        "layers": run.layers,
    }
    table = pd.DataFrame({"row": rows["test"], "label": labels["test"], "prediction": chosen})
    dnn = table if stage == "dnn" else read_table(files.dnn, ["prediction"])
    table["dnn_prediction"] = dnn["prediction"]
    table["correct"] = (detailed == labels["test"]).mean(0)
    if stage == "converted":
        own = float(table["correct"].mean())
        result["conversion_gap"] = accuracy(labels["test"], dnn["prediction"]) - own
    write_table(output.predictions, table)
    write_json(output.counts, {**names, "n": len(rows["test"]), **run.account.as_json()})
    write_json(output.report, result)


run(snakemake, main)
