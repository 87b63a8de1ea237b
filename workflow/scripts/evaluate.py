"""Evaluate one stage of a method on dev and test; nothing is chosen here."""

import numpy as np
import pandas as pd

from spiketext.config.methods import Method
from spiketext.config.stages import STAGES
from spiketext.devices import prepare
from spiketext.evaluation.measure import curve, measure
from spiketext.files import write_json
from spiketext.inputs.batches import Texts
from spiketext.inputs.words import load_word_table
from spiketext.networks import assemble
from spiketext.networks.predict import predict
from spiketext.networks.weights import load_weights
from spiketext.stage import run
from spiketext.tables import read_table, write_table
from spiketext.tasks import make_task
from spiketext.text.splits import load_split


def main(snakemake):
    """Read weights; write how right it is against T, firing rates, predictions and operations."""
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    stage, steps = snakemake.wildcards.stage, params.steps
    task = make_task(params.target, len(params.classes))
    method, spiking = Method(**params.method), STAGES[stage].spiking
    device = prepare(params.device, params.torch_threads, params.seed)
    words = load_word_table(files, method.inputs, device)
    texts = Texts.load(files.tokens, params.max_length, len(words.values), task.labels)
    rows = load_split(files.split, len(texts.labels))
    labels = {name: texts.labels[rows[name]] for name in ("train", "dev", "test")}
    weights = load_weights(files.weights)
    classifier = assemble.classifier(method, stage, words, task.outputs, weights, max(steps), params.seed)
    # What is counted on test is a mean over all draws; all else is of the first.
    first, *others = classifier.evaluated()
    run = measure(first, texts, rows["test"], steps, params.detailed_steps, task)
    dev = [predict(first, texts, rows["dev"], steps, task)]
    test = [run.predictions, *(predict(one, texts, rows["test"], steps, task) for one in others)]
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
            steps if spiking else [None],
            task,
        ),
        "T": params.detailed_steps if spiking else None,
        **task.details(labels, chosen),
        "layers": run.layers,
    }
    if spiking and run.settling is not None:
        result["settling"] = run.settling
    table = pd.DataFrame({"row": rows["test"], "label": labels["test"], "prediction": chosen})
    dnn = read_table(files.dnn, ["prediction"]) if files.get("dnn") else table  # it is the DNN itself
    table["dnn_prediction"] = dnn["prediction"]
    counted, values = task.by_example(labels["test"], detailed)
    table[counted] = values
    if spiking and not STAGES[stage].trained:
        result["conversion_gap"] = task.behind(labels["test"], detailed, dnn["prediction"].to_numpy())
    write_table(output.predictions, table)
    write_json(output.counts, {**names, "n": len(rows["test"]), **run.account.as_json()})
    write_json(output.report, result)


run(snakemake, main)
