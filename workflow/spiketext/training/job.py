"""What the training rules share: texts and split in, weights and history out."""

from pathlib import Path
from typing import Any

import torch

from spiketext.arrays import write_arrays
from spiketext.files import write_json
from spiketext.inputs.batches import Texts
from spiketext.inputs.class_weights import class_weights
from spiketext.networks.classifier import Classifier
from spiketext.objectives.base import make_objective
from spiketext.provenance import fingerprint
from spiketext.tasks import make_task
from spiketext.text.splits import load_split
from spiketext.training.loop import Schedule, Split, fit


def train_and_store(snakemake: Any, classifier: Classifier, schedule: Schedule, keep_start: bool) -> None:
    """Train a classifier on a rule's inputs by the schedule's objective; write its `weights` and `report`.

    The report names the set that chose the epoch (`chosen_on`); what it says of epochs is of that set.

    The checkpoint lies beside the weights until both are written; it belongs to the rule's parameters
    and to the contents of its inputs.
    """
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    task = make_task(params.target, params.classes, params.metric)
    texts = Texts.load(files.tokens, params.max_length, len(classifier.words.values), task.labels)
    rows = load_split(files.split, len(texts.labels))
    weights = class_weights(params.class_weights, texts.labels[rows["train"]], params.classes)
    checkpoint = Path(output.weights).with_suffix(".checkpoint")
    objective = make_objective(schedule.objective, None if weights is None else torch.from_numpy(weights))
    objective.prepare(files, params.method["inputs"], classifier.words)
    texts, train = objective.examples(texts, rows["train"])
    trained = fit(
        classifier,
        texts,
        Split(train, rows[schedule.chosen_on]),
        objective,
        schedule,
        task,
        params.seed,
        checkpoint,
        fingerprint(dict(params), files=files),
        keep_start,
    )
    write_arrays(output.weights, {name: tensor.cpu().numpy() for name, tensor in trained.weights.items()})
    report = {"chosen_on": schedule.chosen_on, **trained.report()}
    write_json(output.report, report | classifier.network.learned())
    checkpoint.unlink()
