"""Measurements in a process of their own: `python -m benchmarks.worker`, what to do on standard input."""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks import compare, growth, memory, sums
from benchmarks.data import Source
from benchmarks.networks import Start, load
from spiketext.files import write_json


def _peak(start: Start, words: int) -> dict[str, float]:
    return sums.peak(words, start.method.network, start.words.values.shape[1])


TASKS: dict[str, Callable[..., Any]] = {
    "training": compare.training,
    "inference": compare.inference,
    "against_dnn": compare.against_dnn,
    "beside_peers": compare.beside_peers,
    "memory": memory.peaks,
    "growth": growth.growth,
    "peak": _peak,
}


def main() -> None:
    """Read the order, do its tasks one after the other, write their results."""
    order = json.load(sys.stdin)
    torch.set_num_threads(order["threads"])
    logging.getLogger("torch._library.triton").setLevel(logging.ERROR)  # its warning is for GPUs
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = order["tf32"]
    start = load(Source(**order["source"]), order["device"])
    found = {name: TASKS[name](start, **arguments) for name, arguments in order["tasks"]}
    write_json(Path(order["result"]), found)


main()
