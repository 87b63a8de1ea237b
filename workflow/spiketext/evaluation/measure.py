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
from spiketext.metrics import accuracy, dev_scores, macro_f1
from spiketext.networks.classifier import CLASSIFIED, BaseClassifier
from spiketext.networks.predict import places
from spiketext.progress import Progress


@dataclass
class Measured:
    """What one pass found.

    Attributes:
        predictions: `[len(steps), N]`, classes, in the order of the rows.
        account: the operations.
        layers: firing rates by population; empty for a DNN.
        settling: when each text's spikes and class came to rest; None if a run cannot be read out early.
    """

    predictions: np.ndarray
    account: Account
    layers: list[dict[str, object]]
    settling: Settling | None


@torch.no_grad()
def measure(
    classifier: BaseClassifier, texts: Texts, rows: np.ndarray, steps: list[int], detailed_steps: int
) -> Measured:
    """Run a classifier over the given rows, once if a single run gives its scores at all `steps`.

    Args:
        classifier: run for max(steps) steps.
        texts: of the data set; memories are made for the longest of them.
        rows: of the set, at least one.
        steps: numbers of steps at which to predict, rising.
        detailed_steps: the firing rates are those of the first so many steps.
    """
    predictions = np.empty((len(steps), len(rows)), dtype=np.int64)
    accounts: list[Account] = []
    activity, settling = Activity(), Settling() if classifier.anytime else None
    longest = int(texts.lengths.max())
    progress = Progress("texts evaluated", len(rows))
    for batch in texts.in_order(rows, CLASSIFIED):
        parts = [
            _simulate(run, batch, longest, asked, detailed_steps, activity)
            for run, asked in classifier.runs(steps)
        ]
        predictions[:, places(rows, batch.rows)] = np.concatenate([chosen for chosen, _, _ in parts])
        account = Account.of_runs([found for _, found, _ in parts])
        accounts = [account if not accounts else accounts[0] + account]
        if settling is not None:
            settling = settling + parts[0][2]
        progress.advance(len(batch.rows))
    return Measured(predictions, accounts[0], activity.summary(), settling)


def _simulate(
    classifier: BaseClassifier,
    batch: Batch,
    longest: int,
    steps: list[int],
    detailed_steps: int,
    activity: Activity,
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
        leading = scores.argmax(-1).cpu().numpy()
        if classifier.anytime:
            settling.add(wiring, step, leading)
        if t in steps:
            chosen.append(leading)
    return np.stack(chosen), counter.account(), settling


def curve(
    labels: dict[str, np.ndarray], predictions: dict[str, np.ndarray], steps: list[int | None], classes: int
) -> list[dict[str, object]]:
    """One row for each number of steps, means over draws.

    Args:
        labels: of `dev` and `test`.
        predictions: of `dev` and `test`, `[draws, len(steps), N]`, each with as many draws as were made.
        steps: numbers of steps; None for a DNN.
        classes: number of classes.
    """
    rows: list[dict[str, object]] = []
    for i, t in enumerate(steps):
        dev = [dev_scores(labels["dev"], one[i], classes) for one in predictions["dev"]]
        drawn = [accuracy(labels["test"], one[i]) for one in predictions["test"]]
        f1 = [macro_f1(labels["test"], one[i], classes) for one in predictions["test"]]
        rows.append(
            {
                "T": t,
                **{name: fmean(one[name] for one in dev) for name in dev[0]},
                "test_accuracy": fmean(drawn),
                "test_accuracy_draws": drawn,
                "macro_f1": fmean(f1),
                "macro_f1_draws": f1,
            }
        )
    return rows
