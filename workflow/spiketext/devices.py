"""Where networks run, and how their results are made repeatable."""

import os

import torch

from spiketext.errors import SpikeTextError


def prepare(device: str, threads: int, seed: int) -> torch.device:
    """Choose the device, fix the number of threads, seed torch and ask for deterministic kernels.

    Args:
        device: `auto`, `cpu` or `cuda`.
        threads: torch threads; sums are ordered by it, so results depend on it.
        seed: seed of torch's global generator (initial weights, dropout).

    Raises:
        SpikeTextError: `cuda` was asked for and there is none.
    """
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise SpikeTextError("config key device: cuda, but torch finds no GPU here; use `auto` or `cpu`")
    chosen = torch.device("cuda" if available and device != "cpu" else "cpu")
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    if chosen.type == "cuda":
        # cuBLAS is deterministic only with a workspace of fixed size.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        # On the CPU all that we use is deterministic anyway, and this call takes three seconds.
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.allow_tf32 = False  # products of 10 bits, where the CPU has 23
    return chosen
