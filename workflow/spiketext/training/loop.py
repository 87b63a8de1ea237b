"""The training loop, the same for the DNN and for fine-tuning through time."""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from spiketext.errors import SpikeTextError
from spiketext.inputs.batches import Texts
from spiketext.networks.classifier import CLASSIFIED, Classifier
from spiketext.networks.predict import predict
from spiketext.objectives.base import Objective
from spiketext.progress import Progress
from spiketext.tasks.base import Task
from spiketext.training import checkpoint

log = logging.getLogger("spiketext")

# What the learning rate is multiplied by once a share of all batches is done.
DECAYS: dict[str, Callable[[float], float]] = {
    "cosine": lambda share: 0.5 * (1 + math.cos(math.pi * share)),
    "none": lambda share: 1.0,
}


class Schedule(Protocol):
    """What training reads of `config.Training`, `config.Finetuning` and `config.Direct`."""

    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def weight_decay(self) -> float: ...  # noqa: D102
    @property
    def decay(self) -> str: ...  # noqa: D102
    @property
    def chosen_on(self) -> str: ...  # noqa: D102
    @property
    def objective(self) -> Any: ...  # noqa: D102


@dataclass(frozen=True)
class Split:
    """Rows of the corpus.

    Attributes:
        train: what is learnt from.
        dev: what epochs are chosen by; the test rows where a schedule says `chosen_on: test`.
    """

    train: np.ndarray
    dev: np.ndarray


@dataclass(frozen=True)
class Trained:
    """The best epoch on dev, and how all went.

    Attributes:
        weights: of that epoch.
        history: of all epochs.
        best_epoch: its number.
        dev: metrics of that epoch, by their names in reports.
    """

    weights: dict[str, Tensor]
    history: list[dict[str, float | None]]
    best_epoch: int
    dev: dict[str, float]

    def report(self) -> dict[str, object]:
        """All but the weights, for a JSON file."""
        return {
            "best_epoch": self.best_epoch,
            **self.dev,
            "parameters": sum(one.numel() for one in self.weights.values() if one.is_floating_point()),
            "history": self.history,
        }


def fit(
    classifier: Classifier,
    texts: Texts,
    split: Split,
    objective: Objective,
    schedule: Schedule,
    task: Task,
    seed: int,
    checkpoint_path: Path,
    fingerprint: str,
    keep_start: bool = True,
) -> Trained:
    """Train, keep the best epoch on dev, write a checkpoint after each epoch.

    With `keep_start` the network as it comes is epoch 0: fine-tuning that does not help on dev changes
    nothing. A network that has just been initialised has nothing worth keeping.

    AdamW; the learning rate falls to zero by a cosine over all batches, or stays. The earliest of equally
    good epochs is kept. A run with the same `fingerprint` that was killed goes on from its last epoch.

    Raises:
        SpikeTextError: a loss, a gradient or a weight is not finite.
    """
    module = classifier.network
    device = next(module.parameters()).device
    optimiser = torch.optim.AdamW(
        module.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    state = checkpoint.TrainingState(
        module, optimiser, torch.Generator(device).manual_seed(seed), np.random.default_rng(seed)
    )

    def score(loss: float | None) -> None:
        predicted = predict(classifier, texts, split.dev, [classifier.steps], task)[0]
        scores = task.dev_scores(texts.labels[split.dev], predicted)
        further = objective.further(classifier, texts, split.dev, task)
        excess = objective.excess(classifier, texts.in_order(split.dev, CLASSIFIED))
        merit = objective.merit(task.merit(scores), further)
        _record(state, loss, task, scores | further, merit, excess)

    if checkpoint.restore(checkpoint_path, state, fingerprint):
        log.info("going on after epoch %d of %d", state.epoch, schedule.epochs)
    elif keep_start:
        score(loss=None)
    batches = math.ceil(len(split.train) / schedule.batch_size)
    progress = Progress("batches", schedule.epochs * batches, state.epoch * batches)
    while state.epoch < schedule.epochs:
        losses = []
        module.train()
        for i, batch in enumerate(texts.shuffled(split.train, schedule.batch_size, state.order)):
            share = (state.epoch * batches + i) / (schedule.epochs * batches)
            for group in optimiser.param_groups:
                group["lr"] = schedule.learning_rate * DECAYS[schedule.decay](share)
            optimiser.zero_grad()
            loss = objective.loss(classifier, batch, state.spikes)
            loss.backward()
            losses.append(loss.item())
            gradients = [p.grad for p in module.parameters() if p.grad is not None]
            _require_finite("the loss or its gradient is", [loss, *gradients], schedule, state.epoch)
            optimiser.step()
            progress.advance(note=f"epoch {state.epoch + 1}, loss {losses[-1]:.3f}")
        _require_finite("the weights are", module.weights().values(), schedule, state.epoch)
        state.epoch += 1
        score(float(np.mean(losses)))
        checkpoint.save(checkpoint_path, state, fingerprint)
    module.load_state_dict(state.best)
    (best,) = (one for one in state.history if one["epoch"] == state.best_epoch)
    dev = {name: float(best[name] or 0) for name in task.on_dev}
    return Trained(module.weights(), state.history, state.best_epoch, dev)


def _require_finite(what: str, tensors: Iterable[Tensor], schedule: Schedule, epoch: int) -> None:
    """Stop a training that diverges: what comes after it would be made of chance."""
    if not torch.stack([tensor.detach().isfinite().all() for tensor in tensors]).all():
        section = type(schedule).__name__.lower()  # the key under which the configuration holds it
        raise SpikeTextError(
            f"training diverges in epoch {epoch + 1}: {what} not finite; "
            f"lower `{section}.learning_rate` ({schedule.learning_rate:g})"
        )


def _record(
    state: checkpoint.TrainingState,
    loss: float | None,
    task: Task,
    dev: Mapping[str, float],
    merit: float,
    excess: float,
) -> None:
    """Add to the history; keep the weights if they are the best so far by `merit`.

    Any network within its budget is better than all that exceed it; of those, the nearest to it is the best.
    """
    score = -excess if excess else merit
    found: dict[str, float | None] = {
        "epoch": state.epoch,
        "loss": loss,
        **dev,
        "over_budget": excess,
    }
    state.history.append(found)
    own = task.merit(dev)
    beside = "" if merit == own else f"; with what else decides, {task.said(merit)} on average"
    log.info("after epoch %d: dev %s%s", state.epoch, task.said(own), beside)
    if score > state.best_score:
        state.best_score, state.best_epoch = score, state.epoch
        weights = state.module.state_dict().items()
        state.best = {name: tensor.detach().clone() for name, tensor in weights}
