"""How time and memory grow with steps, length, batch and vocabulary, on sentences of equal length."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.compare import timed
from benchmarks.data import equal_length
from benchmarks.memory import watch
from benchmarks.networks import CASES, PAIR, Start, train


@dataclass(frozen=True)
class Point:
    """One size of the problem; what a curve does not vary stays as it is here."""

    steps: int = 16
    length: int = 32
    batch: int = 32
    distinct: int | None = None


CURVES: dict[str, list[int]] = {
    "steps": [1, 2, 4, 8, 16, 32, 64],
    "length": [16, 32, 64, 128, 256],
    "batch": [8, 16, 32, 64, 128, 256],
    "distinct": [64, 128, 256, 512, 1024],
}
QUICK = {name: sizes[:3] for name, sizes in CURVES.items()}
ENOUGH = 0.5  # seconds of repeats
LEAST, MOST = 2, 8  # repeats


def growth(start: Start, quick: bool) -> dict[str, list[dict[str, Any]]]:
    """For each curve its points: sizes, distinct words, and of both sides seconds and MiB."""
    curves = QUICK if quick else CURVES
    points = [(curve, size) for curve, sizes in curves.items() for size in sizes]
    found: dict[str, list[dict[str, Any]]] = {curve: [] for curve in curves}
    for curve, size in tqdm(points, desc="growth", leave=False):
        found[curve].append(_measure(start, replace(Point(), **{curve: size})))
    return found


def _measure(start: Start, point: Point) -> dict[str, Any]:
    batch = equal_length(start.texts, point.batch, point.length, point.distinct)
    fed = start.spiking(point.steps).read(batch, torch.Generator().manual_seed(0))
    row: dict[str, Any] = asdict(point) | {"distinct": len(set(batch.ids.tolist()))}
    for name in PAIR:
        one = CASES[name](start, point.steps)
        # The input counts as memory of each side: the textbook's is padded and in floats.
        with watch() as peak:
            inputs = one.given(replace(fed, inputs=fed.inputs.clone()))
            train(one, inputs, batch.labels)
        row[name] = {
            "training_mib": peak.mib,
            "training_seconds": _fastest(partial(train, one, inputs, batch.labels)),
            "inference_seconds": _fastest(partial(one.infer, inputs)),
        }
    return row


def _fastest(call: Callable[[], Any]) -> float:
    """Seconds of the fastest of a few calls: the size counts here, not what else the machine did."""
    times: list[float] = []
    while len(times) < LEAST or (len(times) < MOST and sum(times) < ENOUGH):
        times.append(timed(call)[0])
    return min(times)
