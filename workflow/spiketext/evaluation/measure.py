"""One pass over a set: predictions at several numbers of steps, firing rates and operations."""

from dataclasses import dataclass
from statistics import fmean

import numpy as np
import torch

from spiketext.evaluation.account import Account
from spiketext.evaluation.activity import Activity
from spiketext.evaluation.counter import Counter
from spiketext.evaluation.settling import Settling
from spiketext.inputs.batches import Batch, Texts
from spiketext.networks.classifier import CLASSIFIED, BaseClassifier
from spiketext.networks.predict import Told
from spiketext.progress import Progress
from spiketext.tasks.base import Task
from spiketext.tasks.classes import LEADING


@dataclass
class Measured:
    """What one pass found.

    Attributes:
        predictions: `[len(steps), N]`, what is told, in the order of the rows.
        account: the operations.
        layers: firing rates by population; empty for a DNN.
        settling: how many texts' spikes and class came to rest at each step, 0 to T; None if a run cannot be
            read out early.
    """

    predictions: np.ndarray
    account: Account
    layers: list[dict[str, object]]
    settling: dict[str, list[int]] | None


@torch.no_grad()
def measure(
    classifier: BaseClassifier,
    texts: Texts,
    rows: np.ndarray,
    steps: list[int],
    detailed_steps: int,
    task: Task = LEADING,
) -> Measured:
    """Run a classifier over the given rows, once if a single run gives its scores at all `steps`.

    Args:
        classifier: run for max(steps) steps.
        texts: of the data set; memories are made for the longest of them.
        rows: of the set, at least one.
        steps: numbers of steps at which to predict, rising.
        detailed_steps: the firing rates are those of the first so many steps.
        task: what scores mean.
    """
    told, activity = Told(rows), Activity()
    accounts: list[Account] = []
    settled: dict[str, np.ndarray] = {}
    longest = int(texts.lengths.max())
    progress = Progress("texts evaluated", len(rows))
    for batch in texts.in_order(rows, CLASSIFIED):
        parts = [
            _simulate(run, batch, longest, asked, detailed_steps, activity, task)
            for run, asked in classifier.runs(steps)
        ]
        told.add(batch.rows, np.concatenate([chosen for chosen, _, _ in parts]))
        account = Account.of_runs([found for _, found, _ in parts])
        accounts = [account if not accounts else accounts[0] + account]
        if classifier.anytime:
            for name, counts in parts[0][2].counts().items():
                settled[name] = settled.get(name, 0) + counts
        progress.advance(len(batch.rows))
    settling = {name: counts.tolist() for name, counts in settled.items()} if classifier.anytime else None
    return Measured(told.all(), accounts[0], activity.summary(), settling)


def _simulate(
    classifier: BaseClassifier,
    batch: Batch,
    longest: int,
    steps: list[int],
    detailed_steps: int,
    activity: Activity,
    task: Task,
) -> tuple[np.ndarray, Account, Settling]:
    """Predictions `[len(steps), B]`, operations and settling of one batch; no step's events are kept."""
    layout = classifier.layout(batch)
    wiring = classifier.wiring(layout, longest)
    counter, settling = Counter(wiring), Settling()
    chosen = []
    for t, (step, scores) in enumerate(classifier.simulate(batch, layout), 1):
        counter.add(step)
        if detailed_steps in steps and t <= detailed_steps:
            activity.add(wiring, step)
        leading = task.read(scores, classifier.scale(t)).cpu().numpy()
        if classifier.anytime:
            settling.add(wiring, step, leading)
        if t in steps:
            chosen.append(leading)
    return np.stack(chosen), counter.account(), settling


def curve(
    labels: dict[str, np.ndarray], predictions: dict[str, np.ndarray], steps: list[int | None], task: Task
) -> list[dict[str, object]]:
    """One row for each number of steps, means over draws.

    Args:
        labels: of `dev` and `test`.
        predictions: of `dev` and `test`, `[draws, len(steps), N]`, each with as many draws as were made.
        steps: numbers of steps; None for a DNN.
        task: by what it is counted.
    """
    rows: list[dict[str, object]] = []
    for i, t in enumerate(steps):
        dev = [task.dev_scores(labels["dev"], one[i]) for one in predictions["dev"]]
        means = {name: fmean(one[name] for one in dev) for name in task.on_dev}
        rows.append({"T": t, **means, **task.test_scores(labels["test"], predictions["test"][:, i])})
    return rows
