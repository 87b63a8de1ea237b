"""The comparison: both implementations in one process, batch by batch, the order swapped each time.

The first turn warms up: it is measured like the others, and the report leaves it out.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from benchmarks.agreement import agreement, difference
from benchmarks.data import BATCH, random_rows
from benchmarks.networks import (
    CASES,
    Implementation,
    Start,
    laid_out,
    padded_ids,
    textbook_dnn,
    train,
    vectors,
)
from benchmarks.peers import installed
from benchmarks.sums import arithmetic
from spiketext.config.encodings import DeterministicRate
from spiketext.networks.classifier import CLASSIFIED, Classifier

Times = dict[str, list[float]]
DNN_STEPS = 4


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a call takes, and its result."""
    wait = torch.cuda.synchronize if torch.cuda.is_initialized() else lambda: None
    wait()
    began = time.perf_counter()
    result = call()
    wait()
    return time.perf_counter() - began, result


def training(start: Start, steps: int, batches: int, other: str = "textbook") -> dict[str, Any]:
    """Steps of fine-tuning on the same batches and spikes, from the same state, ours and another's.

    Returns:
        Seconds of each step and of making its input, the losses, how outputs and gradients of the first
        batch agree, and the arithmetic of each batch.
    """
    pair = _pair(start, steps, other)
    generator = torch.Generator(start.device).manual_seed(0)
    seconds, inputs, losses, agrees, sums = _empty(pair), _empty(pair), _empty(pair), {}, []
    for turn, rows in _turns(start, batches, "training"):
        batch = start.texts.batch(rows)
        fed = start.spiking(steps).read(batch, generator)
        if turn == 0:
            agrees = agreement(start, fed, batch.labels, list(pair))
        for name in _swapped(list(pair), turn):
            one = pair[name]
            taken, loss = timed(partial(train, one, one.given(fed), batch.labels))
            seconds[name].append(taken)
            losses[name].append(loss)
            inputs[name].append(timed(partial(one.drawn, rows, generator))[0])
        sums.append(arithmetic(fed.layout, start.method.network, start.words.values.shape[1], steps))
    return {"seconds": seconds, "inputs": inputs, "losses": losses, "agreement": agrees, "sums": sums}


def inference(start: Start, steps: int, batches: int, other: str = "textbook") -> dict[str, Any]:
    """Scores of the same batches from the same spikes.

    Returns:
        Seconds of each batch and of making its input; those of ours on the same sentences in the
        workflow's own evaluation batches; relative differences of the scores; the arithmetic.
    """
    pair = _pair(start, steps, other)
    seconds, inputs, apart, sums = _empty(pair), _empty(pair), [], []
    for turn, rows in _turns(start, batches, "inference"):
        fed = start.spiking(steps).read(start.texts.batch(rows))
        scores = {}
        for name in _swapped(list(pair), turn):
            one = pair[name]
            taken, scores[name] = timed(partial(one.infer, one.given(fed)))
            seconds[name].append(taken)
            inputs[name].append(timed(partial(one.drawn, rows, None))[0])
        apart.append(difference(scores["ours"], scores[other]))
        sums.append(arithmetic(fed.layout, start.method.network, start.words.values.shape[1], steps))
    own = _own_batches(start, pair["ours"], np.concatenate(random_rows(start.texts, batches + 1)[1:]))
    return {"seconds": seconds, "inputs": inputs, "apart": apart, "sums": sums, "own_batches": own}


def beside_peers(start: Start, steps: int, batches: int) -> dict[str, Any]:
    """Training and inference beside the plain network with the neurons of each peer that is installed."""
    return {
        name: {
            "training": training(start, steps, batches, name),
            "inference": inference(start, steps, batches, name),
        }
        for name in installed()
    }


def against_dnn(start: Start, batches: int) -> dict[str, Any]:
    """Inference at T = 4 with the deterministic encoder beside the DNN, ours and the textbook's.

    Encoding and look-up of word vectors count on all sides, the layout of a batch on none.

    Returns:
        Seconds of each batch of 32, and of each evaluation batch of the workflow.
    """
    spiking = start.with_encoder(DeterministicRate()).spiking(DNN_STEPS)
    dense = textbook_dnn(start)
    few = random_rows(start.texts, batches + 1)
    rows = np.concatenate(few)
    many = [batch.rows for batch in start.texts.in_order(rows, CLASSIFIED)]
    return {
        name: _dnn_turns(start, [some[0], *some], spiking, dense)
        for name, some in (("batch 32", few), ("own batches", many))
    }


def _dnn_turns(start: Start, parts: list[np.ndarray], spiking: Classifier, dense: torch.nn.Module) -> Times:
    seconds: Times = {"spiking": [], "dnn": [], "textbook dnn": []}
    for turn, rows in enumerate(tqdm(parts, desc="beside the DNN", leave=False)):
        batch = start.texts.batch(rows)
        ids, lengths = padded_ids(start, rows)
        calls: dict[str, Callable[[], Tensor]] = {
            "spiking": partial(laid_out(spiking, batch).scores, batch),
            "dnn": partial(laid_out(start.dnn, batch).scores, batch),
            "textbook dnn": lambda ids=ids, lengths=lengths: dense(
                vectors(start, ids), lengths.to(start.device)
            ),
        }
        with torch.no_grad():
            for name in _swapped(list(calls), turn):
                calls[name]()  # the caches hold this batch's layout, whoever comes first
                seconds[name].append(min(timed(calls[name])[0] for _ in range(3)))
    return seconds


def _own_batches(start: Start, ours: Implementation, rows: np.ndarray) -> float:
    """Seconds per 32 sentences, in the workflow's evaluation batches."""
    total = 0.0
    for warming in (True, False):
        total = 0.0
        for batch in start.texts.in_order(rows, CLASSIFIED):
            inputs = ours.drawn(batch.rows, None)
            total += timed(partial(ours.infer, inputs))[0]
            if warming:
                break
    return total / len(rows) * BATCH


def _pair(start: Start, steps: int, other: str) -> dict[str, Implementation]:
    return {name: CASES[name](start, steps) for name in ("ours", other)}


def _empty(pair: dict[str, Implementation]) -> Times:
    return {name: [] for name in pair}


def _turns(start: Start, batches: int, what: str) -> Iterator[tuple[int, np.ndarray]]:
    rows = random_rows(start.texts, batches + 1)
    yield from tqdm(enumerate(rows), total=len(rows), desc=what, leave=False)


def _swapped(names: list[str], turn: int) -> list[str]:
    """Backwards every other turn: neither side is always the first."""
    return names if turn % 2 == 0 else names[::-1]
