"""Peak memory of a piece of work, above what the process held before."""

import ctypes
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch
from tqdm import tqdm

from benchmarks.data import random_rows
from benchmarks.networks import CASES, Start, train
from spiketext.networks.native import spiking_convolution

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
INTERVAL = 0.002  # seconds between samples where the kernel keeps no record


class Peak:
    """What `watch` found, in MiB."""

    mib = 0.0


@contextmanager
def watch() -> Iterator[Peak]:
    """The largest resident memory within the block, minus that at its start.

    Linux keeps a high-water mark that can be reset; elsewhere a thread takes samples.
    """
    give_back()
    found, process = Peak(), psutil.Process()
    if _reset_mark():
        before = _status("VmRSS")
        yield found
        found.mib = (_status("VmHWM") - before) / 1024
        return
    before = process.memory_info().rss
    highest, done = [before], threading.Event()

    def sample() -> None:
        while not done.wait(INTERVAL):
            highest[0] = max(highest[0], process.memory_info().rss)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
    found.mib = (highest[0] - before) / 2**20


def give_back() -> None:
    """Hand freed memory back to the system, so that it does not hide what comes next."""
    spiking_convolution.free_buffers()
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return  # another C library


def _reset_mark() -> bool:
    try:
        CLEAR.write_text("5")
    except OSError:
        return False
    return True


def _status(key: str) -> int:
    """A size of this process in KiB."""
    lines = STATUS.read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{key}:")))


def peaks(start: Start, steps: int, batches: int, case: str) -> dict[str, float]:
    """Peak MiB of training steps and of inference from rows to results, input included.

    Meant for a process of its own. Training comes first: what it leaves behind is little beside its peak.
    """
    one = CASES[case](start, steps)
    generator = torch.Generator().manual_seed(0)
    rows = random_rows(start.texts, batches)
    with watch() as in_training:
        for some in tqdm(rows, desc=f"memory of training, {case}", leave=False):
            labels = torch.from_numpy(start.texts.labels[some])
            train(one, one.drawn(some, generator), labels)
    one.optimiser.zero_grad()
    with watch() as in_inference:
        for some in tqdm(rows, desc=f"memory of inference, {case}", leave=False):
            one.infer(one.drawn(some, None))
    return {"training": in_training.mib, "inference": in_inference.mib}
